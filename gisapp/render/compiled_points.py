"""The loops that stamp symbols. Plain functions: gisapp.render.compiled compiles them.

Very many symbols hide each other: a million of them on one screen cover each pixel two dozen
times. So they are laid down from the front to the back, and bits remember which pixels are
closed already; a symbol of which nothing would be seen costs a look at a few words.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type, assignment"

from __future__ import annotations

import numpy as np

PHASES = 4  # places of a symbol inside one pixel, along each axis


def spread(coords, parts, chosen, looks, affine, left, top, right, bottom, keys, n):
    """Where the places of the chosen features are, as keys in the order they are laid down.

    Only those inside the rectangle, and of features whose look is not negative. A key holds the
    look (16 bits) and then, counted from the bottom right, the row and the column in quarters of
    a pixel (24 bits each). Writes from n on and returns how many there are then.
    """
    a, b, c, d, e, f = affine[0], affine[1], affine[2], affine[3], affine[4], affine[5]
    dx, dy = affine[6], affine[7]
    wide, tall = right - left, bottom - top
    last_x, last_y = int(wide) * PHASES + PHASES, int(tall) * PHASES + PHASES
    for number in range(chosen.shape[0]):
        k = chosen[number]
        seen = looks[k]
        if seen < 0:
            continue
        for p in range(parts[k], parts[k + 1]):
            east, north = coords[p, 0] + dx, coords[p, 1] + dy
            px, py = a * east + b * north + c - left, d * east + e * north + f - top
            if not (px >= 0 and py >= 0 and px < wide and py < tall):
                continue
            # rounded to 1/256 first: a part of a picture must place them as the whole does
            x, y = last_x - (int(px * 256 + 0.5) >> 6), last_y - (int(py * 256 + 0.5) >> 6)
            keys[n] = np.uint64((np.int64(seen) << 48) | (y << 24) | x)
            n += 1
    return n


def stamp(picture, keys, stamps, wanted, solid, corners, reach, left, top, right, bottom):
    """Lay stamps on an empty part of a picture, from the front to the back.

    Look 0 lies on top, in one look the southern, then the eastern. keys: sorted, as `spread`
    writes them for a rectangle grown by `reach` pixels. stamps: looks x 16 phases x k x k,
    premultiplied, k a multiple of 8, from the first row and column with ink: `corners` (looks *
    phases x 3: row, column, rows) says where that lies, counted from `reach` pixels before the
    place. wanted, solid: of each 8 x 8 pixels of each stamp (blocks row by row) the bits of
    those that are not empty, that hide what is behind; bit 8 * row + column.
    """
    mask, half, eight = np.uint32(0x00FF00FF), np.uint32(0x00800080), np.uint32(8)
    k, room = stamps.shape[2], 2 * reach
    side = k // 8
    wide, tall = right - left + 2 * room, bottom - top + 2 * room
    last_x, last_y = PHASES * (wide - room) + PHASES, PHASES * (tall - room) + PHASES
    across, down = np.int64((wide + k) // 8 + 3), np.int64((tall + k) // 8 + 3)
    closed = np.zeros(across * down, np.uint64)  # a bit for each pixel, 8 x 8 in a word
    every = np.uint64(0xFFFFFFFFFFFFFFFF)
    for row in range(down):  # what lies beyond the borders is seen by nobody
        for column in range(across):
            beyond = row * 8 + 8 <= room or row * 8 >= tall - room
            if beyond or column * 8 + 8 <= room or column * 8 >= wide - room:
                closed[row * across + column] = every
    flat = stamps.reshape(stamps.size)
    want, shut = wanted.reshape(wanted.size), solid.reshape(solid.size)
    paper, stride = picture.reshape(picture.size), np.int64(picture.shape[1])
    count = np.uint64(k)
    before = every
    for number in range(keys.shape[0]):
        key = keys[number]
        which = np.int64(key >> np.uint64(48))
        qy = last_y - np.int64((key >> np.uint64(24)) & np.uint64(0xFFFFFF))
        qx = last_x - np.int64(key & np.uint64(0xFFFFFF))
        phase = which * 16 + (qy & 3) * PHASES + (qx & 3)
        y0, x0 = (qy >> 2) + corners[phase, 0], (qx >> 2) + corners[phase, 1]
        if key == before:
            middle = (reach - corners[phase, 0]) * k + reach - corners[phase, 1]
            if (flat[phase * k * k + middle] >> np.uint32(24)) == np.uint32(255):
                continue  # the same once more
        before = key
        ox, oy = np.uint64(x0 & 7), np.uint64((y0 & 7) * 8)
        back_x, back_y = np.uint64(8) - ox, np.uint64(63) - oy
        left_bits = np.uint64(0x0101010101010101) * (np.uint64(0xFF) >> ox)
        begin = np.uint64((y0 >> 3) * across + (x0 >> 3))
        seen = False
        for block in range(side * side):
            bits = want[np.uint64(phase * side * side + block)]
            if bits == np.uint64(0):
                continue
            one = begin + np.uint64(block // side * across + block % side)
            under = one + np.uint64(across)
            west = (closed[one] >> oy) | ((closed[under] << np.uint64(1)) << back_y)
            one, under = one + np.uint64(1), under + np.uint64(1)
            east = (closed[one] >> oy) | ((closed[under] << np.uint64(1)) << back_y)
            have = ((west >> ox) & left_bits) | ((east << back_x) & ~left_bits)
            if bits & ~have != np.uint64(0):
                seen = True
                break
        if not seen:
            continue
        px, py, rows = left + x0 - room, top + y0 - room, np.int64(corners[phase, 2])
        if px >= left and px + k <= right and py >= top and py + rows <= bottom:
            target, source = np.uint64(py * stride + px), np.uint64(phase * k * k)
            for _ in range(rows):  # pieces as long as k says: more than one pixel at a time
                inks, line = flat[source : source + count], paper[target : target + count]
                for j in range(count):
                    ink, above = inks[j], line[j]
                    alpha = above >> np.uint32(24)
                    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                    rb = (((ink & mask) * rest + half) >> eight) & mask
                    ag = (((ink >> eight) & mask) * rest + half) & ~mask
                    line[j] = above + (rb | ag)
                target += np.uint64(stride)
                source += count
        else:
            for row in range(max(0, top - py), min(rows, bottom - py)):
                for column in range(max(0, left - px), min(k, right - px)):
                    ink, above = (
                        stamps[which, phase & 15, row, column],
                        picture[py + row, px + column],
                    )
                    alpha = above >> np.uint32(24)
                    rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                    rb = (((ink & mask) * rest + half) >> eight) & mask
                    ag = (((ink >> eight) & mask) * rest + half) & ~mask
                    picture[py + row, px + column] = above + (rb | ag)
        for block in range(side * side):
            hide = shut[np.uint64(phase * side * side + block)]
            if hide != np.uint64(0):
                one = begin + np.uint64(block // side * across + block % side)
                under = one + np.uint64(across)
                west, east = (hide & left_bits) << ox, (hide & ~left_bits) >> back_x
                closed[one] |= west << oy
                closed[under] |= (west >> np.uint64(1)) >> back_y
                closed[one + np.uint64(1)] |= east << oy
                closed[under + np.uint64(1)] |= (east >> np.uint64(1)) >> back_y


def merge(picture, above, left, top, first, last):
    """Lay the rows first to last of a picture over another one, from a column and a row on."""
    mask, eight = np.uint32(0x00FF00FF), np.uint32(8)
    count = above.shape[1]
    for row in range(first, last):
        inks, line = above[row], picture[top + row, left : left + count]
        for column in range(count):
            ink, old = inks[column], line[column]
            alpha = ink >> np.uint32(24)
            rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
            rb = (((old & mask) * rest) >> eight) & mask
            ag = (((old >> eight) & mask) * rest) & ~mask
            line[column] = ink + (rb | ag)
