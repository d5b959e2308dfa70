"""Files of thermal cameras against the makers' own temperatures, and the traps they set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gisapp.io.thermal_image import open_thermal_image, read_thermal_jpeg, thermal_verdict
from gisapp.io.thermal_refusals import NoTemperaturesError
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Size
from tests.thermal_files import (
    DUCKS,
    dji_table,
    fff,
    flir_jpeg,
    iirp_jpeg,
    jpeg,
    pieces,
    png16,
    scene,
    segment,
)


@pytest.fixture
def thermal(shared_data: Path) -> Path:
    return shared_data / "thermal"


@pytest.mark.real_data
def test_every_real_file_is_as_close_to_its_maker_as_its_decoder_claims(thermal: Path) -> None:
    expected = json.loads((thermal / "expected.json").read_text("utf-8"))
    references = np.load(thermal / "expected_temps_sub8.npz")
    absolute, relative = {}, []
    for name in references.files:
        key = next(k for k in expected if k.replace("/", "__") == name)
        image = open_thermal_image(thermal / key, exact="never")
        celsius = image.celsius()
        assert list(celsius.shape) == expected[key]["shape"], key
        off = float(np.nanmax(np.abs(celsius[::8, ::8] - references[name])))
        if image.decoding.accuracy_c is None:
            relative.append(key)
            assert image.decoding.notes, key
        else:
            limit = 0.01 if image.decoding.decoder == "gisapp FLIR" else 0.15
            assert image.decoding.accuracy_c <= limit, key
            assert off <= image.decoding.accuracy_c, (key, off)
            for place, value in expected[key].get("at", {}).items():
                row, column = map(int, place.split(","))
                near = image.decoding.accuracy_c + 0.001  # the reference is rounded
                assert celsius[row, column] == pytest.approx(value, abs=near), key
            absolute[key] = off
    assert sum("flight" in key for key in absolute) == 14
    assert {key.split("/")[1][:4] for key in absolute if key.startswith("dji")} >= {
        "XT2_",
        "XTR_",
        "M3T_",
        "M30T",
    }
    assert sorted(key.split("/")[1].split("_")[0] for key in relative) == [
        "H20T",
        "H20T",
        "H30T",
        "M2EA",
        "M3TD",
        "M4T",
        "XTS",
    ]


@pytest.mark.real_data
def test_relative_temperatures_keep_their_contrasts(thermal: Path) -> None:
    references = np.load(thermal / "expected_temps_sub8.npz")
    for name in references.files:
        key = name.replace("__", "/")
        if not key.startswith("dji"):
            continue
        image = open_thermal_image(thermal / key, exact="never")
        if image.decoding.is_relative and "M2EA" not in key:
            found, true = image.celsius()[::8, ::8], references[name]
            calm = (true > np.percentile(true, 5)) & (true < np.percentile(true, 95))
            slope = np.polyfit(true[calm], found[calm], 1)[0]
            assert 0.8 < slope < 1.25, (key, slope)


@pytest.mark.real_data
def test_the_reference_picture_of_another_program(thermal: Path) -> None:
    image = open_thermal_image(thermal / "flir/irimage_test_image.jpg")
    other = open_thermal_image(thermal / "flir/irimage_test_image_ref_celsius.tif")
    apart = np.abs(image.celsius() - other.celsius())
    assert np.nanmean(apart) < 0.1  # it works with rounded constants
    assert "proposed" in " ".join(other.decoding.notes)


@pytest.mark.real_data
def test_flir_counts_in_a_tiff_are_proposed_as_steps_of_004_k(thermal: Path) -> None:
    image = open_thermal_image(thermal / "flir/flirpy_example_radiometric.tiff")
    assert image.decoding.decoder == "numbers of 0.04 K"
    assert "thermoMAP" in " ".join(image.decoding.notes)  # what it could be as well
    assert float(image.celsius().min()) == pytest.approx(6743 * 0.04 - 273.15, abs=0.01)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    ["geotiff/riotiler_pix4d_alpha_nodata.tif", "geotiff/rasterio_cogeo.tif", "rgb/DJI_0025.JPG"],
)
def test_pictures_are_refused_as_temperatures(thermal: Path, name: str) -> None:
    with pytest.raises(NoTemperaturesError, match="picture, not temperatures") as refused:
        open_thermal_image(thermal / name)
    assert refused.value.verdict == "picture"
    assert thermal_verdict(thermal / name).verdict == "picture"


def test_a_real_picture_of_ducks() -> None:
    """Its raw values are a PNG with swapped bytes; numbers from the published formula."""
    image = open_thermal_image(DUCKS)
    celsius = image.celsius()
    assert (image.size, image.picture_size) == (Size(120, 120), Size(240, 240))
    assert image.camera == "FLIR_i7"
    assert celsius.mean() == pytest.approx(10.03, abs=0.01)
    assert image.decoding.accuracy_c == 0.01


def test_the_sensor_may_be_smaller_than_its_preview() -> None:
    """M30T: the picture has 1280 x 1024 pixels, the sensor 640 x 512."""
    counts = scene(512, 640, 17_000, 20_000)
    image = read_thermal_jpeg(iirp_jpeg(counts, model=b"M30T", picture=(1280, 1024)), "M30T.jpg")
    assert (image.size, image.picture_size) == (Size(640, 512), Size(1280, 1024))
    assert image.cell_of(640, 512) == (256, 320)
    assert image.cell_of(1279.9, 1023.9) == (511, 639)
    assert image.cell_of(1280, 0) is None


@pytest.mark.parametrize(
    ("size", "segments"), [((512, 640), 11), ((1024, 1280), 41)], ids=["M3T", "H30T"]
)
def test_counts_are_put_together_from_all_their_segments(
    size: tuple[int, int], segments: int
) -> None:
    counts = scene(*size, 19000, 19900)
    content = iirp_jpeg(counts)
    assert content.count(b"\xff\xe3") == segments
    assert np.array_equal(read_thermal_jpeg(content, "a.jpg").raw, counts)


@pytest.mark.parametrize("swapped", [True, False])
def test_bytes_of_counts_in_a_png_are_put_right(swapped: bool) -> None:
    counts = scene(24, 32)
    image = read_thermal_jpeg(flir_jpeg(fff(counts, body=png16(counts, swapped))), "a.jpg")
    np.testing.assert_array_equal(image.raw, counts)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("longest", [65_000, 700])
def test_an_fff_in_either_order_and_any_number_of_pieces(order: str, longest: int) -> None:
    counts = scene()
    image = read_thermal_jpeg(flir_jpeg(fff(counts, order=order), longest), "a.jpg")
    np.testing.assert_array_equal(image.raw, counts)
    assert image.camera == "Made up"


def test_dji_cameras_by_flir_are_read_as_flir() -> None:
    """XT2 and XTR: made by DJI says EXIF, but what is inside is FLIR's."""
    image = read_thermal_jpeg(flir_jpeg(fff(scene(), order="<")), "XT2.jpg")
    assert image.decoding.decoder == "gisapp FLIR"


