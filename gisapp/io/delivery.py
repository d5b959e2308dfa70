"""Tables of points as files that other offices ask for: Shapefile, KML, KMZ, CSV and those of GDAL.

Each file is written beside its target and renamed; the same table gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.io.map_file import refused, write_file
from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.io.vector_writing import write_features
from gisapp.model.errors import WriteError
from gisapp.model.features import Features, point_shapes
from gisapp.model.field import Field
from gisapp.model.progress import Progress
from gisapp.model.text import tr

ENCODINGS = {"utf-8": "UTF-8", "gbk": "GBK"}
NAME_BYTES, TEXT_BYTES = 10, 254  # of a DBF
_LOOKALIKES = str.maketrans({"³": "3", "²": "2", "µ": "u", "μ": "u", "–": "-", "′": "'", "″": '"'})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIXED = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class DeliveryTable:
    """Points in `crs` (NaN: no place) with columns in the order of `fields`.

    `names` is what the columns are called in the file; empty ones by their own name.
    """

    name: str
    crs: str
    ids: npt.NDArray[Any]
    fields: tuple[Field, ...]
    columns: tuple[npt.NDArray[Any], ...]
    coords: npt.NDArray[np.float64]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def headings(self) -> tuple[str, ...]:
        """What each column is called in the file."""
        given = self.names or ("",) * len(self.fields)
        return tuple(n or f.name for n, f in zip(given, self.fields, strict=True))

    def features(self) -> Features:
        """The same as a layer."""
        fields = tuple(
            f if f.name == name else replace(f, name=name)
            for name, f in zip(self.headings, self.fields, strict=True)
        )
        named = dict(zip(self.headings, self.columns, strict=True))
        return Features(self.crs, fields, self.ids, named, point_shapes(self.coords))


def write_layer(table: DeliveryTable, path: Path, progress: Progress, date: str = "") -> None:
    """GeoPackage, GeoJSON or FlatGeobuf, whichever the name ends with. Raises WriteError."""
    write_features(table.features(), path, table.crs, progress, date=date)


# ---- CSV


def write_csv(
    table: DeliveryTable, path: Path, places: Mapping[str, Sequence[Any]], *, titles: bool
) -> None:
    """UTF-8 with its mark, first the columns of the place. Text that a spreadsheet would take for
    a formula gets an apostrophe in front."""
    given = table.names or ("",) * len(table.fields)
    heads = [
        _csv_cell(name or (f.caption if titles else f.name))
        for name, f in zip(given, table.fields, strict=True)
    ]
    columns = [[_csv_cell(value) for value in values.tolist()] for values in table.columns]
    spots = [["" if v is None else _csv_cell(v) for v in values] for values in places.values()]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["feature_id", *places, *heads])
    writer.writerows(zip(table.ids.tolist(), *spots, *columns, strict=True))
    write_file(path, out.getvalue().encode("utf-8-sig"))


def _csv_cell(value: Any) -> Any:
    if value is None or value != value:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, bool):
        return int(value)
    return value


# ---- Shapefile


def short_names(names: Iterable[str], encoding: str = "ascii") -> dict[str, str]:
    """Names of DBF columns by the whole names: ten bytes, letters of the encoding, each once."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, name in enumerate(names):
        plain = "".join(c for c in name if (c.isalnum() or c == "_") and _fits(c, encoding))
        plain = plain or f"F{number}"
        short, again = _cut(plain, NAME_BYTES, encoding), 0
        while short.upper() in taken:
            again += 1
            short = _cut(plain, NAME_BYTES - len(str(again)), encoding) + str(again)
        taken.add(short.upper())
        found[name] = short
    return found


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _cut(text: str, most: int, encoding: str) -> str:
    """The first letters that are no longer than so many bytes, the last one whole."""
    return text.encode(encoding)[:most].decode(encoding, "ignore")


