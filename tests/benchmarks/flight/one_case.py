"""One case in a process of its own: seconds and peak memory as one JSON object."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from gisapp.app.flight import make_flight
from gisapp.app.flight_options import FlightOptions
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.progress import Silent
from tests.benchmarks.flight.long_flight import against_truth


def main(case: str, folder: Path) -> None:
    paths = sorted(folder.glob("*.JPG"))
    pixels = open_thermal_image(paths[0]).raw.size
    mpix, truth = 0.0, {}
    start, used = time.perf_counter(), time.process_time()
    if case == "decode":
        for path in paths:
            open_thermal_image(path).celsius()
    else:
        whole = case == "whole"
        options = FlightOptions(align=whole, normalise=whole, yaw_offset=None if whole else 40.0)
        with tempfile.TemporaryDirectory() as output:
            done = make_flight(folder, Path(output), options, Silent())
            if whole and (folder / "truth.json").exists():
                truth = against_truth(folder, Path(output))
        if done.mosaic is not None:
            mpix = done.mosaic.columns * done.mosaic.rows / 1e6
    figures = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "frames": len(paths),
        "mpix": mpix,
        "frame_mpix": len(paths) * pixels / 1e6,
        **truth,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
