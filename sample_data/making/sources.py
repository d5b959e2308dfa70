"""Three hundred pollution sources, one of which is to blame for the event."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from making.names import INDUSTRIES, serial
from making.outfalls import WITH_PERMIT, Outfall, permit_number
from making.places import Station
from making.rivers import Network

COUNT = 300
RELEASE_START = np.datetime64("2025-03-19T21:00")
RELEASE_HOURS = 6


@dataclass(frozen=True)
class Source:
    """A source of pollution; `measure` is where its water enters, above the reach's lower end."""

    id: str
    x: float
    y: float
    reach: int
    measure: float
    outfall: str | None
    columns: dict[str, object]


def choose_culprit(
    network: Network, stations: list[Station], outfalls: list[Outfall]
) -> tuple[list[Outfall], Outfall]:
    """The outfall of the event: an industrial one between two stations of one tributary.

    The outfall halfway between them is given the class it needs; the others stay as they are.
    """
    rivers: dict[str, list[Station]] = {}
    for station in stations:
        name = network.reaches[station.reach].name
        if name and network.reaches[station.reach].area_km2 < 450.0:
            rivers.setdefault(name, []).append(station)
    upper, lower = next(pair for pair in rivers.values() if len(pair) == 2)
    top = network.to_outlet[upper.reach] + upper.measure
    end = network.to_outlet[lower.reach] + lower.measure
    between = set(network.path(upper.reach)) - set(network.path(lower.reach)[1:])
    want = end + min(0.6 * (top - end), 5500.0)
    choice = min(
        (o for o in outfalls if o.reach in between and o.columns["kind"] == "outfall"),
        key=lambda o: abs(network.to_outlet[o.reach] + o.measure - want),
    )
    category = "工业企业排污口"
    name = str(choice.columns["name"]).replace(str(choice.columns["category"]), category)
    fixed = {"category": category, "name": name, "drainage": "间歇", "state": "tracing"}
    gone = {"responsible_party": None, "permit_no": None, "deadline": None, "code_national": None}
    culprit = replace(choice, columns=choice.columns | fixed | gone)
    return [culprit if o is choice else o for o in outfalls], culprit


def make_sources(
    rng: np.random.Generator, network: Network, outfalls: list[Outfall], culprit: Outfall
) -> tuple[list[Source], Source]:
    """All sources, and the one behind the event."""
    linked = [o for o in outfalls if o.columns["responsible_party"] and o is not culprit]
    rng.shuffle(linked)  # type: ignore[arg-type]
    reaches = [r for r in network.reaches.values() if r.length > 150.0]
    weight = np.array([r.length * r.discharge**0.3 for r in reaches])
    guilty = int(rng.integers(COUNT))
    logs = set(rng.choice([i for i in range(COUNT) if i != guilty], 14, replace=False).tolist())
    sources: list[Source] = []
    for number in range(COUNT):
        outfall = culprit if number == guilty else None
        if number != guilty and linked and rng.random() < 0.45:
            outfall = linked.pop()
        if outfall:
            reach, measure = outfall.reach, outfall.measure
        else:
            river = reaches[int(rng.choice(len(reaches), p=weight / weight.sum()))]
            reach, measure = river.id, round(float(rng.uniform(20.0, river.length - 20.0)), 1)
        x, y, dx, dy = network.point(reach, measure)
        away = float(rng.uniform(180.0, 900.0)) * (1.0 if rng.integers(2) else -1.0)
        x = float(np.clip(x - dy * away, 480_150.0, 527_850.0))
        y = float(np.clip(y + dx * away, 2_560_150.0, 2_595_850.0))
        log = _windows(rng, number == guilty) if number == guilty or number in logs else None
        columns = _columns(rng, number, outfall, number == guilty, log)
        sources.append(
            Source(
                str(columns["source_id"]),
                round(x, 2),
                round(y, 2),
                reach,
                measure,
                outfall.code if outfall else None,
                columns,
            )
        )
    return sources, sources[guilty]


def _columns(
    rng: np.random.Generator, number: int, outfall: Outfall | None, guilty: bool, log: str | None
) -> dict[str, object]:
    share = np.array([row[3] for row in INDUSTRIES])
    kind = 4 if guilty else int(rng.choice(len(INDUSTRIES), p=share / share.sum()))
    industry, industry_en, firm, _, ammonia, cod, phosphorus = INDUSTRIES[kind]
    scale = float(rng.lognormal(0.0, 0.5))
    ending = "厂" if industry not in ("畜禽养殖", "水产养殖") else "场"
    name = f"{firm}{serial(number % 99 + 1)}{ending}"
    party = outfall.columns["responsible_party"] if outfall else None
    if outfall and party and outfall.columns["category"] in WITH_PERMIT:
        name = str(party)
        kind = next(i for i, row in enumerate(INDUSTRIES) if name.startswith(row[2]))
        industry, industry_en, firm, _, ammonia, cod, phosphorus = INDUSTRIES[kind]
    permit = outfall.columns["permit_no"] if outfall and party else None
    violations = int(rng.poisson(0.5)) + (2 if guilty else 0)
    return {
        "source_id": f"P{number + 1:03d}",
        "name": name,
        "name_en": f"Example {industry_en} plant {number + 1:03d}",
        "industry": industry,
        "uscc": None,
        "permit_no": permit or (permit_number(rng) if kind not in (8, 9) else None),
        "nh3n_kg_d": round(ammonia * scale, 2),
        "cod_kg_d": round(cod * scale, 1),
        "tp_kg_d": round(phosphorus * scale, 3),
        "violations": violations,
        "inspections": violations + int(rng.poisson(2.0)),
        "discharge_log": log,
    }


def _windows(rng: np.random.Generator, guilty: bool) -> str:
    """Times of batch discharges, local time; the culprit's list holds the release."""
    starts = [
        np.datetime64("2025-01-05T08:00")
        + 24 * int(d) * np.timedelta64(1, "h")
        + int(h) * np.timedelta64(1, "h")
        for d, h in zip(rng.integers(0, 64, 4), rng.integers(0, 12, 4), strict=True)
    ]
    starts += [s + 105 * np.timedelta64(24, "h") for s in starts[:3]]
    spans = [(s, int(rng.integers(2, 7))) for s in starts]
    if guilty:
        spans.append((RELEASE_START, RELEASE_HOURS))
    return json.dumps(
        [
            {
                "start": str(s.astype("datetime64[m]")),
                "end": str((s + np.timedelta64(h, "h")).astype("datetime64[m]")),
            }
            for s, h in sorted(spans)
        ]
    )
