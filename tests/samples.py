"""Where test data lie, and a home directory that is not the user's. Loaded as a pytest plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS_PLACES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA")


@pytest.fixture(scope="session", autouse=True)
def _settings_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Recent projects and settings of the person who runs the tests stay as they are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS_PLACES:
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session")
def sample_files() -> Path:
    """The sample project's files in the repository."""
    return ROOT / "sample_data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real files kept beside the checkout, never in it."""
    if not (ROOT.parent / "shared").is_dir():
        pytest.skip("there is no folder ../shared with real data")
    return ROOT.parent / "shared" / "data"
