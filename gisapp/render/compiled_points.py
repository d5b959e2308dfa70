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


def stamp(picture, keys, stamps, wanted, solid, left, top, right, bottom):
    """Lay stamps on the picture: look 0 on top, in one look the southern, then the eastern.

    keys: sorted, as `spread` writes them for a rectangle grown by half a stamp. stamps: looks x
    16 phases x k x k, premultiplied, k a multiple of 8. wanted, solid: of each 8 x 8 pixels of
    each stamp (blocks row by row) the bits of those that are not empty, that hide what is
    behind; bit 8 * row + column.
    """
    mask, half, eight = np.uint32(0x00FF00FF), np.uint32(0x00800080), np.uint32(8)
    k = stamps.shape[2]
    side = k // 8
    wide, tall = right - left + 2 * k, bottom - top + 2 * k
    last_x, last_y = PHASES * (wide - k) + PHASES, PHASES * (tall - k) + PHASES
    across, down = np.int64(wide // 8 + 3), np.int64(tall // 8 + 3)
    stride = np.uint64(across * 8)
    sheet = np.empty(across * 8 * down * 8, np.uint32)
    used = np.zeros(across * down, np.uint8)  # blocks of the sheet that were made empty
    closed = np.zeros(across * down, np.uint64)  # a bit for each pixel, 8 x 8 in a word
    every = np.uint64(0xFFFFFFFFFFFFFFFF)
    for row in range(down):  # what lies beyond the borders is seen by nobody
        for column in range(across):
            beyond = row * 8 + 8 <= k or row * 8 >= tall - k
            if beyond or column * 8 + 8 <= k or column * 8 >= wide - k:
                closed[row * across + column] = every
    flat, want, shut = (
        stamps.reshape(stamps.size),
        wanted.reshape(wanted.size),
        solid.reshape(solid.size),
    )
    low_y, high_y, before = tall, 0, every
    for number in range(keys.shape[0]):
        key = keys[number]
        which = np.int64(key >> np.uint64(48))
        qy = last_y - np.int64((key >> np.uint64(24)) & np.uint64(0xFFFFFF))
        qx = last_x - np.int64(key & np.uint64(0xFFFFFF))
        x0, y0 = qx >> 2, qy >> 2
        phase = which * 16 + (qy & 3) * PHASES + (qx & 3)
        if key == before:
            middle = flat[(phase * k + k // 2) * k + k // 2]
            if (middle >> np.uint32(24)) == np.uint32(255):
                continue  # the same once more
        before = key
        ox, oy = np.uint64(x0 & 7), np.uint64((y0 & 7) * 8)
        back_y = np.uint64(63) - oy
        left_bits = np.uint64(0x0101010101010101) * (np.uint64(0xFF) >> ox)
        right_bits = ~left_bits
        back_x = np.uint64(8) - ox
        begin = np.uint64((y0 >> 3) * across + (x0 >> 3))
        for block in range(side * side):
            bits = want[np.uint64(phase * side * side + block)]
            if bits == np.uint64(0):
                continue
            by = block // side
            bx = block - by * side
            one = begin + np.uint64(by * across + bx)
            two, under = one + np.uint64(1), one + np.uint64(across)
            beneath = under + np.uint64(1)
            west = (closed[one] >> oy) | ((closed[under] << np.uint64(1)) << back_y)
            east = (closed[two] >> oy) | ((closed[beneath] << np.uint64(1)) << back_y)
            have = ((west >> ox) & left_bits) | ((east << back_x) & right_bits)
            need = bits & ~have
            if need == np.uint64(0):
                continue
            y, x = y0 + by * 8, x0 + bx * 8
            low_y, high_y = min(low_y, y), max(high_y, y + 8)
            if used[one] == 0 or used[two] == 0 or used[under] == 0 or used[beneath] == 0:
                for fresh in (one, two, under, beneath):
                    if used[fresh] == 0:
                        used[fresh] = 1
                        corner = fresh // np.uint64(across) * np.uint64(8) * stride
                        corner += fresh % np.uint64(across) * np.uint64(8)
                        for _ in range(8):
                            for j in range(np.uint64(8)):
                                sheet[corner + j] = 0
                            corner += stride
            target = np.uint64(y) * stride + np.uint64(x)
            source = np.uint64((phase * k + by * 8) * k + bx * 8)
            while need != np.uint64(0):
                if need & np.uint64(0xFF):
                    for j in range(np.uint64(8)):
                        ink = flat[source + j]
                        old = sheet[target + j]
                        alpha = old >> np.uint32(24)
                        rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                        rb = (((ink & mask) * rest + half) >> eight) & mask
                        ag = (((ink >> eight) & mask) * rest + half) & ~mask
                        sheet[target + j] = old + (rb | ag)
                need >>= np.uint64(8)
                target += stride
                source += np.uint64(k)
            hide = shut[np.uint64(phase * side * side + block)]
            if hide != np.uint64(0):
                west = (hide & left_bits_back(ox)) << ox
                east = (hide & ~left_bits_back(ox)) >> back_x
                closed[one] |= west << oy
                closed[under] |= (west >> np.uint64(1)) >> back_y
                closed[two] |= east << oy
                closed[beneath] |= (east >> np.uint64(1)) >> back_y
    for row in range(max(low_y, k), min(high_y, tall - k)):
        line, blocks = top + row - k, (row >> 3) * across
        block = np.int64(0)
        while block < across:
            if used[blocks + block] == 0:
                block += 1
                continue
            first = block
            while block < across and used[blocks + block] != 0:
                block += 1
            begin = max(first * 8, k)
            count = min(block * 8, wide - k) - begin
            if count <= 0:
                continue
            base = np.uint64(row) * stride + np.uint64(begin)
            ink_row = sheet[base : base + np.uint64(count)]
            picture_row = picture[line, left + begin - k : left + begin - k + count]
            for column in range(count):
                ink = ink_row[column]
                old = picture_row[column]
                alpha = ink >> np.uint32(24)
                rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                rb = (((old & mask) * rest) >> eight) & mask
                ag = (((old >> eight) & mask) * rest) & ~mask
                picture_row[column] = ink + (rb | ag)


def left_bits_back(shift):
    """Of each row of 8 bits those that stay in their word when the row moves right."""
    return np.uint64(0x0101010101010101) * (np.uint64(0xFF) >> shift)
