"""Pages of an outfall's file: everything is written, nothing runs over an edge."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.progress import Silent
from gisapp.render.evidence_sheet import (
    BOTTOM,
    MARGIN,
    ROOM,
    TALL,
    EvidencePhoto,
    EvidenceText,
    evidence_sheets,
    wrapped_words,
)
from tests.render.recording import Recording


def text_of(**said) -> EvidenceText:
    plain = {
        "title": "W-1", "subtitle": "made up", "facts_title": "Identity",
        "facts": (("Name", "桐峪河左岸排口"),), "sections": (), "photos_title": "Photos",
        "photos": (), "no_picture": "no picture", "history_title": "History", "history": (),
        "no_place": "no place", "foot": "foot",
    }  # fmt: skip
    return EvidenceText(**{**plain, **said})


def drawn(words: EvidenceText) -> list[Recording]:
    found = []
    for draw in evidence_sheets(words, None, 96, Silent()):
        canvas = Recording()
        draw(canvas)
        found.append(canvas)
    return found


def test_what_does_not_fit_goes_on_and_no_heading_ends_a_page():
    sections = tuple(
        (f"Part {n}", tuple((f"Field {n}.{m}", f"value {n}.{m}") for m in range(9)))
        for n in range(16)
    )
    history = tuple((f"2026-05-{n:02}", "somebody", f"change {n}") for n in range(1, 32))
    pages = drawn(text_of(sections=sections, history=history))
    assert len(pages) > 1
    written = [text for page in pages for text in page.texts]
    for _, pairs in sections:
        for caption, value in pairs:
            assert written.count(caption) == written.count(value) == 1
    assert all(f"change {n}" in written for n in range(1, 32))
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page.texts
        body = [box for box in page.boxes if box[4] < TALL - MARGIN]
        assert max(box[4] for box in body) <= BOTTOM
        assert max(box[3] for box in page.boxes) <= MARGIN + ROOM + 1
        last = max(body, key=lambda box: box[2])[0]
        assert not last.startswith(("Part", "History"))


def test_facts_without_room_beside_the_map_are_written_below():
    facts = tuple((f"Fact {n}", f"said {n}") for n in range(40))
    pages = drawn(text_of(facts=facts))
    written = [text for page in pages for text in page.texts]
    assert [written.count(f"said {n}") for n in range(40)] == [1] * 40
    assert "Identity" in written


def test_photos_are_loaded_no_larger_than_their_place_and_kept_in_shape():
    asked = []

    def load(wide: int, tall: int):
        asked.append((wide, tall))
        return np.full((tall, tall // 2, 4), 255, np.uint8)

    photos = (EvidencePhoto("one", "seal", load), EvidencePhoto("two", "", lambda w, t: None))
    [page] = drawn(text_of(photos=photos))
    [(_, picture, at, scale)] = page.all("image")
    assert asked[0][1] == picture.shape[0]
    assert scale == 1.0
    assert at[0] > MARGIN  # in the middle of its place
    assert "no picture" in page.texts
    assert "no place" in page.texts


@given(st.text(max_size=200), st.integers(40, 400))
def test_wrapped_lines_lose_nothing_but_spaces(text, room):
    lines = wrapped_words(text, 9.5, room, 10_000)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF), max_size=80))
def test_wrapped_lines_fit_as_estimated(text):
    measured = Recording().words_size
    for line in wrapped_words(text, 9.5, 200.0):
        if len(line) > 1 and all(letter.isalnum() for letter in line):
            assert measured(line, 9.5)[0] <= 200.0 + 9.5
