"""The loops that put geometry in order and thin it, and that choose and place it for a picture.

Plain functions: gisapp.render.compiled compiles them.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type"

from __future__ import annotations

import math

import numpy as np

from gisapp.model.detail import REGION

TINY = 0.7  # of a level's pixel: smaller rings become rectangles of the same size
PART_OF_RING = 0.125  # no ring loses more than this part of its width


def measure(coords, starts, owner, first, last, good, boxes):
    """Which of the parts first to last can be placed, and the box of each feature (grown)."""
    for p in range(first, last):
        west, east, south, north = np.inf, -np.inf, np.inf, -np.inf
        fine = starts[p + 1] > starts[p]
        for v in range(starts[p], starts[p + 1]):
            x, y = coords[v, 0], coords[v, 1]
            if not (abs(x) < 1e300 and abs(y) < 1e300):
                fine = False
                break
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        good[p] = fine
        if not fine:
            continue
        f = owner[p]
        if boxes[f, 0] != boxes[f, 0]:
            boxes[f, 0], boxes[f, 1], boxes[f, 2], boxes[f, 3] = west, south, east, north
        else:
            boxes[f, 0], boxes[f, 1] = min(boxes[f, 0], west), min(boxes[f, 1], south)
            boxes[f, 2], boxes[f, 3] = max(boxes[f, 2], east), max(boxes[f, 3], north)


def curve(boxes, left, bottom, scale, keys):
    """The place of each box centre on a Hilbert curve of 2^16 x 2^16 cells, number below it.

    Skilling, Programming the Hilbert curve, 2004, in the form for two dimensions.
    """
    for f in range(boxes.shape[0]):
        if boxes[f, 0] != boxes[f, 0]:
            keys[f] = np.uint64(0xFFFFFFFF00000000) | np.uint64(f)
            continue
        x = np.int64(((boxes[f, 0] + boxes[f, 2]) * 0.5 - left) * scale)
        y = np.int64(((boxes[f, 1] + boxes[f, 3]) * 0.5 - bottom) * scale)
        x, y = min(max(x, 0), 65534), min(max(y, 0), 65534)
        key = np.int64(0)
        side = np.int64(32768)
        while side > 0:
            east = np.int64(1) if x & side else np.int64(0)
            north = np.int64(1) if y & side else np.int64(0)
            key += side * side * ((3 * east) ^ north)
            if north == 0:
                if east == 1:
                    x, y = 65535 - x, 65535 - y
                x, y = y, x
            side >>= 1
        keys[f] = (np.uint64(key) << np.uint64(32)) | np.uint64(f)


def gather(coords, starts, first_parts, good, order, first, last, firsts, out, out_starts):
    """Features first to last of the curve: their good parts, one behind the other.

    firsts (n + 1) and out_starts are filled; out too unless it is empty (to learn the sizes).
    Returns how many parts and vertices there are so far.
    """
    part, n = firsts[first], np.int64(0)
    write = out.shape[0] > 0
    n = out_starts[part] if write else np.int64(0)
    for k in range(first, last):
        f = order[k]
        for p in range(first_parts[f], first_parts[f + 1]):
            if not good[p]:
                continue
            if write:
                out_starts[part] = n
                for v in range(starts[p], starts[p + 1]):
                    out[n, 0], out[n, 1] = coords[v, 0], coords[v, 1]
                    n += 1
                out_starts[part + 1] = n
            else:
                n += starts[p + 1] - starts[p]
            part += 1
        firsts[k + 1] = part
    return part, n


def weigh(coords, starts, first, last, closed, weights, widths):
    """The tolerance at which each vertex of the parts vanishes, and the width of each part.

    Douglas and Peucker 1973, once for all tolerances: a vertex weighs its distance from the
    chord, but no more than the vertex that split the line before. Ends weigh infinitely much,
    and of a ring the vertex farthest from its start.
    """
    longest = np.int64(0)
    for p in range(first, last):
        longest = max(longest, starts[p + 1] - starts[p])
    begins, ends = np.empty(longest + 2, np.int64), np.empty(longest + 2, np.int64)
    caps = np.empty(longest + 2, np.float64)
    for p in range(first, last):
        one, two = starts[p], starts[p + 1] - 1
        west, east, south, north = np.inf, -np.inf, np.inf, -np.inf
        for v in range(one, two + 1):
            west, east = min(west, coords[v, 0]), max(east, coords[v, 0])
            south, north = min(south, coords[v, 1]), max(north, coords[v, 1])
        widths[p] = max(east - west, north - south)
        weights[one] = weights[two] = np.inf
        begins[0], ends[0], caps[0], top = one, two, np.inf, 1
        if closed and two - one >= 3:
            best, middle = -1.0, one + 1
            for v in range(one + 1, two):
                dx, dy = coords[v, 0] - coords[one, 0], coords[v, 1] - coords[one, 1]
                if dx * dx + dy * dy > best:
                    best, middle = dx * dx + dy * dy, v
            weights[middle] = np.inf
            ends[0] = middle
            begins[1], ends[1], caps[1], top = middle, two, np.inf, 2
        while top > 0:
            top -= 1
            i, j, cap = begins[top], ends[top], caps[top]
            if j - i < 2:
                continue
            ax, ay = coords[i, 0], coords[i, 1]
            dx, dy = coords[j, 0] - ax, coords[j, 1] - ay
            square = dx * dx + dy * dy
            inverse = 1.0 / square if square > 0 else 0.0
            best, middle = -1.0, i + 1
            for v in range(i + 1, j):
                px, py = coords[v, 0] - ax, coords[v, 1] - ay
                share = min(1.0, max(0.0, (px * dx + py * dy) * inverse))
                px -= share * dx
                py -= share * dy
                away = px * px + py * py
                if away > best:
                    best, middle = away, v
            best = min(math.sqrt(best), cap)
            weights[middle] = best
            begins[top], ends[top], caps[top] = i, middle, best
            begins[top + 1], ends[top + 1], caps[top + 1] = middle, j, best
            top += 2


def thin_level(
    coords,
    starts,
    parts,
    weights,
    widths,
    keys,
    closed,
    pixel,
    tolerance,
    shift,
    origin,
    quantum,
    first,
    last,
    counts,
    kept,
    out_parts,
    out_starts,
    out,
):
    """Features first to last of the curve for one level; counts: features, parts, vertices so far.

    Of lines and rings smaller than half a pixel whose middles fall into one cell of the curve
    (keys without their last `shift` bits), the first stays. Where out is empty only the counts
    are made.
    """
    write = out.shape[0] > 0
    features, part, n = counts[0], counts[1], counts[2]
    seen = counts[3]
    for k in range(first, last):
        small = True
        for p in range(parts[k], parts[k + 1]):
            if not widths[p] < 0.5 * pixel:
                small = False
                break
        if small and shift >= 0:
            cell = np.int64(keys[k] >> np.uint64(shift))
            if cell == seen:
                continue
            seen = cell
        for p in range(parts[k], parts[k + 1]):
            width = widths[p]
            one, two = starts[p], starts[p + 1] - 1
            if closed and width < 0.25 * pixel and p > parts[k]:
                continue  # a hole or an island that nobody can see
            limit = tolerance
            if write:
                out_starts[part] = n
            if closed and width < TINY * pixel:
                if write:
                    west, east, south, north, area = np.inf, -np.inf, np.inf, -np.inf, 0.0
                    ax, ay = coords[two, 0], coords[two, 1]
                    for v in range(one, two + 1):
                        bx, by = coords[v, 0], coords[v, 1]
                        west, east = min(west, bx), max(east, bx)
                        south, north = min(south, by), max(north, by)
                        area += (ax - coords[one, 0]) * (by - coords[one, 1])
                        area -= (bx - coords[one, 0]) * (ay - coords[one, 1])
                        ax, ay = bx, by
                    wide, tall = (east - west) / 2, (north - south) / 2
                    full = 4 * wide * tall
                    share = math.sqrt(min(1.0, abs(area) / 2 / full)) if full > 0 else 0.0
                    wide, tall = wide * share, tall * share
                    x, y = (west + east) / 2 - origin[0], (south + north) / 2 - origin[1]
                    for corner in range(5):
                        right = corner == 1 or corner == 2
                        above = corner == 2 or corner == 3
                        px = x + wide if right else x - wide
                        py = y + tall if above else y - tall
                        out[n + corner, 0] = np.int32(np.floor(px / quantum + 0.5))
                        out[n + corner, 1] = np.int32(np.floor(py / quantum + 0.5))
                n += 5
            else:
                if closed:
                    limit = min(limit, PART_OF_RING * width)
                for v in range(one, two + 1):
                    if weights[v] >= limit:
                        if write:
                            x, y = coords[v, 0] - origin[0], coords[v, 1] - origin[1]
                            out[n, 0] = np.int32(np.floor(x / quantum + 0.5))
                            out[n, 1] = np.int32(np.floor(y / quantum + 0.5))
                        n += 1
            part += 1
            if write:
                out_starts[part] = n
        if write:
            kept[features] = k
            out_parts[features + 1] = part
        features += 1
    counts[0], counts[1], counts[2], counts[3] = features, part, n, seen


def choose(
    regions,
    blocks,
    boxes,
    order,
    placed,
    firsts,
    kept,
    parts,
    starts,
    left,
    bottom,
    right,
    top,
    out,
    sizes,
):
    """Which of the kept features (i of kept[i]) touch a rectangle; returns how many.

    Those that are gone (order[kept[i]] is negative) are left out. sizes: how many parts and
    vertices they have. placed: so many features of the curve have a box.
    """
    n, many, vertices = 0, 0, 0
    for region in range(regions.shape[0]):
        if not touches(regions, region, left, bottom, right, top):
            continue
        for b in range(region * REGION, min(region * REGION + REGION, blocks.shape[0])):
            if not touches(blocks, b, left, bottom, right, top):
                continue
            first, last = firsts[b], firsts[b + 1]
            whole = (
                last > first
                and kept[last - 1] < placed
                and blocks[b, 0] >= left
                and blocks[b, 2] <= right
                and blocks[b, 1] >= bottom
                and blocks[b, 3] <= top
            )
            for i in range(first, last):
                k = kept[i]
                if order[k] >= 0 and (whole or touches(boxes, k, left, bottom, right, top)):
                    out[n] = i
                    n += 1
                    one, two = parts[i], parts[i + 1]
                    many += two - one
                    vertices += starts[two] - starts[one]
    sizes[0], sizes[1] = many, vertices
    return n


def touches(boxes, b, left, bottom, right, top):
    """Whether a box touches a rectangle; one that is nowhere does not."""
    return (
        boxes[b, 0] <= right
        and boxes[b, 2] >= left
        and boxes[b, 1] <= top
        and boxes[b, 3] >= bottom
    )


def place(coords, starts, parts, chosen, quantum, affine, tolerance, out, out_starts, firsts):
    """The parts of the chosen features as pixels, without vertices closer than a tolerance.

    Pixel = (a u + b v + c, d u + e v + f) with u, v = quantum * coords + (affine[6], affine[7]).
    A part keeps its first and last vertex; one that lies beyond all numbers becomes empty.
    Returns how many vertices were written.
    """
    a, b, c, d, e, f = affine[0], affine[1], affine[2], affine[3], affine[4], affine[5]
    dx, dy = affine[6], affine[7]
    n, part = 0, 0
    out_starts[0] = firsts[0] = 0
    for number in range(chosen.shape[0]):
        i = chosen[number]
        for p in range(parts[i], parts[i + 1]):
            first, last = starts[p], starts[p + 1]
            kept_x, kept_y = 0.0, 0.0
            for v in range(first, last):
                east, north = coords[v, 0] * quantum + dx, coords[v, 1] * quantum + dy
                x, y = a * east + b * north + c, d * east + e * north + f
                if not (abs(x) < 1e15 and abs(y) < 1e15):
                    n = out_starts[part]  # such a part cannot be drawn
                    break
                if v == first or v == last - 1 or abs(x - kept_x) + abs(y - kept_y) >= tolerance:
                    out[n, 0], out[n, 1] = x, y
                    kept_x, kept_y = x, y
                    n += 1
            part += 1
            out_starts[part] = n
        firsts[number + 1] = part
    return n
