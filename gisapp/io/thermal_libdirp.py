"""A process of its own that asks DJI's library (libdirp) for the temperatures of one file.

    python -m gisapp.io.thermal_libdirp LIBRARY FILE TARGET [distance humidity emissivity
                                                             reflected air]

Writes float32 °C, row by row. Signatures and structures are those of the SDK's public header
(`dirp_api.h`, MIT): parameters are four floats (distance in m, humidity in %, emissivity,
reflected in °C), from version 1.5 on a fifth one for the air; the room for them is larger than
both. Not tried with the library itself here, which may not be handed on; with one that has the
same functions it is.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from array import array
from pathlib import Path
from typing import Any

_STACK = 64 * 1024 * 1024  # the header asks for enough of it
_MOST_CELLS = 64_000_000
_ROOM = 32  # floats for the parameters, of which five are used


class _Resolution(ctypes.Structure):
    _fields_ = (("width", ctypes.c_int32), ("height", ctypes.c_int32))


def measure(library: Path, file: Path, target: Path, wanted: list[float]) -> str:
    """Empty when it went well, else what did not."""
    if hasattr(os, "add_dll_directory"):
        os.add_dll_directory(str(library.parent))
    loaded = ctypes.CDLL(str(library))
    data = file.read_bytes()
    buffer = ctypes.create_string_buffer(data, len(data))  # must live as long as the handle
    handle = ctypes.c_void_p()
    create = loaded.dirp_create_from_rjpeg
    create.argtypes = (ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(ctypes.c_void_p))
    if code := create(buffer, len(data), ctypes.byref(handle)):
        return f"dirp_create_from_rjpeg: {code}"
    try:
        return _measure(loaded, handle, target, wanted)
    finally:
        loaded.dirp_destroy.argtypes = (ctypes.c_void_p,)
        loaded.dirp_destroy(handle)


def _measure(loaded: Any, handle: ctypes.c_void_p, target: Path, wanted: list[float]) -> str:
    size = _Resolution()
    for name in ("get_rjpeg_resolution", "get_measurement_params", "set_measurement_params"):
        getattr(loaded, f"dirp_{name}").argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    loaded.dirp_measure_ex.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)
    if code := loaded.dirp_get_rjpeg_resolution(handle, ctypes.byref(size)):
        return f"dirp_get_rjpeg_resolution: {code}"
    cells = size.width * size.height
    if not 0 < cells <= _MOST_CELLS:
        return f"{size.width} x {size.height}"
    if wanted:
        room = (ctypes.c_float * _ROOM)()
        if code := loaded.dirp_get_measurement_params(handle, room):
            return f"dirp_get_measurement_params: {code}"
        for number, value in enumerate(wanted[:5]):
            room[number] = value
        if code := loaded.dirp_set_measurement_params(handle, room):
            return f"dirp_set_measurement_params: {code}"
    celsius = (ctypes.c_float * cells)()
    if code := loaded.dirp_measure_ex(handle, celsius, cells * 4):
        return f"dirp_measure_ex: {code}"
    found = array("f", bytes(celsius))
    if sys.byteorder == "big":
        found.byteswap()
    target.write_bytes(found.tobytes())
    return ""


def main(arguments: list[str]) -> int:
    """0 when the file was written; else 1 and the reason on standard error."""
    library, file, target = map(Path, arguments[:3])
    said: list[str] = []

    def work() -> None:
        try:
            said.append(measure(library, file, target, [float(v) for v in arguments[3:]]))
        except (OSError, AttributeError) as error:
            said.append(str(error))

    threading.stack_size(_STACK)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    problem = said[0] if said else "?"
    if problem:
        sys.stderr.write(problem + "\n")
    return 1 if problem else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
