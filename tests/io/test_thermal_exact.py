"""Back ends that a user installs: a program and a library that speak as the real ones do.

Both are made up here. They give 20 °C plus a little for each parameter, so that it is seen that
parameters arrive.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.flight_frames import celsius_of, forget_frames
from gisapp.io import thermal_exact
from gisapp.io.thermal_exact import BackEndError, BackEnds, exactly
from gisapp.io.thermal_frame import open_source
from gisapp.io.thermal_image import open_thermal_image, thermal_verdict
from gisapp.model.errors import ParameterError
from gisapp.model.progress import Silent
from gisapp.model.thermal_image import ThermalParameters
from tests.thermal_files import DUCKS, iirp_jpeg, scene

posix = pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")
compiler = shutil.which("cc")

PROGRAM = """#!{python}
import argparse, pathlib, struct, sys
p = argparse.ArgumentParser()
p.add_argument("verb", choices=["process"])
for name in ("input-dir", "output-dir", "output", "compression", "jobs", "distance"):
    p.add_argument("--" + name)
for name in ("humidity", "emissivity", "reflected-temp", "ambient-temp"):
    p.add_argument("--" + name, type=float)
p.add_argument("--quiet", action="store_true")
a = p.parse_args()
source = pathlib.Path(a.input_dir)
assert source.is_file() and a.output == "temp_c:tiff" and a.jobs == "1"
{trouble}
value = 20 + (a.emissivity or 0) + (a.humidity or 0) / 1000 + (a.reflected_temp or 0) / 100
value += 0 if a.distance == "embedded" else float(a.distance)
rows, columns = {rows}, {columns}
cells = struct.pack("<f", -273.15) + struct.pack("<f", value) * (rows * columns - 1)
tags = [(256, 4, columns), (257, 4, rows), (258, 3, 32), (259, 3, 1), (262, 3, 1), (273, 4, 8),
        (277, 3, 1), (278, 4, rows), (279, 4, len(cells)), (339, 3, 3)]
