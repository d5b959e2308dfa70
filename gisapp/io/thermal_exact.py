"""Exact temperatures of DJI's files by what the user installed: a program or DJI's own library.

Neither is part of gisapp. The program `dji-thermal-cli` (AGPL) runs as a process; the library
libdirp (DJI Thermal SDK) is loaded by a process of its own, `thermal_libdirp`, so that what is
wrong with it takes only that along. Both write into a private folder that is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gisapp.model.errors import ReadError
from gisapp.model.radiometry import stored
from gisapp.model.text import tr
from gisapp.model.thermal_image import Celsius, Decoding, ThermalImage, ThermalParameters

PROGRAM = "dji-thermal-cli"
LIBRARIES = ("libdirp.so", "libdirp.dll")
PATIENCE = 60.0  # seconds a frame may take
ACCURACY_C = 0.01
HIRP_ACCURACY_C = 0.2  # versions 1.7 and 1.8 of DJI's library differ by that much
_NOTHING_C = -273.0  # what both write where there is no temperature
_MOST_OUTPUT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BackEnds:
    """program: its file; None where there is none. library: the folder that holds libdirp."""

    program: Path | None = None
    library: Path | None = None

    @classmethod
    def installed(cls, program: str = "", library: str = "") -> BackEnds:
        """As told, else as GISAPP_DJI_PROGRAM and GISAPP_DJI_LIBRARY say, else the program where
        the system finds programs."""
        named = program or os.environ.get("GISAPP_DJI_PROGRAM", "")
        found = shutil.which(named or PROGRAM)
        folder = library or os.environ.get("GISAPP_DJI_LIBRARY", "")
        return cls(Path(found).absolute() if found else None, Path(folder) if folder else None)

    def __bool__(self) -> bool:
        return self.program is not None or self.library is not None


class BackEndError(ReadError):
    """A back end did not do it; the next one may."""


def exactly(
    file: Path, image: ThermalImage, ends: BackEnds, parameters: ThermalParameters | None = None
) -> ThermalImage:
    """The same frame with the temperatures of the first back end that gives them.

    image: as read by gisapp. parameters: None for those of the file. Raises BackEndError with
    what each one said.
    """
    said: list[str] = []
    wanted = parameters if parameters != image.parameters else None
    ways = (
        (PROGRAM, ends.program, _by_program),
        ("DJI Thermal SDK (libdirp)", ends.library, _by_library),
    )
    for name, place, way in ways:
        if place is None:
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="gisapp-thermal-") as folder:
                celsius = way(place, file, Path(folder), wanted, image)
        except (BackEndError, OSError, subprocess.SubprocessError) as error:
            said.append(f"{name}: {_reason(error)}")
            continue
        raw, table = stored(celsius)
        used = parameters or image.parameters
        accuracy = HIRP_ACCURACY_C if " hirp" in image.decoding.decoder else ACCURACY_C
        decoding = Decoding(name, accuracy, tuple(said))
        exact = replace(table, fixed=used)
        return replace(image, raw=raw, parameters=used, decoding=decoding, radiometry=exact)
    raise BackEndError(
        tr("{file}: no exact temperatures").format(file=file.name), hint="; ".join(said)
    )


def _by_program(
    program: Path,
    file: Path,
    folder: Path,
    wanted: ThermalParameters | None,
    image: ThermalImage,
) -> Celsius:
    command = [
        str(program),
        "process",
        f"--input-dir={file}",
        f"--output-dir={folder}",
        "--output=temp_c:tiff",
        "--compression=none",
        "--jobs=1",
        "--quiet",
        "--distance=embedded" if wanted is None else f"--distance={wanted.distance_m}",
    ]
    if wanted is not None:
        command += [
            f"--humidity={wanted.humidity * 100:.6g}",
            f"--emissivity={wanted.emissivity}",
            f"--reflected-temp={wanted.reflected_c}",
        ]
        if wanted.air_c != image.parameters.air_c:
            command.append(f"--ambient-temp={wanted.air_c}")
    said = _run(command, folder)
    written = sorted(folder.glob("*_temp_c.tif*"))
    if len(written) != 1:
        raise BackEndError(said or tr("it wrote no temperatures"))
    return _checked(_read_tiff(written[0]), image)


def _by_library(
    library: Path,
    file: Path,
    folder: Path,
    wanted: ThermalParameters | None,
    image: ThermalImage,
) -> Celsius:
    found = next((library / name for name in LIBRARIES if (library / name).is_file()), None)
    if found is None:
        raise BackEndError(tr("there is no libdirp in {folder}").format(folder=library))
    target = folder / "celsius"
    command = [
        sys.executable,
        "-m",
        "gisapp.io.thermal_libdirp",
        str(found),
        str(file),
        str(target),
    ]
    if wanted is not None:
        command += [
            str(wanted.distance_m),
            str(wanted.humidity * 100),
            str(wanted.emissivity),
            str(wanted.reflected_c),
            str(wanted.air_c),
        ]
    paths = os.pathsep.join([str(library), os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(":")
    said = _run(command, folder, {"LD_LIBRARY_PATH": paths})
    rows, columns = image.raw.shape
    if not target.is_file() or target.stat().st_size != rows * columns * 4:
        raise BackEndError(said or tr("it wrote no temperatures"))
    return _checked(np.fromfile(target, "<f4").reshape(rows, columns), image)


def _run(command: Sequence[str], folder: Path, more: dict[str, str] | None = None) -> str:
    """Runs it to its end; its last words. Raises BackEndError when it failed or took too long."""
    environment = {**os.environ, **(more or {}), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            list(command),
            cwd=folder if more is None else None,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        words = tr("it took longer than {n} s").format(n=int(PATIENCE))
        raise BackEndError(words) from error
    said = _last_words(done.stdout + b"\n" + done.stderr)
    if done.returncode != 0:
        raise BackEndError(said or tr("it ended with {code}").format(code=done.returncode))
    return said


def _last_words(output: bytes) -> str:
    """The line that names a reason, else the last one; printable and short."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    told = next((line for line in lines if line.startswith("[skip")), lines[-1] if lines else "")
    return "".join(c for c in told if c.isprintable())[:200]


def _read_tiff(path: Path) -> Celsius:
    import rasterio

    if path.stat().st_size > _MOST_OUTPUT:
        raise BackEndError(tr("it wrote more than a frame can be"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(path, driver="GTiff", sharing=False) as source:
                if source.width * source.height * 4 > _MOST_OUTPUT:
                    raise BackEndError(tr("it wrote more than a frame can be"))
                found: Celsius = source.read(1, out_dtype=np.float32)
                return found
    except (rasterio.errors.RasterioError, ValueError) as error:
        raise BackEndError(tr("what it wrote cannot be read")) from error


def _checked(celsius: Celsius, image: ThermalImage) -> Celsius:
    if celsius.shape != image.raw.shape:
        raise BackEndError(tr("it wrote a picture of another size"))
    found = celsius.copy()
    found[~np.isfinite(found) | (found <= _NOTHING_C)] = np.nan
    if np.isnan(found).all():
        raise BackEndError(tr("it wrote no temperatures"))
    return found


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, ReadError) else str(error)
