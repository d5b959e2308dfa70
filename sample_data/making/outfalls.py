"""Four hundred outfalls in all states of the workflow; columns that belong together agree."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

import numpy as np

from making.names import BEARINGS, INDUSTRIES, place_name, serial
from making.places import County, county_at
from making.rivers import Network
from making.thermal import Plume, Scene

COUNT = 400
NAMESPACE = uuid.UUID("5a3c1c34-2f7e-5b8e-9d55-0e6b7a1f4547")
SUSPECTED = 17
PLUMES_ALREADY_KNOWN = 6
# The workflow in order, with how many outfalls are in each state.
STATES = (
    ("to_verify", 40),
    ("verified", 36),
    ("not_outfall", 22),
    ("difficult", 12),
    ("monitored", 44),
    ("tracing", 30),
    ("traced", 34),
    ("plan_set", 30),
    ("rectifying", 38),
    ("rectified", 24),
    ("to_accept", 16),
    ("closed", 45),
    ("no_action", 12),
)
LATER = [name for name, _ in STATES]
CATEGORIES = (
    ("工业企业排污口", 0.13),
    ("矿山排污口", 0.02),
    ("工业企业雨洪排口", 0.06),
    ("工业及其他各类园区污水处理厂排污口", 0.04),
    ("城镇污水处理厂排污口", 0.06),
    ("规模化畜禽养殖排污口", 0.06),
    ("规模化水产养殖排污口", 0.04),
    ("大中型灌区排口", 0.05),
    ("港口码头排口", 0.03),
    ("规模以下畜禽养殖排污口", 0.07),
    ("规模以下水产养殖排污口", 0.04),
    ("城镇生活污水散排口", 0.09),
    ("农村污水处理设施排污口", 0.06),
    ("农村生活污水散排口", 0.11),
    ("城镇雨洪排口", 0.10),
    ("其他排污口", 0.04),
)
WITH_PERMIT = (
    "工业企业排污口",
    "矿山排污口",
    "工业及其他各类园区污水处理厂排污口",
    "城镇污水处理厂排污口",
)
TWO_LETTERS = {
    "工": "GY",
    "矿": "GY",
    "城": "WS",
    "规": "NY",
    "农": "NY",
    "大": "GQ",
    "港": "GK",
    "其": "QT",
}
MODES = (
    ("管道", 0.46),
    ("明渠", 0.22),
    ("涵闸", 0.08),
    ("箱涵", 0.14),
    ("泵站", 0.06),
    ("其他", 0.04),
)
REMARKS = (
    None,
    None,
    None,
    None,
    "枯水期露出",
    "口门被植被遮挡",
    "桥下，无人机不可见",
    "雨后有异味",
    "需夜间复核",
)


@dataclass(frozen=True)
class Outfall:
    """One row of the layer; `measure` is metres above the reach's downstream end."""

    x: float
    y: float
    reach: int
    measure: float
    columns: dict[str, object]

    @property
    def code(self) -> str:
        """The local code, e.g. W-017."""
        return str(self.columns["code_local"])


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float
    reach: int
    measure: float
    bank: str


def _pick(rng: np.random.Generator, options: tuple[tuple[str, float], ...]) -> str:
    share = np.array([weight for _, weight in options])
    return options[int(rng.choice(len(options), p=share / share.sum()))][0]


def _measure(network: Network, reach: int, x: float, y: float) -> float:
    """Distance from the reach's downstream end to the foot of the perpendicular from a point."""
    line = network.reaches[reach].line[:, :2]
    step = np.diff(line, axis=0)
    share = ((np.array([x, y]) - line[:-1]) * step).sum(axis=1) / (step**2).sum(axis=1)
    foot = line[:-1] + np.clip(share, 0.0, 1.0)[:, None] * step
    best = int(np.argmin(np.hypot(*(foot - (x, y)).T)))
    lengths = np.hypot(*step.T)
    down = lengths[best] - float(np.hypot(*(foot[best] - line[best])))
    return round(float(down + lengths[best + 1 :].sum()), 1)