def write_shapefile(
    table: DeliveryTable, path: Path, encoding: str, progress: Progress
) -> tuple[str, ...]:
    """`.shp` with its `.dbf`, `.shx`, `.prj`, `.cpg` and the names of its columns as
    `_fields.csv`. Returns what could not be kept as it was. Raises WriteError."""
    refuse_to_overwrite_project(path)
    known = ENCODINGS.get(encoding.lower())
    if known is None:
        raise WriteError(
            tr("A Shapefile is written as UTF-8 or GBK, not {encoding}").format(encoding=encoding)
        )
    warnings: list[str] = []
    names = column_names(table, known)
    columns = {names["feature_id"]: table.ids}
    for field, values in zip(table.fields, table.columns, strict=True):
        columns[names[field.name]] = _dbf_column(field, values, known, warnings)
    points = np.full(len(table), None, object)
    placed = np.isfinite(table.coords).all(axis=1)
    points[placed] = shapely.points(table.coords[placed])
    if not placed.all():
        words = tr("{n} outfalls have no place; they are in the table alone")
        warnings.append(words.format(n=int((~placed).sum())))
    progress.report(0.3)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.stem[:40]}.", dir=path.parent) as folder:
            made = Path(folder) / "delivery.shp"
            _write_shp(made, points, columns, table.crs, known)
            _undate(made.with_suffix(".dbf"))
            made.with_suffix(".cpg").write_text(known, "ascii")
            listed = _names_file(table.fields, names)
            (Path(folder) / "names.csv").write_bytes(listed)
            progress.report(0.9)
            for ending in (".dbf", ".shx", ".prj", ".cpg", ".shp"):
                source = made.with_suffix(ending)
                if source.exists():
                    os.replace(source, path.with_suffix(ending))
            os.replace(Path(folder) / "names.csv", names_path(path))
    except OSError as error:
        raise refused(path, error) from error
    progress.report(1.0)
    return tuple(warnings)


def column_names(table: DeliveryTable, encoding: str) -> dict[str, str]:
    """What the columns of a Shapefile are called, by the fields. Names that people gave may have
    any letters of the encoding; those of the program are plain letters."""
    short = short_names(("feature_id", *table.headings), ENCODINGS.get(encoding.lower(), encoding))
    own = {f.name: short[n] for f, n in zip(table.fields, table.headings, strict=True)}
    return {"feature_id": short["feature_id"], **own}


def names_path(path: Path) -> Path:
    """Where the whole names of a Shapefile's columns stand."""
    return path.with_name(f"{path.stem}_fields.csv")


