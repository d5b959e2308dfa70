"""A parser that answers in the program's own way instead of leaving it."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from gisapp.app.command import WRONG_USAGE


class StoppedParsing(Exception):  # noqa: N818  (help was asked for, or the usage is wrong)
    """`code` is 0 after --help and --version; `message` goes to standard error."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Parser(argparse.ArgumentParser):
    """Raises StoppedParsing where argparse would end the program.

    A place such as -16.5,65.9 is a value, not an option.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._negative_number_matcher = re.compile(r"^-\d[-\d.,]*$")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise StoppedParsing(status, message or "")

    def error(self, message: str) -> NoReturn:
        raise StoppedParsing(WRONG_USAGE, f"{self.format_usage()}{self.prog}: {message}\n")
