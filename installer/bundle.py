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
                left_out = "__pycache__" in path.parts or path.name.startswith(LEFT_OUT)
                # What makes the sample project, and its picture, are for the checkout.
                left_out = left_out or (folder == "sample_data" and path.suffix in (".py", ".png"))
                if path.is_file() and not left_out:
                    inside = path.relative_to(Path(self.root, folder)).as_posix()
                    build_data["force_include"][str(path)] = f"gisapp/{name}/{inside}"
