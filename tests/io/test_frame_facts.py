"""EXIF and XMP of drones' pictures, with every habit of their makers."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.io.flight_exif import read_exif
from gisapp.io.frame_facts import read_frame_facts
from gisapp.model.errors import ReadError
from gisapp.model.frame import camera_named, focal_of, thermal_cameras
from tests.flight_files import xmp, xmp_text
from tests.thermal_files import exif, jpeg, pieces


def written(path: Path, *parts: bytes, thermal: bool = True) -> Path:
    raw = (pieces(0xE3, bytes(200_000)),) if thermal else ()
    path.write_bytes(jpeg(*parts, *raw, width=640, height=512))
    return path


@pytest.mark.parametrize("prefix", ["drone-dji", "DJI"])
@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("GpsLatitude", "GpsLongitude"),
        ("GPSLatitude", "GPSLongitude"),
        ("GpsLatitude", "GpsLongtitude"),
    ],
)
def test_positions_are_found_however_they_are_spelt(
    tmp_path: Path, prefix: str, latitude: str, longitude: str
) -> None:
    text = xmp_text(
        prefix,
        **{latitude: "+23.0639906", longitude: "+113.3365147", "RelativeAltitude": "+119.80"},
    )
    facts = read_frame_facts(written(tmp_path / "a.jpg", exif(b"X"), xmp(text)))
    assert facts.xmp is not None
    assert (facts.xmp.longitude, facts.xmp.latitude) == (113.3365147, 23.0639906)
    assert facts.relative_height_m == 119.8
    assert facts.kind == "thermal"


def test_elements_say_the_same_as_attributes(tmp_path: Path) -> None:
    text = (
        "<x:xmpmeta><rdf:Description>"
        "<drone-dji:GpsLatitude>-12.5</drone-dji:GpsLatitude>"
        "<drone-dji:GpsLongitude>+100.25</drone-dji:GpsLongitude>"
        "<drone-dji:GimbalYawDegree> +37.70 </drone-dji:GimbalYawDegree>"
        "<drone-dji:GimbalPitchDegree>-90.00</drone-dji:GimbalPitchDegree>"
        "<drone-dji:RtkFlag>50</drone-dji:RtkFlag>"
        "<drone-dji:LRFTargetDistance>79.57</drone-dji:LRFTargetDistance>"
        "</rdf:Description></x:xmpmeta>"
    )
    facts = read_frame_facts(written(tmp_path / "a.jpg", xmp(text)))
    assert facts.xmp is not None
    assert (facts.xmp.longitude, facts.xmp.latitude) == (100.25, -12.5)
    assert (facts.gimbal_yaw, facts.gimbal_pitch) == (37.7, -90.0)
    assert facts.rtk
    assert facts.laser_m == 79.57


def test_a_prefix_that_is_declared_twice_is_read_too(tmp_path: Path) -> None:
    twice = '<rdf:Description xmlns:DJI="http://www.dji.com" xmlns:DJI="http://www.dji.com" '
    text = twice + 'DJI:GimbalRollDegree="+0.00" DJI:GimbalYawDegree="+91.30"/>'
    facts = read_frame_facts(written(tmp_path / "a.jpg", xmp(text)))
    assert facts.gimbal_yaw == 91.3


@pytest.mark.parametrize("place", [("0.0", "0.0"), ("95", "10"), ("nan", "10"), ("", "10")])
def test_what_is_no_place_is_none(tmp_path: Path, place: tuple[str, str]) -> None:
    text = xmp_text(GpsLatitude=place[0], GpsLongitude=place[1])
    assert read_frame_facts(written(tmp_path / "a.jpg", xmp(text))).position() is None


def gps_exif(order: str = "<") -> bytes:
    """EXIF with model, time, focal length, a digital zoom and a position in the south and west."""
    body = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8))
    later = bytearray()
    start = 8 + 3 * (2 + 12 * 6 + 4)

    def value(kind: int, data: bytes) -> bytes:
        if len(data) <= 4:
            return data.ljust(4, b"\0")
        place = start + len(later)
        later.extend(data)
        return struct.pack(order + "I", place)

    def directory(rows: list[tuple[int, int, int, bytes]]) -> bytes:
        entries = b"".join(
            struct.pack(order + "HHI", tag, kind, n) + value(kind, data)
            for tag, kind, n, data in rows
        )
        return (struct.pack(order + "H", len(rows)) + entries).ljust(2 + 12 * 6 + 4, b"\0")

    def ratios(*numbers: tuple[int, int]) -> bytes:
        return b"".join(struct.pack(order + "II", *pair) for pair in numbers)

    size = 2 + 12 * 6 + 4
    body += directory(
        [
            (0x10F, 2, 4, b"DJI\0"),
            (0x110, 2, 5, b"FLIR\0"),
            (0x8769, 4, 1, struct.pack(order + "I", 8 + size)),
            (0x8825, 4, 1, struct.pack(order + "I", 8 + 2 * size)),
        ]
    )
    body += directory(
        [
            (0x9003, 2, 20, b"2018:07:27 14:51:54\0"),
            (0x9291, 2, 4, b"481\0"),
            (0x920A, 5, 1, ratios((190, 10))),
            (0xA404, 5, 1, ratios((2, 1))),
        ]
    )
    body += directory(
        [
            (1, 2, 2, b"S\0"),
            (2, 5, 3, ratios((9, 1), (58, 1), (1977, 100))),
            (3, 2, 2, b"W\0"),
            (4, 5, 3, ratios((76, 1), (22, 1), (4003, 100))),
            (5, 1, 1, b"\1"),
            (6, 5, 1, ratios((294, 10))),
        ]
    )
    return bytes(body + later)


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_gives_position_time_and_lens(order: str) -> None:
    found = read_exif(gps_exif(order))
    assert (found.make, found.model) == ("DJI", "FLIR")
    assert found.taken_at == datetime(2018, 7, 27, 14, 51, 54, 481000)
    assert found.latitude == pytest.approx(-(9 + 58 / 60 + 19.77 / 3600))
    assert found.longitude == pytest.approx(-(76 + 22 / 60 + 40.03 / 3600))
    assert found.height == pytest.approx(-29.4)
    assert (found.focal_mm, found.zoom) == (19.0, 2.0)


def test_the_xt2_calls_itself_flir_and_its_lens_is_in_exif(tmp_path: Path) -> None:
    from tests.thermal_files import segment

    path = written(tmp_path / "a.jpg", segment(0xE1, b"Exif\0\0" + gps_exif()))
    facts = read_frame_facts(path)
    focal = focal_of(facts)
    assert facts.camera == "FLIR"
    assert focal is not None
    assert focal.pixels == pytest.approx(2 * 19 / 17 * 1000)  # the digital zoom doubles it


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=200)
def test_damaged_exif_says_less_and_never_fails(junk: bytes, place: int, byte: int) -> None:
    read_exif(junk)
    changed = bytearray(gps_exif())
    changed[place % len(changed)] = byte
    read_exif(bytes(changed))
    read_exif(bytes(changed[: place % len(changed)]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"\x89PNG\r\n\x1a\n", "not a JPEG"),
        (b"\xff\xd8\xff\xe1\xff\xff", "ends before"),
        (b"\xff\xd8\xff\xda\0\0", "how large"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        read_frame_facts(path)


def test_a_photo_of_a_phone_and_a_visible_picture_are_told_apart(tmp_path: Path) -> None:
    phone = read_frame_facts(written(tmp_path / "a.jpg", exif(b"Phone"), thermal=False))
    drone = read_frame_facts(
        written(tmp_path / "b.jpg", xmp(xmp_text(GimbalPitchDegree="-90")), thermal=False)
    )
    assert (phone.kind, drone.kind) == ("photo", "visible")


def test_the_time_is_read_from_the_name_where_exif_has_none(tmp_path: Path) -> None:
    facts = read_frame_facts(written(tmp_path / "DJI_20250117111418_0161_T.JPG"))
    assert facts.taken_at == datetime(2025, 1, 17, 11, 14, 18)
    assert facts.number == 161


def test_each_camera_of_the_table_has_a_source_and_sensible_numbers() -> None:
    for camera in thermal_cameras():
        assert camera.source
        assert 5 < camera.pitch_um < 30
        assert camera.columns > camera.rows > 100
        assert camera_named(camera.names[0].lower()) is camera
    assert camera_named("no such camera") is None


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "camera", "focal"),
    [
        ("dji/M2EA_0002_iirp_v0100.jpg", "MAVIC2-ENTERPRISE-ADVANCED", 720),
        ("dji/M3T_0004_iirp.jpg", "M3T", 758),
        ("dji/M30T_0002_iirp_sr1280.jpg", "M30T", 758),
        ("dji/H20T_gps_gimbal_dirp.jpg", "ZH20T", 1125),
        ("dji/H30T_0002_iirp_v0300_1280.jpg", "H30T", 2000),
        ("dji/XT2_gps_flir_rjpeg.jpg", "FLIR", 1118),
        ("dji/XTS_gps_dirp.jpg", "XT S", 1118),
    ],
)
def test_real_cameras_have_their_focal_length(
    shared_data: Path, name: str, camera: str, focal: float
) -> None:
    facts = read_frame_facts(shared_data / "thermal" / name)
    found = focal_of(facts)
    assert facts.kind == "thermal"
    assert facts.camera == camera
    assert found is not None
    assert found.pixels == pytest.approx(focal, abs=0.5)


@pytest.mark.real_data
def test_a_real_frame_says_where_it_was_twice_and_differently(shared_data: Path) -> None:
    folder = shared_data / "thermal" / "flight_m2ea_guangzhou"
    facts = read_frame_facts(folder / "DJI_20250117111418_0161_T.JPG")
    assert facts.focal_mm is None
    assert facts.exif is not None
    assert facts.xmp is not None
    assert facts.position("exif") is facts.exif
    east = (facts.xmp.longitude - facts.exif.longitude) * 102_440
    north = (facts.xmp.latitude - facts.exif.latitude) * 110_750
    assert (east, north) == pytest.approx((4.15, 0.91), abs=0.1)


@pytest.mark.real_data
def test_a_visible_picture_of_a_drone_is_no_thermal_frame(shared_data: Path) -> None:
    facts = read_frame_facts(shared_data / "thermal" / "rgb" / "DJI_0025.JPG")
    assert facts.kind == "visible"
    assert facts.relative_height_m == 40.0