def _bank_spots(
    rng: np.random.Generator, network: Network, scene: Scene, count: int
) -> list[_Spot]:
    """Places on the banks; larger rivers get more of them, none in the flown corridor."""
    reaches = [r for r in network.reaches.values() if r.length > 150.0]
    weight = np.array([r.length * r.discharge**0.45 for r in reaches])
    flown = scene.water.mean(axis=0)
    spots: list[_Spot] = []
    while len(spots) < count:
        reach = reaches[int(rng.choice(len(reaches), p=weight / weight.sum()))]
        measure = round(float(rng.uniform(30.0, reach.length - 30.0)), 1)
        x, y, dx, dy = network.point(reach.id, measure)
        if reach.id == scene.reach and np.hypot(x - flown[0], y - flown[1]) < 1900.0:
            continue
        left = bool(rng.integers(2))
        away = min(reach.width / 2.0 + float(rng.uniform(3.0, 14.0)), 62.0)
        away = max(away, 10.0) * (1.0 if left else -1.0)
        x, y = round(x - dy * away, 2), round(y + dx * away, 2)
        spots.append(_Spot(x, y, reach.id, measure, "左岸" if left else "右岸"))
    return spots


def _near(network: Network, scene: Scene, x: float, y: float) -> _Spot:
    measure = _measure(network, scene.reach, x, y)
    at_x, at_y, dx, dy = network.point(scene.reach, measure)
    left = dx * (y - at_y) - dy * (x - at_x) > 0.0
    return _Spot(x, y, scene.reach, measure, "左岸" if left else "右岸")


def make_outfalls(
    rng: np.random.Generator, network: Network, counties: list[County], scene: Scene
) -> tuple[list[Outfall], dict[str, Plume]]:
    """All outfalls, and which plume belongs to which local code."""
    jobs: list[tuple[_Spot, str, Plume | None]] = []
    known = 0
    for number, plume in enumerate(scene.plumes):
        spot = _near(network, scene, plume.x, plume.y)
        is_known = (number % 3 == 1 and known < PLUMES_ALREADY_KNOWN) or number == 15
        known += is_known
        jobs.append(
            (
                spot,
                ("monitored", "traced", "rectifying")[known % 3] if is_known else "suspected",
                plume,
            )
        )
    dry = SUSPECTED - sum(state == "suspected" for _, state, _ in jobs)
    for rock in [t for t in scene.targets if t["kind"] == "rock"][:dry]:
        x, y = float(str(rock["x"])) + 3.0, float(str(rock["y"])) + 2.0
        jobs.append((_near(network, scene, round(x, 2), round(y, 2)), "suspected", None))
    states = [name for name, count in STATES for _ in range(count)]
    rng.shuffle(states)
    rest = _bank_spots(rng, network, scene, COUNT - len(jobs))
    jobs += [(spot, states[i], None) for i, spot in enumerate(rest)]
    order = sorted(range(COUNT), key=lambda i: (-network.to_outlet[jobs[i][0].reach], i))
    outfalls, plumes = [], {}
    for number, i in enumerate(order, start=1):
        spot, state, plume = jobs[i]
        outfall = _outfall(rng, network, counties, number, spot, state, plume)
        outfalls.append(outfall)
        if plume:
            plumes[outfall.code] = plume
    return outfalls, plumes


def _date(rng: np.random.Generator, first: str, days: int) -> str:
    return str(np.datetime64(first) + int(rng.integers(days)))


def permit_number(rng: np.random.Generator) -> str:
    """22 characters in the structure of HJ 608: 18 of an (invented) credit code, 001, P.

    No place has a division code that begins with 990. The check character is that of
    GB 32100-2015: weights 3^n modulo 31 over 31 characters.
    """
    first = "91990" + "".join(str(d) for d in rng.integers(0, 10, 12))
    total = sum(pow(3, n, 31) * int(digit) for n, digit in enumerate(first))
    return first + "0123456789ABCDEFGHJKLMNPQRTUWXY"[-total % 31] + "001P"


