"""Which column of a river layer is what: told by its name, or said by the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Names as they are written in the data people have, in lower case; the first that is there wins.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "id": (
        "reach_id", "hyriv_id", "comid", "nhdplusid", "feature_id", "link", "linkno", "river_id",
        "rch_id", "segment_id", "河段编码", "河段编号", "reachid", "id",
    ),
    "next_down": (
        "next_down", "nextdown", "nextdownid", "next_down_id", "dscomid", "dslinkno", "tocomid",
        "to_reach", "downstream", "down_id", "into", "下游河段", "下游编码", "to",
    ),
    "from_node": ("fromnode", "from_node", "fnode", "起点编码"),
    "to_node": ("tonode", "to_node", "tnode", "终点编码"),
    "divergence": ("divergence",),
    "flow_share": ("flow_share", "divfrac", "分流比"),
    "either_way": ("flows", "flow_direction", "flowdir", "direction", "流向"),
    "residence_days": ("residence_days", "res_time", "滞留时间_d"),
    "length_m": ("length_m", "len_m", "shape_length_m", "长度_m"),
    "length_km": ("length_km", "lengthkm", "len_km", "长度_km"),
    "area_km2": ("upland_skm", "up_area_km2", "uparea", "totdasqkm", "up_area", "upa", "集水面积"),
    "own_area_km2": ("catch_skm", "catch_area_km2", "areasqkm", "unitarea"),
    "discharge_m3s": ("dis_av_cms", "discharge_m3s", "qama", "discharge"),
    "velocity_m_s": ("velocity_m_s", "velocity", "v_m_s", "流速"),
    "slope": ("slope", "so", "slope_m_m", "比降", "坡降"),
    "width_m": ("width_m", "width", "btmwdth", "河宽"),
    "roughness": ("roughness", "manning_n", "n", "糙率"),
    "name": ("name", "river_name", "gnis_name", "rivername", "河流名称", "名称", "name_en"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiverColumns:
    """Names of columns; an empty one is not there."""

    id: str = ""
    next_down: str = ""
    from_node: str = ""
    to_node: str = ""
    divergence: str = ""
    flow_share: str = ""  # of the water at its upper node, 0-1
    either_way: str = ""  # whether water may flow either way, in words
    residence_days: str = ""  # in a lake the reach leads through
    length_m: str = ""
    length_km: str = ""
    area_km2: str = ""
    own_area_km2: str = ""
    discharge_m3s: str = ""
    velocity_m_s: str = ""
    slope: str = ""  # metres a metre
    width_m: str = ""
    roughness: str = ""  # Manning's n
    name: str = ""

    @property
    def connected(self) -> bool:
        """Whether there is a way to tell what flows into what."""
        return bool((self.id and self.next_down) or (self.from_node and self.to_node))


def guess_columns(names: Iterable[str], **said: str) -> RiverColumns:
    """The columns by their names; `said` are the user's own choices by role."""
    there = {name.lower().strip(): name for name in names}
    found = {
        role: next((there[word] for word in words if word in there), "")
        for role, words in KNOWN.items()
    }
    return RiverColumns(**{**found, **{role: name for role, name in said.items() if name}})
