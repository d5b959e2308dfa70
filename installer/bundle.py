"""Wheels carry the plugins and the sample project; an editable installation uses the checkout's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {"plugins": "bundled_plugins", "sample_data": "bundled_sample"}
LEFT_OUT = ("test_", "conftest")


class BundleBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for folder, name in BUNDLED.items():
            for path in sorted(Path(self.root, folder).rglob("*")):
                hidden = "__pycache__" in path.parts or path.name.startswith(LEFT_OUT)
                if path.is_file() and not hidden:
                    inside = path.relative_to(Path(self.root, folder)).as_posix()
                    build_data["force_include"][str(path)] = f"gisapp/{name}/{inside}"
