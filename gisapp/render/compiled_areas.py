"""The loops that fill areas. Plain functions: gisapp.render.compiled compiles them.

For each edge, how much of each pixel lies to the right of it is added to `sums`; the running sum
of a row is then how often a pixel is covered. Bits remember where there is anything to add, so
that what lies between two edges is one stroke.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type"

from __future__ import annotations

import math

import numpy as np

SMALL = 32  # areas up to this width are swept pixel by pixel


def areas(picture, xy, starts, firsts, inks, left, top, right, bottom):
    """Fill areas one after the other, each in its colour; holes by the even-odd rule.

    Area a has the rings firsts[a] to firsts[a + 1], ring r the pixels starts[r] to
    starts[r + 1].
    """
    if right <= left or bottom <= top:
        return
    sums = np.zeros((right - left + 2) * (bottom - top), np.float32)
    marks = np.zeros(((right - left + 2) // 64 + 2) * (bottom - top), np.uint64)
    for area in range(firsts.shape[0] - 1):
        begin, end = starts[firsts[area]], starts[firsts[area + 1]]
        if end - begin < 3:
            continue
        west, east, north, south = 1e30, -1e30, 1e30, -1e30
        for v in range(begin, end):
            west, east = min(west, xy[v, 0]), max(east, xy[v, 0])
            north, south = min(north, xy[v, 1]), max(south, xy[v, 1])
        if not (east > left and west < right and south > top and north < bottom):
            continue
        x_from, x_to = int(max(float(left), west)), int(min(float(right), east + 1.0))
        y_from, y_to = int(max(float(top), north)), int(min(float(bottom), south + 1.0))
        wide, tall = x_to - x_from, y_to - y_from
        stride, words = wide + 2, (wide + 2) // 64 + 1
        for ring in range(firsts[area], firsts[area + 1]):
            one, last = starts[ring], starts[ring + 1] - 1
            if last <= one:
                continue
            x0, y0 = xy[last, 0] - x_from, xy[last, 1] - y_from
            for v in range(one, last + 1):
                x1, y1 = xy[v, 0] - x_from, xy[v, 1] - y_from
                if y0 < y1:
                    edge(sums, marks, stride, words, x0, y0, x1, y1, np.float32(-1), wide, tall)
                elif y1 < y0:
                    edge(sums, marks, stride, words, x1, y1, x0, y0, np.float32(1), wide, tall)
                x0, y0 = x1, y1
        ink = inks[area]
        if wide <= SMALL:
            for row in range(tall):
                covered = np.float32(0)
                base = np.uint64(row * stride)
                marks[row * words] = np.uint64(0)
                for column in range(np.uint64(wide)):
                    covered += sums[base + column]
                    sums[base + column] = np.float32(0)
                    stroke_one(picture, y_from + row, x_from + np.int64(column), covered, ink)
                sums[base + np.uint64(wide)] = np.float32(0)
                sums[base + np.uint64(wide + 1)] = np.float32(0)
            continue
        for row in range(tall):
            covered, done = np.float32(0), 0
            for word in range(words):
                bits = marks[row * words + word]
                if bits == np.uint64(0):
                    continue
                marks[row * words + word] = np.uint64(0)
                while bits != np.uint64(0):
                    column = word * 64 + lowest(bits)
                    bits &= bits - np.uint64(1)
                    stop = min(column, wide)
                    if stop > done:
                        stroke(picture, y_from + row, x_from + done, x_from + stop, covered, ink)
                        done = stop
                    covered += sums[row * stride + column]
                    sums[row * stride + column] = np.float32(0)
            if done < wide:
                stroke(picture, y_from + row, x_from + done, x_to, covered, ink)


def edge(sums, marks, stride, words, x0, y0, x1, y1, sign, wide, tall):
    """Add one edge that goes down from (x0, y0) to (x1, y1)."""
    if y1 <= 0 or y0 >= tall:
        return
    slope = (x1 - x0) / (y1 - y0)
    for row in range(int(max(y0, 0.0)), min(tall, int(math.ceil(y1)))):  # noqa: RUF046
        high, low = max(y0, float(row)), min(y1, row + 1.0)
        share = (low - high) * sign
        xa, xb = x0 + (high - y0) * slope, x0 + (low - y0) * slope
        if xa > xb:
            xa, xb = xb, xa
        if xa >= wide:
            continue
        base, mark = row * stride, row * words
        if xb <= 0:
            sums[base] += np.float32(share)
            marks[mark] |= np.uint64(1)
            continue
        if xa < 0:
            beyond = share * (-xa / (xb - xa))
            sums[base] += np.float32(beyond)
            marks[mark] |= np.uint64(1)
            share -= beyond
            xa = 0.0
        if xb > wide:
            share *= (wide - xa) / (xb - xa)
            xb = float(wide)
        first, final = int(xa), int(xb)
        at = np.uint64(base + first)
        if first == final or xb - xa < 1e-9:
            right = np.float32(share * ((xa + xb) / 2 - first))
            sums[at] += np.float32(share) - right
            sums[at + np.uint64(1)] += right
            final = first
        else:
            per = share / (xb - xa)
            for column in range(first, final + 1):
                a, b = max(xa, float(column)), min(xb, column + 1.0)
                if b > a:
                    here = per * (b - a)
                    right = np.float32(here * ((a + b) / 2 - column))
                    sums[at] += np.float32(here) - right
                    sums[at + np.uint64(1)] += right
                at += np.uint64(1)
        if wide <= SMALL:
            continue
        for column in range(first, min(final + 2, wide + 2)):
            marks[mark + (column >> 6)] |= np.uint64(1) << np.uint64(column & 63)


def stroke_one(picture, row, column, covered, ink):
    """One pixel."""
    amount = abs(covered)
    if amount < np.float32(0.002):
        return
    if amount > np.float32(1):
        amount = amount % np.float32(2)
        amount = min(amount, np.float32(2) - amount)
    mask, eight = np.uint32(0x00FF00FF), np.uint32(8)
    part = np.uint32(amount * np.float32(256) + np.float32(0.5))
    rb = (((ink & mask) * part) >> eight) & mask
    ag = (((ink >> eight) & mask) * part) & ~mask
    colour = rb | ag
    alpha = colour >> np.uint32(24)
    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
    old = picture[np.uint64(row), np.uint64(column)]
    rb = (((old & mask) * rest) >> eight) & mask
    ag = (((old >> eight) & mask) * rest) & ~mask
    picture[np.uint64(row), np.uint64(column)] = colour + (rb | ag)


def lowest(bits):
    """The number of the lowest bit that is set (Leiserson, Prokop and Randall 1998)."""
    alone = bits & (~bits + np.uint64(1))
    return np.int64(PLACES[(alone * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)])


def stroke(picture, row, first, last, covered, ink):
    """Pixels of a row that are covered alike."""
    amount = abs(covered)
    if amount > np.float32(1):
        amount = amount % np.float32(2)
        amount = min(amount, np.float32(2) - amount)
    if amount < np.float32(0.002):
        return
    mask, eight = np.uint32(0x00FF00FF), np.uint32(8)
    part = np.uint32(amount * np.float32(256) + np.float32(0.5))
    rb = (((ink & mask) * part) >> eight) & mask
    ag = (((ink >> eight) & mask) * part) & ~mask
    colour = rb | ag
    alpha = colour >> np.uint32(24)
    if alpha == np.uint32(255):
        for column in range(first, last):
            picture[row, column] = colour
        return
    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
    for column in range(first, last):
        old = picture[row, column]
        rb = (((old & mask) * rest) >> eight) & mask
        ag = (((old >> eight) & mask) * rest) & ~mask
        picture[row, column] = colour + (rb | ag)


def _places():
    places = np.zeros(64, np.int64)
    for bit in range(64):
        places[(((1 << bit) * 0x03F79D71B4CB0A89) & 0xFFFFFFFFFFFFFFFF) >> 58] = bit
    return places


PLACES = _places()
