"""The loops that fill areas. Plain functions: gisapp.render.compiled compiles them.

For each edge, how much of each pixel lies to the right of it is added to `sums`; the running sum
of a row is then how often a pixel is covered. Bits remember where there is anything to add, so
that what lies between two edges is one stroke.

Places in arrays are unsigned: others would be asked whether they count from the end.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

SMALL = 16  # areas up to this width are swept pixel by pixel


def sums_for(
    clip: tuple[int, int, int, int], new: Callable[[str, int, Any], Any] | None = None
) -> tuple[Any, Any]:
    """The memory that `areas` works with, all zero; it leaves it so. `new` gives it for a use."""
    left, top, right, bottom = clip
    wide, tall = max(0, right - left) + 2, max(0, bottom - top)
    count, words = wide * tall, (wide // 64 + 2) * tall
    if new is None:
        return np.zeros(count, np.float32), np.zeros(words, np.uint64)
    return new("sums", count, np.float32), new("marks", words, np.uint64)


def areas(picture, xy, starts, firsts, inks, sums, marks, left, top, right, bottom):
    """Fill areas one after the other, each in its colour; holes by the even-odd rule.

    Area a has the rings firsts[a] to firsts[a + 1], ring r the pixels starts[r] to
    starts[r + 1]. sums, marks: see `sums_for`.
    """
    if right <= left or bottom <= top:
        return
    paper, across = picture.reshape(picture.size), np.int64(picture.shape[1])
    one = np.uint64(1)
    for area in range(firsts.shape[0] - 1):
        begin, end = starts[firsts[area]], starts[firsts[area + 1]]
        if end - begin < 3:
            continue
        west, east, north, south = 1e30, -1e30, 1e30, -1e30
        for v in range(np.uint64(begin), np.uint64(end)):
            west, east = min(west, xy[v, 0]), max(east, xy[v, 0])
            north, south = min(north, xy[v, 1]), max(south, xy[v, 1])
        if not (east > left and west < right and south > top and north < bottom):
            continue
        x_from, x_to = int(max(float(left), west)), int(min(float(right), east + 1.0))
        y_from, y_to = int(max(float(top), north)), int(min(float(bottom), south + 1.0))
        wide, tall = x_to - x_from, y_to - y_from
        stride, words = wide + 2, (wide + 2) // 64 + 1
        for ring in range(firsts[area], firsts[area + 1]):
            first, last = starts[ring], starts[ring + 1] - 1
            if last <= first:
                continue
            x0, y0 = xy[last, 0] - x_from, xy[last, 1] - y_from
            for v in range(np.uint64(first), np.uint64(last + 1)):
                x1, y1 = xy[v, 0] - x_from, xy[v, 1] - y_from
                if y0 != y1 and max(y0, y1) > 0 and min(y0, y1) < tall:
                    # chosen and not decided: edges go up as often as down
                    high, low = min(y0, y1), max(y0, y1)
                    down = y0 < y1
                    sign, start = (-1.0 if down else 1.0), (x0 if down else x1)
                    slope = (x1 - x0) / (y1 - y0)
                    edge(sums, marks, stride, words, start, high, low, slope, sign, wide, tall)
                x0, y0 = x1, y1
        ink = inks[area]
        if wide <= SMALL:
            for row in range(tall):
                covered = np.float32(0)
                base, marks[row] = np.uint64(row * stride), np.uint64(0)
                target = np.uint64((y_from + row) * across + x_from)
                for column in range(np.uint64(wide)):
                    covered += sums[base + column]
                    sums[base + column] = np.float32(0)
                    stroke_one(paper, target + column, covered, ink)
                for column in range(np.uint64(wide), np.uint64(wide + 2)):
                    sums[base + column] = np.float32(0)
            continue
        width = np.uint64(wide)
        for row in range(tall):
            covered, done = np.float32(0), np.uint64(0)
            base, mark = np.uint64(row * stride), np.uint64(row * words)
            target = np.uint64((y_from + row) * across + x_from)
            for word in range(np.uint64(words)):
                bits = marks[mark + word]
                if bits == np.uint64(0):
                    continue
                marks[mark + word] = np.uint64(0)
                while bits != np.uint64(0):
                    column = word * np.uint64(64) + lowest(bits)
                    bits &= bits - one
                    stop = min(column, width)
                    if stop == done + one:
                        stroke_one(paper, target + done, covered, ink)
                        done = stop
                    elif stop > done:
                        stroke(paper, target + done, stop - done, covered, ink)
                        done = stop
                    covered += sums[base + column]
                    sums[base + column] = np.float32(0)
            if done < width:
                stroke(paper, target + done, width - done, covered, ink)


def edge(sums, marks, stride, words, x0, y0, y1, slope, sign, wide, tall):
    """Add one edge that goes down from (x0, y0) to y1."""
    one = np.uint64(1)
    high = max(y0, 0.0)
    end = x0 + (high - y0) * slope
    for row in range(int(high), min(tall, int(math.ceil(y1)))):  # noqa: RUF046
        low = min(y1, row + 1.0)
        share = (low - high) * sign
        begin, end = end, x0 + (low - y0) * slope
        high = low
        xa, xb = min(begin, end), max(begin, end)
        if xa >= wide:
            continue
        base, mark = np.uint64(row * stride), np.uint64(row * words)
        if xb <= 0:
            sums[base] += np.float32(share)
            marks[mark] |= one
            continue
        if xa < 0:
            beyond = share * (-xa / (xb - xa))
            sums[base] += np.float32(beyond)
            marks[mark] |= one
            share -= beyond
            xa = 0.0
        if xb > wide:
            share *= (wide - xa) / (xb - xa)
            xb = float(wide)
        first, final = np.uint64(np.int64(xa)), np.uint64(np.int64(xb))
        at = base + first
        more = final - first
        after = np.float64(np.int64(first)) + 1.0
        if more <= one:  # one pixel or two: not decided which, it would be guessed wrong too often
            middle = min(xb, after)
            here = share * ((middle - xa) / (xb - xa)) if xb - xa > 1e-9 else share
            rest = share - here
            right = here * ((xa + middle) * 0.5 - after + 1.0)
            beyond = rest * ((middle + xb) * 0.5 - after)
            sums[at] += np.float32(here - right)
            sums[at + one] += np.float32(right + rest - beyond)
            sums[at + np.uint64(2)] += np.float32(beyond)
        else:
            per = share / (xb - xa)
            a = xa
            carried = 0.0
            for place in range(at, at + more + one):
                b = min(xb, after)
                here = per * (b - a)
                right = here * ((a + b) * 0.5 - after + 1.0)
                sums[place] += np.float32(here - right + carried)
                carried = right
                a = b
                after += 1.0
            sums[at + more + one] += np.float32(carried)
        if wide <= SMALL:
            continue
        word = mark + (first >> np.uint64(6))
        shift, many = first & np.uint64(63), more + np.uint64(2)
        if shift + many <= np.uint64(64) and many < np.uint64(64):
            marks[word] |= ((one << many) - one) << shift
        else:
            for column in range(first, min(final + np.uint64(2), np.uint64(wide + 2))):
                marks[mark + (column >> np.uint64(6))] |= one << (column & np.uint64(63))


def stroke_one(paper, at, covered, ink):
    """One pixel."""
    amount = abs(covered)
    if amount < np.float32(0.002):
        return
    if amount > np.float32(1):
        amount = amount % np.float32(2)
        amount = min(amount, np.float32(2) - amount)
    mask, half, eight = np.uint32(0x00FF00FF), np.uint32(0x00800080), np.uint32(8)
    part = np.uint32(np.int32(amount * np.float32(256) + np.float32(0.5)))
    rb = (((ink & mask) * part) >> eight) & mask
    ag = (((ink >> eight) & mask) * part) & ~mask
    colour = rb | ag
    alpha = colour >> np.uint32(24)
    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
    old = paper[at]
    rb = (((old & mask) * rest + half) >> eight) & mask
    ag = (((old >> eight) & mask) * rest + half) & ~mask
    paper[at] = colour + (rb | ag)


def lowest(bits):
    """The number of the lowest bit that is set (Leiserson, Prokop and Randall 1998)."""
    alone = bits & (~bits + np.uint64(1))
    return PLACES[(alone * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)]


def stroke(paper, at, count, covered, ink):
    """So many pixels of a row that are covered alike."""
    amount = abs(covered)
    if amount > np.float32(1):
        amount = amount % np.float32(2)
        amount = min(amount, np.float32(2) - amount)
    if amount < np.float32(0.002):
        return
    mask, half, eight = np.uint32(0x00FF00FF), np.uint32(0x00800080), np.uint32(8)
    part = np.uint32(np.int32(amount * np.float32(256) + np.float32(0.5)))
    rb = (((ink & mask) * part) >> eight) & mask
    ag = (((ink >> eight) & mask) * part) & ~mask
    colour = rb | ag
    alpha = colour >> np.uint32(24)
    line = paper[at : at + count]
    if alpha == np.uint32(255):
        for k in range(line.shape[0]):
            line[k] = colour
        return
    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
    for k in range(line.shape[0]):
        old = line[k]
        rb = (((old & mask) * rest + half) >> eight) & mask
        ag = (((old >> eight) & mask) * rest + half) & ~mask
        line[k] = colour + (rb | ag)


def _places():
    places = np.zeros(64, np.uint64)
    for bit in range(64):
        places[(((1 << bit) * 0x03F79D71B4CB0A89) & 0xFFFFFFFFFFFFFFFF) >> 58] = bit
    return places


PLACES = _places()
