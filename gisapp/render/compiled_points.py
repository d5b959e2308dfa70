"""The loops that stamp symbols. Plain functions: gisapp.render.compiled compiles them.

Very many symbols hide each other: a million of them on one screen cover each pixel two dozen
times. So they are laid down from the front to the back, and bits remember which pixels are
closed already; a symbol of which nothing would be seen costs a look at a few words.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type"

from __future__ import annotations

import numpy as np

PHASES = 4  # places of a symbol inside one pixel, along each axis


def spread(coords, parts, chosen, order, looks, affine, left, top, right, bottom, x, y, look, n):
    """Where the places of the chosen features are, in quarters of a pixel from (left, top).

    Only those inside the rectangle, and of features whose look is not negative; `order` gives
    the number of a feature. Writes from n on and returns how many there are then.
    """
    a, b, c, d, e, f = affine[0], affine[1], affine[2], affine[3], affine[4], affine[5]
    dx, dy = affine[6], affine[7]
    for number in range(chosen.shape[0]):
        k = chosen[number]
        if order[k] < 0:
            continue
        seen = looks[order[k]]
        if seen < 0:
            continue
        for p in range(parts[k], parts[k + 1]):
            east, north = coords[p, 0] + dx, coords[p, 1] + dy
            px, py = a * east + b * north + c - left, d * east + e * north + f - top
            if not (px >= 0 and py >= 0 and px < right - left and py < bottom - top):
                continue
            # rounded to 1/256 first: a part of a picture must place them as the whole does
            across, down = int(px * 256 + 0.5) >> 6, int(py * 256 + 0.5) >> 6
            if across >= 4 * (right - left) or down >= 4 * (bottom - top):
                continue  # rounded out of the rectangle: nothing of it would be seen
            x[n], y[n] = across, down
            look[n] = seen
            n += 1
    return n


def stamp(picture, x, y, look, n, stamps, wanted, solid, left, top, right, bottom):
    """Lay stamps on the picture: look 0 on top, in one look the southern, then the eastern.

    x, y, look as `spread` writes them for a rectangle grown by half a stamp. stamps: looks x
    16 phases x k x k, premultiplied, k even. wanted, solid: of each row of each stamp a bit
    for every pixel that is not empty, that hides what is behind (k <= 64; otherwise all set).
    """
    mask, half = np.uint32(0x00FF00FF), np.uint32(0x00800080)
    eight, one = np.uint32(8), np.uint64(1)
    looks, k = stamps.shape[0], stamps.shape[2]
    many_bits = k > 64
    wide, tall = right - left + 2 * k, bottom - top + 2 * k
    rows, columns = PHASES * (tall - k), PHASES * (wide - k)
    ends = np.zeros(looks * rows + 1, np.int64)
    for i in range(n):
        ends[np.int64(look[i]) * rows + (rows - 1 - y[i]) + 1] += 1
    for bucket in range(looks * rows):
        ends[bucket + 1] += ends[bucket]
    sorted_x = np.empty(n, np.int32)
    for i in range(n):
        bucket = np.int64(look[i]) * rows + (rows - 1 - y[i])
        sorted_x[ends[bucket]] = x[i]
        ends[bucket] += 1  # now it is where the bucket ends
    tally = np.zeros(columns, np.int32)
    sheet = np.zeros(wide * tall, np.uint32)
    words = wide // 64 + 3
    closed = np.zeros((tall, words), np.uint64)
    if not many_bits:
        for row in range(k, tall - k):  # what lies beyond the borders is seen by nobody
            for column in range(wide):
                if column < k or column >= wide - k:
                    closed[row, column >> 6] |= one << np.uint64(column & 63)
    spans = np.empty((tall, 2), np.int64)
    spans[:, 0], spans[:, 1] = wide, 0
    flat = stamps.reshape(stamps.size)
    begin = 0
    for bucket in range(looks * rows):
        end = ends[bucket]
        if end == begin:
            continue
        count = end - begin
        if count > 40:
            for i in range(begin, end):
                tally[sorted_x[i]] += 1
            at = end
            for column in range(columns):
                for _ in range(tally[column]):
                    at -= 1
                    sorted_x[at] = column
                tally[column] = 0
        else:
            for i in range(begin + 1, end):
                value, j = sorted_x[i], i
                while j > begin and sorted_x[j - 1] < value:
                    sorted_x[j] = sorted_x[j - 1]
                    j -= 1
                sorted_x[j] = value
        which = bucket // rows
        down = rows - 1 - (bucket - which * rows)
        y0 = down >> 2
        opaque = (stamps[which, 0, k // 2, k // 2] >> np.uint32(24)) == np.uint32(255)
        low, high = max(0, k - y0), min(k, tall - k - y0)
        before = -1
        for i in range(begin, end):
            across = sorted_x[i]
            if across == before and opaque:
                continue  # the same once more
            before = across
            x0 = across >> 2
            phase = (down & 3) * PHASES + (across & 3)
            word, shift = x0 >> 6, np.uint64(x0 & 63)
            for row in range(low, high):
                line = y0 + row
                need = wanted[which, phase, row]
                if not many_bits:
                    have = closed[line, word] >> shift
                    if shift > np.uint64(0):
                        have |= closed[line, word + 1] << (np.uint64(64) - shift)
                    need &= ~have
                if need == np.uint64(0):
                    continue
                target = np.uint64(line * wide + x0)
                source = np.uint64(((which * 16 + phase) * k + row) * k)
                for j in range(np.uint64(k)):
                    ink = flat[source + j]
                    old = sheet[target + j]
                    alpha = old >> np.uint32(24)
                    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                    rb = (((ink & mask) * rest + half) >> eight) & mask
                    ag = (((ink >> eight) & mask) * rest + half) & ~mask
                    sheet[target + j] = old + (rb | ag)
                if not many_bits:
                    shut = solid[which, phase, row]
                    closed[line, word] |= shut << shift
                    if shift > np.uint64(0):
                        closed[line, word + 1] |= shut >> (np.uint64(64) - shift)
                spans[line, 0] = min(spans[line, 0], x0)
                spans[line, 1] = max(spans[line, 1], x0 + k)
        begin = end
    for row in range(k, tall - k):
        first, last = max(spans[row, 0], k), min(spans[row, 1], wide - k)
        if first >= last:
            continue
        line, base = top + row - k, row * wide
        for column in range(first, last):
            ink = sheet[base + column]
            old = picture[line, left + column - k]
            alpha = ink >> np.uint32(24)
            rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
            rb = (((old & mask) * rest) >> eight) & mask
            ag = (((old >> eight) & mask) * rest) & ~mask
            picture[line, left + column - k] = ink + (rb | ag)