def _outfall(
    rng: np.random.Generator,
    network: Network,
    counties: list[County],
    number: int,
    spot: _Spot,
    state: str,
    plume: Plume | None,
) -> Outfall:
    river = network.reaches[spot.reach]
    county = county_at(counties, spot.x, spot.y)
    code = f"W-{number:03d}"
    category = _pick(rng, CATEGORIES)
    if plume and plume.delta_t_c > 3.0:
        category = "工业企业排污口"
    suspected = state == "suspected"
    place = place_name(number * 3 + 1)
    bearing = BEARINGS[int(rng.integers(8))]
    metres = 10 * int(rng.integers(4, 95))
    ending = "疑似排口" if suspected else category
    past = LATER.index(state) if state in LATER else -1
    tested = past >= LATER.index("monitored") and (state != "no_action" or bool(rng.integers(2)))
    party_known = past >= LATER.index("traced") and state != "no_action"
    has_deadline = LATER.index("plan_set") <= past and state != "no_action"
    drainage = _pick(
        rng, (("常年排放", 0.45), ("间歇", 0.25), ("季节", 0.08), ("雨天", 0.14), ("无水", 0.08))
    )
    if plume:
        drainage = "常年排放"
    if state in ("closed", "not_outfall") and rng.random() < 0.5:
        drainage = "无水"
    flowing = drainage == "常年排放" or (drainage == "间歇" and bool(rng.integers(2)))
    flow = 10 ** float(rng.uniform(0.8, 3.6)) if tested and flowing else None
    in_seconds = flow is not None and flow > 1500.0
    quality = (
        _water_tests(rng, category, plume, past >= LATER.index("rectified"))
        if tested and flowing
        else {}
    )
    kind_letters = TWO_LETTERS[category[0]]
    national = f"FZ-{county.code}-{number:04d}-{kind_letters}-00"
    industry = INDUSTRIES[int(rng.integers(len(INDUSTRIES)))]
    firm = (
        f"{industry[2]}{serial(1 + number % 40)}厂"
        if category in WITH_PERMIT
        else f"{place}村民委员会"
    )
    found = (
        "thermal"
        if suspected and plume
        else _pick(rng, (("visible", 0.42), ("walk", 0.3), ("list", 0.2), ("thermal", 0.08)))
    )
    to_mouth = network.to_outlet[spot.reach] + spot.measure
    columns: dict[str, object] = {
        "uuid": str(uuid.uuid5(NAMESPACE, code)),
        "code_national": national if not suspected and past >= 4 and rng.random() < 0.6 else None,
        "code_local": code,
        "name": f"{place}{bearing}{metres}米{ending}",
        "kind": "suspected" if suspected else "outfall",
        "category": category,
        "state": state,
        "outlet_mode": _pick(rng, MODES),
        "drainage": drainage,
        "discharging": flowing,
        "bank": spot.bank,
        "flow_value": None
        if flow is None
        else round(flow / 86400.0, 4)
        if in_seconds
        else round(flow, 1),
        "flow_unit": None if flow is None else "m³/s" if in_seconds else "m³/d",
        **{name: quality.get(name) for name in TESTS},
        "monitored_at": _date(rng, "2025-03-01", 120) if tested else None,
        "responsible_party": firm if party_known else None,
        "permit_no": permit_number(rng) if party_known and category in WITH_PERMIT else None,
        "county": county.name,
        "river": river.name,
        "receiving_reach": spot.reach,
        "distance_to_mouth_m": round(to_mouth, 1),
        "deadline": _deadline(rng, state) if has_deadline else None,
        "remark": REMARKS[int(rng.integers(len(REMARKS)))],
        "found_by": found,
        "photos": json.dumps([]),
    }
    return Outfall(spot.x, spot.y, spot.reach, spot.measure, columns)


def _deadline(rng: np.random.Generator, state: str) -> str:
    done = state in ("rectified", "to_accept", "closed")
    return _date(rng, "2025-08-01", 120) if done else _date(rng, "2025-10-15", 260)


TESTS = ("water_temp_c", "ph", "conductivity_us_cm", "cod_mg_l", "nh3n_mg_l", "tp_mg_l", "tn_mg_l")


def _water_tests(
    rng: np.random.Generator, category: str, plume: Plume | None, clean: bool
) -> dict[str, float]:
    dirty = 0.35 if clean else 1.0
    if "雨洪" in category or "灌区" in category:
        dirty *= 0.3
    ammonia = float(rng.lognormal(1.1, 0.8)) * dirty
    warmth = plume.delta_t_c if plume else float(rng.normal(1.0, 1.2))
    return {
        "water_temp_c": round(21.0 + warmth, 1),
        "ph": round(float(rng.normal(7.4, 0.35)), 2),
        "conductivity_us_cm": round(float(rng.lognormal(6.3, 0.4)), 0),
        "cod_mg_l": round(float(rng.lognormal(3.5, 0.5)) * dirty + 5.0, 1),
        "nh3n_mg_l": round(ammonia + 0.05, 2),
        "tp_mg_l": round(float(rng.lognormal(-0.9, 0.6)) * dirty + 0.02, 3),
        "tn_mg_l": round(ammonia * 1.25 + float(rng.uniform(1.0, 4.0)), 2),
    }