def test_humidity_in_per_cent_and_impossible_parameters() -> None:
    wet = read_thermal_jpeg(flir_jpeg(fff(scene(), changed={0x3C: 49.0})), "a.jpg")
    assert wet.parameters.humidity == pytest.approx(0.49)
    odd = read_thermal_jpeg(flir_jpeg(fff(scene(), changed={0x20: 0.0, 0x24: -4.0})), "a.jpg")
    assert odd.parameters.emissivity == 0.95
    assert sum("impossible" in note for note in odd.decoding.notes) == 2


def test_a_missing_piece_is_said() -> None:
    whole = flir_jpeg(fff(scene()), 700)
    second = whole.index(b"FLIR\0\x01\x01")
    gap = whole[: second - 4] + whole[second - 4 + 2 + int.from_bytes(whole[second - 2 : second]) :]
    with pytest.raises(NoTemperaturesError, match="2 of 3 pieces") as refused:
        read_thermal_jpeg(gap, "a.jpg")
    assert refused.value.verdict == "damaged"


@pytest.mark.parametrize(
    ("name", "words"),
    [(b"iirp", "calibration of this camera is not"), (b"girp", "zero"), (b"hirp", "zero")],
)
def test_kinds_without_a_known_zero_give_relative_temperatures(name: bytes, words: str) -> None:
    data = iirp_jpeg(scene(256, 336, 17_000, 20_000), name=name, head_bytes=1280, table=bytes(8176))
    decoding = read_thermal_jpeg(data, "a.jpg").decoding
    assert decoding.is_relative
    assert words in decoding.notes[0]
    assert "dji-thermal-cli" in decoding.notes[1]