entries = b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in tags)
body = struct.pack("<2sHI", b"II", 42, 8 + len(cells)) + cells
body += struct.pack("<H", len(tags)) + entries + bytes(4)
out = pathlib.Path(a.output_dir) / (source.stem + "_temp_c.tiff")
out.write_bytes(body)
print("[ok] " + str(source))
"""

LIBRARY = r"""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef struct { int32_t width, height; } resolution;
typedef struct { float distance, humidity, emissivity, reflection, ambient; } parameters;
typedef struct { parameters p; } image;
int32_t dirp_create_from_rjpeg(const uint8_t *data, int32_t size, void **handle) {
  if (size < 100 || data[0] != 0xFF) return -7;
  image *made = calloc(1, sizeof(image));
  made->p.emissivity = 0.95f;
  *handle = made;
  return 0;
}
int32_t dirp_get_rjpeg_resolution(void *h, resolution *r) {
  r->width = 336; r->height = 256; return 0;
}
int32_t dirp_get_measurement_params(void *h, parameters *p) {
  *p = ((image *)h)->p; return 0;
}
int32_t dirp_set_measurement_params(void *h, const parameters *p) {
  if (p->distance > 25) return -3;
  ((image *)h)->p = *p; return 0;
}
int32_t dirp_measure_ex(void *h, float *out, int32_t size) {
  if (size != 336 * 256 * 4) return -8;
  parameters p = ((image *)h)->p;
  if (p.distance == 13) abort();
  for (int k = 0; k < 336 * 256; k++) out[k] = 20 + p.emissivity + p.humidity / 1000 + p.distance;
  return 0;
}
int32_t dirp_destroy(void *h) { free(h); return 0; }
"""


@pytest.fixture
def hirp(tmp_path: Path) -> Path:
    """A made-up file of a kind whose zero gisapp does not know."""
    path = tmp_path / "-odd name; $(x).jpg"
    path.write_bytes(iirp_jpeg(scene(256, 336, 2000, 2900), name=b"girp", head_bytes=256))
    return path


def program(folder: Path, trouble: str = "", rows: int = 256, columns: int = 336) -> Path:
    path = folder / "dji-thermal-cli"
    text = PROGRAM.format(python=sys.executable, trouble=trouble, rows=rows, columns=columns)
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


@posix
def test_the_program_is_asked_where_only_relative_temperatures_are_known(
    hirp: Path, tmp_path: Path
) -> None:
    before = hirp.read_bytes()
    image = open_thermal_image(hirp, back_ends=BackEnds(program(tmp_path)))
    celsius = image.celsius()
    assert image.decoding.decoder == "dji-thermal-cli"
    assert image.decoding.accuracy_c == 0.01
    assert np.isnan(celsius[0, 0])  # what it says is absolute zero
    assert float(celsius[1, 1]) == pytest.approx(20.0, abs=0.01)
    assert hirp.read_bytes() == before
    with pytest.raises(ParameterError, match="other parameters"):
        image.celsius(image.parameters.changed(emissivity=0.5))


@posix
def test_a_layer_of_a_frame_is_decoded_as_its_flight_is(
    hirp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"crs": "EPSG:32650", "affine": "0.1,0,500000,0,-0.1,3000000"}
    alone = open_source(hirp, place, Silent())
    assert alone.decoding.is_relative
    assert "differences" in alone.warnings[0]
    monkeypatch.setenv("GISAPP_DJI_PROGRAM", str(program(tmp_path)))
    layer = open_source(hirp, place, Silent())
    assert layer.decoding.decoder == "dji-thermal-cli"
    forget_frames()
    flight = celsius_of(str(hirp), None)
    np.testing.assert_array_equal(layer.sample(Silent()), flight)
    # Other parameters are asked for, not refused: of the layer and of the flight.
    said = layer.parameters.changed(emissivity=0.9)
    changed = open_source(hirp, {**place, "emissivity": "0.9"}, Silent())
    assert changed.decoding.decoder == "dji-thermal-cli"
    np.testing.assert_array_equal(changed.sample(Silent()), celsius_of(str(hirp), said))


@posix
def test_the_verdict_on_a_relative_file_says_what_counts_and_what_helps(hirp: Path) -> None:
    found = thermal_verdict(hirp)
    assert found.verdict == "relative"
    assert "Only differences within the picture are known" in found.message
    assert "dji-thermal-cli" in found.hint


@posix
def test_the_program_gets_the_parameters(hirp: Path, tmp_path: Path) -> None:
    wanted = ThermalParameters(0.9, -10.0, 12.0, 0.8, 4.0)
    image = open_thermal_image(hirp, back_ends=BackEnds(program(tmp_path)), parameters=wanted)
    value = 20 + 0.9 + 0.08 - 0.1 + 4
    assert float(image.celsius(wanted)[5, 5]) == pytest.approx(value, abs=0.01)
    assert image.parameters == wanted


@posix
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("print('[skip, refused: distance=50] x'); sys.exit(0)", "refused: distance=50"),
        ("sys.exit('no such thing')", "no such thing"),
        ("sys.exit(3)", "ended with 3"),
        ("import time; time.sleep(30)", "longer than"),
        ("rows = columns = 3; columns = 4", ""),
    ],
)
def test_a_program_in_trouble_leaves_relative_temperatures_and_its_words(
    hirp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, words: str
) -> None:
    monkeypatch.setattr(thermal_exact, "PATIENCE", 2.0)
    size = {} if words else {"rows": 3, "columns": 4}
    image = open_thermal_image(hirp, back_ends=BackEnds(program(tmp_path, trouble, **size)))
    assert image.decoding.is_relative
    assert (words or "another size") in image.decoding.notes[-1]


@posix
def test_gisapps_own_model_is_enough_unless_exactness_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "m3t.jpg"
    path.write_bytes(iirp_jpeg(scene(256, 336, 17_000, 20_000)))
    ends = BackEnds(program(tmp_path))
    assert open_thermal_image(path, back_ends=ends).decoding.decoder.startswith("gisapp DJI")
    asked = open_thermal_image(path, back_ends=ends, exact="always")
    assert asked.decoding.decoder == "dji-thermal-cli"
    ducks = open_thermal_image(DUCKS, back_ends=ends, exact="always")
    assert ducks.decoding.decoder == "gisapp FLIR"  # not a file of DJI


@posix
def test_installed_back_ends_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GISAPP_DJI_PROGRAM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not BackEnds.installed()
    there = program(tmp_path)
    assert BackEnds.installed().program == there
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("GISAPP_DJI_PROGRAM", str(there))
    monkeypatch.setenv("GISAPP_DJI_LIBRARY", str(tmp_path))
    assert BackEnds.installed() == BackEnds(there, tmp_path)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with the functions of DJI's, compiled here."""
    if compiler is None or sys.platform != "linux":
        pytest.skip("no compiler")
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "made_up.c").write_text(LIBRARY, "utf-8")
    target = folder / "libdirp.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", target, folder / "made_up.c"], check=True, timeout=60
    )
    return folder


def test_the_library_is_asked_in_a_process_of_its_own(hirp: Path, library: Path) -> None:
    image = open_thermal_image(hirp, back_ends=BackEnds(library=library))
    assert image.decoding.decoder == "DJI Thermal SDK (libdirp)"
    assert float(image.celsius()[0, 0]) == pytest.approx(20.95, abs=0.001)
    wanted = ThermalParameters(0.9, 20.0, 20.0, 0.8, 4.0)
    again = open_thermal_image(hirp, back_ends=BackEnds(library=library), parameters=wanted)
    assert float(again.celsius(wanted)[0, 0]) == pytest.approx(24.98, abs=0.001)


@pytest.mark.parametrize("distance", [50.0, 13.0], ids=["refuses", "crashes"])
def test_a_library_that_refuses_or_crashes_takes_nothing_along(
    hirp: Path, library: Path, distance: float
) -> None:
    own = open_thermal_image(hirp, exact="never")
    wanted = own.parameters.changed(distance_m=distance)
    with pytest.raises(BackEndError) as failed:
        exactly(hirp, own, BackEnds(library=library), wanted)
    assert "libdirp" in failed.value.hint


@posix
def test_the_next_back_end_is_tried_and_the_used_one_shown(
    hirp: Path, library: Path, tmp_path: Path
) -> None:
    ends = BackEnds(program(tmp_path, "sys.exit('not today')"), library)
    image = open_thermal_image(hirp, back_ends=ends)
    assert image.decoding.decoder == "DJI Thermal SDK (libdirp)"
    assert "not today" in image.decoding.notes[0]


def test_a_folder_without_a_library(hirp: Path, tmp_path: Path) -> None:
    image = open_thermal_image(hirp, back_ends=BackEnds(library=tmp_path))
    assert image.decoding.is_relative
    assert "no libdirp" in image.decoding.notes[-1]
