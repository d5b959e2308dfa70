"""What the search is told, in words of the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["both", "warm", "cold"]


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """Lengths in metres, areas in square metres, temperatures in °C.

    detail_m: the smallest thing looked at. min_contrast_c: how much warmer or cooler than the
    water around, over three details. confidence: how many times the noise of the place.
    background_m: the surroundings a spot is compared with (a disc of that diameter).
    bank_strip_m: an outfall starts so near the bank. bank_guard_m: not looked at beside the bank.
    bank_error_m: how far the bank line may be off. max_step: share of the peak that may change
    from one detail to the next; max_edge: that may be left at the border of the spot; min_decay:
    peak over median of a plume. grown_to: a spot reaches down to this share of `min_contrast_c`.
    bank_is_known: False where the water was proposed, so that its edge may be land anywhere.
    """

    kind: Kind = "both"
    min_contrast_c: float = 0.35
    confidence: float = 4.5
    min_area_m2: float = 5.0
    max_area_m2: float = 5000.0
    detail_m: float = 0.6
    background_m: float = 24.0
    bank_strip_m: float = 8.0
    bank_guard_m: float = 0.7
    bank_error_m: float = 2.5
    max_step: float = 0.57
    max_edge: float = 0.46
    min_decay: float = 1.65
    grown_to: float = 0.35
    bank_is_known: bool = True