def test_an_unknown_kind_needs_a_decoder() -> None:
    with pytest.raises(NoTemperaturesError, match="zirp") as refused:
        read_thermal_jpeg(iirp_jpeg(scene(256, 336), name=b"zirp"), "a.jpg")
    assert refused.value.verdict == "decoder"
    assert "dji-thermal-cli" in refused.value.hint


def test_xts_keeps_counts_where_others_keep_parameters() -> None:
    """XT S: temperatures of counts in APP3, counts in APP4. H20T: APP5 and APP3."""
    table = np.arange(-450, 15_934, dtype="<i2").tobytes()
    counts = scene(256, 336, 5200, 5500)
    body = counts.astype("<u2").tobytes()
    xts = jpeg(pieces(0xE3, table), pieces(0xE4, body))
    h20t = jpeg(pieces(0xE3, body), segment(0xE4, bytes(2560)), pieces(0xE5, table))
    for data in (xts, h20t):
        image = read_thermal_jpeg(data, "a.jpg")
        assert image.decoding.decoder == "gisapp DJI dirp"
        np.testing.assert_array_equal(image.raw, counts)
        assert float(np.median(image.celsius())) == pytest.approx(0.0, abs=0.1)


def test_a_camera_without_calibration_in_the_file_is_relative() -> None:
    empty = np.full(11_909, 0xFFFF, "<u2").tobytes()
    image = read_thermal_jpeg(iirp_jpeg(scene(256, 336, 17_000, 20_000), table=empty), "a.jpg")
    assert image.decoding.is_relative


def test_the_calibration_inside_the_file_is_used() -> None:
    counts = np.full((256, 336), int((273.15 + 20.0) * 64), np.uint16)
    clear, dull = (
        read_thermal_jpeg(iirp_jpeg(counts, table=dji_table(tau)), "a.jpg") for tau in (0.9, 0.7)
    )
    assert clear.camera == "M3T"
    assert clear.decoding.accuracy_c == 0.15
    # What lets less through mixes in more of the warmer surroundings: the object is colder.
    assert float(dull.celsius()[0, 0]) < float(clear.celsius()[0, 0]) - 0.5


def test_other_parameters_cost_accuracy_and_say_what_they_cannot() -> None:
    image = read_thermal_jpeg(iirp_jpeg(scene(256, 336, 17_000, 20_000)), "a.jpg")
    far = image.decoding_at(image.parameters.changed(distance_m=60.0))
    assert far.accuracy_c == pytest.approx(0.5)
    assert any("25 m" in note for note in far.notes)
    moved = iirp_jpeg(scene(256, 336), parameters=(25.0, 12.0, 0.95, 0.5, 25.0))
    assert read_thermal_jpeg(moved, "a.jpg").decoding.accuracy_c == pytest.approx(0.5)


def test_an_fff_and_a_sequence_open_by_content(tmp_path: Path) -> None:
    one = tmp_path / "video.seq"
    one.write_bytes(fff(scene()) + fff(scene(low=100)))
    np.testing.assert_array_equal(open_thermal_image(one).raw, scene())


def test_what_is_no_file_of_a_thermal_camera(tmp_path: Path) -> None:
    text = tmp_path / "a.jpg"
    text.write_bytes(b"hello")
    with pytest.raises(NoTemperaturesError) as refused:
        open_thermal_image(text)
    assert refused.value.verdict == "other"
    with pytest.raises(ReadError):
        open_thermal_image(tmp_path / "nothing.jpg")
    assert thermal_verdict(tmp_path / "nothing.jpg").verdict == "other"
    good = tmp_path / "good.jpg"
    good.write_bytes(DUCKS.read_bytes())
    assert thermal_verdict(good).verdict == "absolute"
