"""Code that Python makes of text at each start, kept for the next one.

The methods of every dataclass are text that is compiled when its module is imported: a third of the
time of a start. The Python part of Qt is text too. Here both are kept as Python keeps modules:
beside the bytecode of this one, for one version of Python, with a sum over it, and where bytecode
is not to be written nothing is.
"""

import __future__

import atexit
import builtins
import dataclasses
import hashlib
import marshal
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any

FIRST = b"gisapp code 1\n"
ANNOTATIONS = __future__.annotations.compiler_flag  # what compiles Qt's own modules has it on
QT = "shibokensupport/"  # how the names of Qt's own modules begin
MOST = 8 * 1024 * 1024  # bytes; with more, only what was used this time is kept

_kept: list["KeptCode"] = []  # the one of this process


class KeptCode:
    """Code by the text it was made of. For any thread."""

    def __init__(self, path: Path | None) -> None:
        """`path`: the file, None for none; it need not be there."""
        self._path = path
        self._known = _read(path)
        self._used: dict[bytes, bytes] = {}
        self._is_new = False

    def code_of(self, text: str | bytes, name: str, flags: int = 0) -> CodeType:
        """As `compile(text, name, "exec", flags, dont_inherit=True)`."""
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        told = f"{type(text).__name__} {flags} {name}\n".encode()
        key = hashlib.blake2b(told + raw, digest_size=20).digest()
        kept = self._known.get(key)
        code: CodeType
        if kept is None:
            code = compile(text, name, "exec", flags, dont_inherit=True)
            kept, self._is_new = marshal.dumps(code), True
        else:
            code = marshal.loads(kept)
        self._used[key] = kept
        return code

    def save(self) -> None:
        """Write what is new beside what other programs have written meanwhile. Nothing happens
        where it cannot be written."""
        if not self._is_new or self._path is None or sys.dont_write_bytecode:
            return
        whole = {**_read(self._path), **self._used}
        if sum(map(len, whole.values())) > MOST:
            whole = dict(self._used)
        content = marshal.dumps(whole)
        beside = ""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            number, beside = tempfile.mkstemp(prefix="code-", dir=self._path.parent)
            with os.fdopen(number, "wb") as file:
                file.write(_head(content) + content)
            os.chmod(beside, 0o644)  # who installs may be another than who starts
            os.replace(beside, self._path)
            self._is_new = False
        with suppress(OSError):
            os.unlink(beside)


def use_kept_code() -> KeptCode:
    """From now on dataclasses are made of kept code; what is new is kept when the program ends.

    To be called before modules with many of them are imported; again, it changes nothing.
    """
    if not _kept:
        kept = KeptCode(_place())

        def run(text: str, names: dict[str, Any], found: dict[str, Any] | None = None) -> None:
            exec(kept.code_of(text, "<string>"), names, names if found is None else found)

        dataclasses.exec = run  # type: ignore[attr-defined]  # in the place of Python's own
        atexit.register(kept.save)
        _kept.append(kept)
    return _kept[0]


@contextmanager
def qt_of_kept_code() -> Iterator[None]:
    """While Qt is imported for the first time its own modules are made of kept code."""
    kept, own = use_kept_code(), builtins.compile

    def compiled(source: Any, filename: Any, mode: str, *more: Any, **options: Any) -> Any:
        ours = str(filename).startswith(QT) and mode == "exec" and not (more or options)
        if not ours or not isinstance(source, str | bytes):
            return own(source, filename, mode, *more, **options)
        return kept.code_of(source, filename, ANNOTATIONS)

    builtins.compile = compiled
    try:
        yield
    finally:
        builtins.compile = own


def _place() -> Path | None:
    """Beside the bytecode of this module; None where Python keeps none."""
    try:
        return Path(cache_from_source(__file__)).with_suffix(".kept")
    except NotImplementedError:
        return None


def _head(content: bytes) -> bytes:
    """Of another version of Python or damaged: another one."""
    version = f"{sys.version} {marshal.version}\n".encode()
    return FIRST + hashlib.sha256(version + content).digest()


def _read(path: Path | None) -> dict[bytes, bytes]:
    if path is None:
        return {}
    try:
        stored = path.read_bytes()
    except OSError:
        return {}
    content = stored[len(_head(b"")) :]
    if stored != _head(content) + content:
        return {}
    found: dict[bytes, bytes] = marshal.loads(content)
    return found
