"""Makes the two fonts in gisapp/fonts from Noto Sans CJK. Needs fonttools.

    python tests/data/make_fonts.py NotoSansCJK-Regular.ttc NotoSansCJK-Bold.ttc

The files come with the Debian package fonts-noto-cjk (1:20220127) and from
https://github.com/notofonts/noto-cjk. The licence (OFL.txt) allows parts under another name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

FACE = "Noto Sans CJK SC"
HERE = Path(__file__).parents[2] / "gisapp" / "fonts"
SIGNS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin
    *range(0x386, 0x3CF),  # Greek
    *range(0x410, 0x450),
    *range(0x2010, 0x2040),
    *range(0x2070, 0x209D),
    0x20AC,
    *range(0x2100, 0x2190),  # units, Roman numerals
    *range(0x2190, 0x21AA),
    *range(0x2200, 0x2270),
    *range(0x2460, 0x2474),
    *range(0x25A0, 0x25D0),
    *range(0x2605, 0x2610),
    0x2713,
    0x2715,
    *range(0x3000, 0x3020),
    *range(0x3380, 0x33E0),  # square units
    *range(0xFF01, 0xFFE6),
]
# Radicals that names of rivers and places are made with: more than the common character set has.
PLACES = [
    (0x571F, 0x58EB),  # earth
    (0x5C71, 0x5DDB),  # hill
    (0x6C34, 0x706B),  # water
    (0x77F3, 0x793A),  # stone
    (0x9091, 0x9149),  # town
    (0x961C, 0x96B6),  # mound
]


def gb2312(first: int, last: int) -> list[int]:
    """The Chinese characters of some rows of GB 2312 (16 to 55: common, to 87: all)."""
    found = []
    for row in range(first, last + 1):
        for cell in range(1, 95):
            try:
                found.append(ord(bytes([row + 0xA0, cell + 0xA0]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def make(source: Path, characters: list[int], family: str, target: Path) -> None:
    faces: list[TTFont] = TTCollection(source).fonts
    font = next(f for f in faces if FACE in (f["name"].getDebugName(1), f["name"].getDebugName(16)))
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = ["kern"]  # no other forms: a reader finds the text again
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17) or record.platformID == 1:
            names.removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    plain = family.replace(" ", "")
    for number, text in ((1, family), (2, "Regular"), (3, plain), (4, family), (6, plain)):
        names.setName(text, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames[0] = plain
    for attribute in ("FullName", "FamilyName"):
        setattr(font["CFF "].cff.topDictIndex[0], attribute, family)
    font["OS/2"].usWeightClass = 400  # each file is a family of its own, of plain weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x21) | 0x40
    font["head"].macStyle = 0
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(target)


if __name__ == "__main__":
    regular, bold = map(Path, sys.argv[1:3])
    names = [code for first, last in PLACES for code in range(first, last)]
    make(regular, [*SIGNS, *gb2312(16, 87), *names], "Gisapp Sans", HERE / "GisappSans.otf")
    make(bold, [*SIGNS, *gb2312(16, 55)], "Gisapp Sans Bold", HERE / "GisappSansBold.otf")
