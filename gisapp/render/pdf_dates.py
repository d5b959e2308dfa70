"""A PDF that does not say when it was written: the same page, the same bytes."""

from __future__ import annotations

import re

_PDF_DATE = re.compile(rb"\(D:\d{14}[^)]*\)")
_XMP_DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_ID = re.compile(rb"/ID \[ <([0-9a-f]+)> <([0-9a-f]+)> \]")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


_DATE = b"(D:20000101000000+00'00')"
_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_PLACE = re.compile(rb"(\d{10}) (\d{5}) n")


def _with_dates_of_one_length(pdf: bytes) -> bytes:
    """A date ends in Z where the clock shows universal time, else in an offset: all that follows
    lies elsewhere then, and the table of places says so."""
    found = [(m.start(), len(_DATE) - len(m.group())) for m in _PDF_DATE.finditer(pdf)]
    pdf = _PDF_DATE.sub(_DATE, pdf)
    end = _END.search(pdf)
    if end is None:
        return pdf

    def moved(place: int) -> int:
        return place + sum(more for at, more in found if at < place)

    table = moved(int(end.group(1)))
    places = _PLACE.sub(
        lambda m: b"%010d %b n" % (moved(int(m.group(1))), m.group(2)), pdf[table : end.start()]
    )
    return pdf[:table] + places + b"startxref\n%d\n%%%%EOF\n" % table


def without_dates(pdf: bytes) -> bytes:
    """The same page gives the same bytes: dates and marks of the moment are made equal.

    The other replacements have the length of what they replace, so the table of places stays right.
    """

    def fixed(match: re.Match[bytes], sample: bytes) -> bytes:
        text = match.group()
        return sample[: len(text) - 1] + text[-1:] if len(sample) >= len(text) else text

    pdf = _with_dates_of_one_length(pdf)
    pdf = _XMP_DATE.sub(lambda m: fixed(m, b"2000-01-01T00:00:00.000+00:00"), pdf)
    pdf = _ID.sub(lambda m: b"/ID [ <%b> <%b> ]" % tuple(b"0" * len(x) for x in m.groups()), pdf)
    return _UUID.sub(b"00000000-0000-0000-0000-000000000000", pdf)
