"""Loops that draw a whole square of the map in one call: what is in view is chosen and placed, what
the square's memory held is emptied, symbols, lines or areas are drawn, and in the end it is known
what each piece of it holds.

For squares with few features, where calling one loop after the other takes as long as they do.
Plain functions: gisapp.render.compiled compiles them and the loops they call.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type, assignment"

from __future__ import annotations

import numpy as np

from gisapp.render.compiled_areas import areas
from gisapp.render.compiled_detail import choose, place
from gisapp.render.compiled_lines import lines
from gisapp.render.compiled_points import PHASES, spread, stamp
from gisapp.render.states import EMPTY, OPAQUE, PIECE, SOME

TOO_MANY = -1  # the answer where a square does not fit the memory for it
DIGIT = 13  # bits that are sorted by at a time
SPARSE = 3000  # symbols; with more, every piece is taken to have some
BY_LOOK_AND_PLACE = (0, 24, 48)  # where the parts of a point's key begin, each below 2^DIGIT


def points_square(
    pixels,
    states,
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
    chosen,
    sizes,
    coords,
    looks,
    affine,
    keys,
    spare,
    stamps,
    wanted,
    solid,
    corners,
    reach,
):
    """Symbols of features on a curve (see `compiled_detail.choose`, `compiled_points`).

    states: what is known of the pixels, before and after. keys, spare: room for as many points.
    Answers EMPTY (then nothing was written), SOME or OPAQUE, or TOO_MANY.
    """
    tall, wide = pixels.shape
    found = choose(
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
        chosen,
        sizes,
    )
    if sizes[0] > keys.shape[0] or (max(wide, tall) + 2 * reach + 2) * PHASES >= 1 << DIGIT:
        return TOO_MANY
    edge, far_x, far_y = float(-reach), float(wide + reach), float(tall + reach)
    n = spread(coords, parts, chosen[:found], looks, affine, edge, edge, far_x, far_y, keys, 0)
    if n == 0:
        return EMPTY
    for shift in BY_LOOK_AND_PLACE:
        sort_by(keys, spare, n, np.uint64(shift))
    emptied(pixels, states)
    some = keys[:n]
    stamp(pixels, some, stamps, wanted, solid, corners, reach, 0, 0, wide, tall)
    if n > SPARSE:
        states[:] = np.uint8(SOME)
    else:
        note_stamps(states, some, stamps.shape[2], corners, reach, wide, tall)
    return looked_through(pixels, states)


def lines_square(
    coords,
    pixels,
    states,
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
    chosen,
    sizes,
    quantum,
    affine,
    tolerance,
    xy,
    part_starts,
    part_firsts,
    widths,
    width,
    dash,
    ink,
    words,
):
    """Lines of one width as one coat of colour. xy, part_starts, part_firsts, widths: room."""
    tall, wide = pixels.shape
    found = choose(
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
        chosen,
        sizes,
    )
    if found == 0:
        return EMPTY
    if sizes[1] > xy.shape[0] or sizes[0] >= widths.shape[0] or found >= part_firsts.shape[0]:
        return TOO_MANY
    some = chosen[:found]
    place(coords, starts, parts, some, quantum, affine, tolerance, xy, part_starts, part_firsts)
    ends = part_starts[: sizes[0] + 1]
    widths[: sizes[0]] = width
    emptied(pixels, states)
    lines(pixels, xy, ends, widths, dash, False, ink, words, states, 0, 0, wide, tall)
    return looked_through(pixels, states)


def areas_square(
    coords,
    pixels,
    states,
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
    chosen,
    sizes,
    quantum,
    affine,
    tolerance,
    xy,
    part_starts,
    part_firsts,
    widths,
    width,
    ink,
    words,
    keys,
    spare,
    code,
    inks,
    colours,
    sums,
    marks,
):
    """Areas in the order of the layer, feature f in the colour inks[code[f]]; then all outlines, if
    they have a width, as one coat of colour. keys, spare, colours: room."""
    tall, wide = pixels.shape
    found = choose(
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
        chosen,
        sizes,
    )
    if found == 0:
        return EMPTY
    if sizes[1] > xy.shape[0] or sizes[0] >= widths.shape[0] or found >= part_firsts.shape[0]:
        return TOO_MANY
    some = chosen[:found]
    low = np.uint64(0xFFFFFFFF)
    for i in range(found):
        keys[i] = np.uint64(order[kept[some[i]]]) << np.uint64(32) | np.uint64(some[i])
    for shift in range(3):
        sort_by(keys, spare, found, np.uint64(32 + shift * DIGIT))
    for i in range(found):
        some[i] = np.int64(keys[i] & low)
        colours[i] = inks[code[np.int64(keys[i] >> np.uint64(32))]]
    place(coords, starts, parts, some, quantum, affine, tolerance, xy, part_starts, part_firsts)
    ends = part_starts[: sizes[0] + 1]
    begins = part_firsts[: found + 1]
    emptied(pixels, states)
    states[:] = np.uint8(SOME)
    areas(pixels, xy, ends, begins, colours, sums, marks, 0, 0, wide, tall)
    if width > 0:
        widths[: sizes[0]] = width
        none = widths[:0]
        lines(pixels, xy, ends, widths, none, True, ink, words, states, 0, 0, wide, tall)
    return looked_through(pixels, states)


def sort_by(keys, spare, n, shift):
    """Put the first n keys in the order of DIGIT of their bits; equal ones stay as they are."""
    mask = np.uint64((1 << DIGIT) - 1)
    least, most = mask, np.uint64(0)
    for i in range(n):
        digit = (keys[i] >> shift) & mask
        least, most = min(least, digit), max(most, digit)
    if least >= most:
        return
    counts = np.zeros(np.int64(most - least) + 2, np.int64)
    for i in range(n):
        counts[np.int64(((keys[i] >> shift) & mask) - least) + 1] += 1
    for digit in range(1, counts.shape[0]):
        counts[digit] += counts[digit - 1]
    for i in range(n):
        digit = np.int64(((keys[i] >> shift) & mask) - least)
        spare[counts[digit]] = keys[i]
        counts[digit] += 1
    for i in range(n):
        keys[i] = spare[i]


def emptied(pixels, states):
    """Empty the pieces that are not."""
    width = pixels.shape[1]
    for row in range(pixels.shape[0]):
        for piece in range(states.shape[1]):
            if states[row, piece] != EMPTY:
                states[row, piece] = np.uint8(EMPTY)
                line = pixels[row, piece * PIECE : min(piece * PIECE + PIECE, width)]
                for k in range(line.shape[0]):
                    line[k] = np.uint32(0)


def note_stamps(states, keys, k, corners, reach, wide, tall):
    """The pieces on which symbols lie become SOME; keys as `spread` writes them."""
    last_x = PHASES * (wide + 2 * reach) + PHASES
    last_y = PHASES * (tall + 2 * reach) + PHASES
    for number in range(keys.shape[0]):
        key = keys[number]
        qy = last_y - np.int64((key >> np.uint64(24)) & np.uint64(0xFFFFFF))
        qx = last_x - np.int64(key & np.uint64(0xFFFFFF))
        phase = np.int64(key >> np.uint64(48)) * 16 + (qy & 3) * PHASES + (qx & 3)
        y = (qy >> 2) + corners[phase, 0] - 2 * reach
        x = (qx >> 2) + corners[phase, 1] - 2 * reach
        first, last = max(x, 0) // PIECE, (min(x + k, wide) - 1) // PIECE
        for row in range(max(y, 0), min(y + corners[phase, 2], tall)):
            for piece in range(first, last + 1):
                states[row, piece] = np.uint8(SOME)


def looked_through(pixels, states):
    """Find out what the pieces hold that are not EMPTY; answers the same for all of them."""
    width = pixels.shape[1]
    opaque, inked = 0, 0
    for row in range(pixels.shape[0]):
        for piece in range(states.shape[1]):
            if states[row, piece] == EMPTY:
                continue
            line = pixels[row, piece * PIECE : min(piece * PIECE + PIECE, width)]
            # one question for each piece, which its first pixel chooses
            if line[0] >= np.uint32(0xFF000000):
                inked += 1
                least = np.uint32(0xFFFFFFFF)
                for k in range(line.shape[0]):
                    least = min(least, line[k])
                hides = least >= np.uint32(0xFF000000)
                opaque += 1 if hides else 0
                states[row, piece] = np.uint8(OPAQUE) if hides else np.uint8(SOME)
            else:
                ink = np.uint32(0)
                for k in range(line.shape[0]):
                    ink |= line[k]
                inked += 1 if ink != 0 else 0
                states[row, piece] = np.uint8(EMPTY) if ink == 0 else np.uint8(SOME)
    if inked == 0:
        return EMPTY
    return OPAQUE if opaque == states.size else SOME