def _names_file(fields: Sequence[Field], names: Mapping[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("column", "field", "title", "title_zh_CN", "unit"))
    writer.writerow((names["feature_id"], "feature_id", "", "", ""))
    for f in fields:
        writer.writerow((names[f.name], f.name, f.title, f.title_zh_CN, f.unit))
    return out.getvalue().encode("utf-8-sig")


def _dbf_column(
    field: Field, values: npt.NDArray[Any], encoding: str, warnings: list[str]
) -> npt.NDArray[Any]:
    if values.dtype != object:
        return values
    listed = values.tolist()
    there = [v for v in listed if v is not None]
    if there and all(isinstance(v, bool | int | float) for v in there):
        return np.array([np.nan if v is None else float(v) for v in listed])
    out, cut, strange = np.full(len(listed), None, object), 0, 0
    for row, value in enumerate(listed):
        if value is None:
            continue
        text = str(value)
        if encoding == "GBK":
            try:
                text.encode("gbk")
            except UnicodeEncodeError:
                text = text.translate(_LOOKALIKES)
                kept = text.encode("gbk", "replace").decode("gbk")
                strange += kept != text
                text = kept
        raw = text.encode(encoding)
        if len(raw) > TEXT_BYTES:
            text = raw[:TEXT_BYTES].decode(encoding, "ignore")
            cut += 1
        out[row] = text
    if strange:
        words = tr("{field}: {n} values have letters that GBK lacks; UTF-8 keeps them")
        warnings.append(words.format(field=field.caption, n=strange))
    if cut:
        words = tr("{field}: {n} values are longer than a DBF holds and were cut")
        warnings.append(words.format(field=field.caption, n=cut))
    return out


def _write_shp(
    path: Path, points: npt.NDArray[Any], columns: Mapping[str, Any], crs: str, encoding: str
) -> None:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    try:
        pyogrio.raw.write(
            path,
            shapely.to_wkb(points),
            list(columns.values()),
            list(columns),
            driver="ESRI Shapefile",
            geometry_type="Point",
            crs=crs,
            encoding=encoding,
        )
    except (DataSourceError, DataLayerError, FeatureError, FieldError) as error:
        raise WriteError(
            tr("{file} cannot be written: {reason}").format(file=path.name, reason=error)
        ) from error


def _undate(path: Path) -> None:
    """A DBF says on which day it was written; the same day for the same bytes."""
    with path.open("r+b") as file:
        file.seek(1)
        file.write(bytes((100, 1, 1)))


# ---- KML


def write_kml(
    table: DeliveryTable, path: Path, photos: Mapping[str, Sequence[tuple[str, Path]]]
) -> tuple[str, ...]:
    """KML, or KMZ with the photos of each outfall (its id: names and files) inside. The table must
    be in longitude and latitude. Returns photos that could not be packed. Raises WriteError."""
    packed = path.suffix.lower() == ".kmz"
    text = "".join(_kml(table, photos if packed else {})).encode()
    if not packed:
        write_file(path, text)
        return ()
    lost: list[str] = []
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(_entry("doc.kml"), text)
        done: set[str] = set()
        for listed in photos.values():
            for name, file in listed:
                if name in done:
                    continue
                done.add(name)
                try:
                    package.writestr(_entry(f"files/{name}", zipfile.ZIP_STORED), file.read_bytes())
                except OSError as error:
                    lost.append(f"{name}: {error.strerror or error}")
    write_file(path, out.getvalue())
    return tuple(lost)


def _entry(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, _FIXED)
    made.compress_type, made.external_attr = kind, 0o644 << 16
    return made


# Whole numbers of KML end at 2³¹
_KML_KINDS = {"integer": "double", "real": "double", "boolean": "bool"}
# Names that readers take for parts of KML itself
KML_NAMES = frozenset(("name", "description", "timestamp", "begin", "end", "altitudemode",
                       "tessellate", "extrude", "visibility", "draworder", "icon"))  # fmt: skip
KML_PREFIX = "outfall_"


def _kml_name(name: str) -> str:
    return f"{KML_PREFIX}{name}" if name.lower() in KML_NAMES else name


def _kml(table: DeliveryTable, photos: Mapping[str, Sequence[tuple[str, Path]]]) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
    yield f"<name>{_xml(table.name)}</name>\n"
    yield '<Schema id="outfalls" name="outfalls">\n'
    yield '<SimpleField type="string" name="feature_id"/>\n'
    headings = [_kml_name(name) for name in table.headings]
    for f, heading in zip(table.fields, headings, strict=True):
        kind = _KML_KINDS.get(f.kind, "string")
        shown = f"<displayName>{_xml(f.caption)}</displayName>"
        name = quoteattr(heading)
        yield f'<SimpleField type="{kind}" name={name}>{shown}</SimpleField>\n'
    yield "</Schema>\n<Folder>\n"
    columns = [values.tolist() for values in table.columns]
    names = {f.name: n for n, f in enumerate(table.fields)}
    for row, fid in enumerate(table.ids.tolist()):
        listed = (columns[names[n]][row] for n in ("code_local", "name") if n in names)
        title = next((str(v) for v in listed if v), str(fid))
        yield f"<Placemark><name>{_xml(title)}</name>\n"
        if pictures := photos.get(str(fid)):
            shown = "".join(f'<img src="files/{_xml(name)}" width="480"/>' for name, _ in pictures)
            yield f"<description>{escape(shown)}</description>\n"
        yield '<ExtendedData><SchemaData schemaUrl="#outfalls">'
        yield f'<SimpleData name="feature_id">{_xml(str(fid))}</SimpleData>'
        for heading, values in zip(headings, columns, strict=True):
            value = values[row]
            if value is None or value != value:
                continue
            if isinstance(value, bool):
                value = int(value)
            yield f"<SimpleData name={quoteattr(heading)}>{_xml(str(value))}</SimpleData>"
        yield "</SchemaData></ExtendedData>\n"
        x, y = table.coords[row]
        if x == x and y == y:
            yield f"<Point><coordinates>{float(x)!r},{float(y)!r}</coordinates></Point>"
        yield "</Placemark>\n"
    yield "</Folder></Document></kml>\n"


def _xml(text: str) -> str:
    """Without letters that XML cannot hold; a line's end as a number, or it is made another."""
    kept = "".join(c for c in text if c >= " " or c in "\t\n\r" if c not in "\ufffe\uffff")
    return escape(kept, {"\r": "&#13;"})
