"""Code is kept for the next start as Python keeps modules: the same, or made anew."""

from __future__ import annotations

import builtins
import inspect
import marshal
import os
import subprocess
import sys
import typing
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from pathlib import Path

import pytest

from gisapp.io import kept_code
from gisapp.io.kept_code import KeptCode, qt_of_kept_code, use_kept_code

TEXT = "def f(a: int = 3) -> int:\n    return a + 1\n"


@pytest.fixture(autouse=True)
def writing(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def own_place(tmp_path, monkeypatch):
    """As in a new process: nothing is in use yet."""
    monkeypatch.setattr(kept_code, "_kept", [])
    monkeypatch.setattr(kept_code, "_place", lambda: tmp_path / "x.kept")
    monkeypatch.setattr("dataclasses.exec", exec, raising=False)
    monkeypatch.setattr("atexit.register", lambda action: None)


def kept(path: Path, text: str = TEXT) -> None:
    one = KeptCode(path)
    one.code_of(text, "<string>")
    one.save()


def counted(monkeypatch) -> list[str]:
    made: list[str] = []

    def counting(source, filename, *more, **options):
        made.append(source)
        return compile(source, filename, *more, **options)

    monkeypatch.setattr(kept_code, "compile", counting, raising=False)
    return made


def test_what_was_compiled_once_is_not_compiled_again(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "x.kept"
    kept(path)
    made = counted(monkeypatch)
    code = KeptCode(path).code_of(TEXT, "<string>")
    assert not made
    names: dict[str, typing.Any] = {}
    exec(code, names)
    assert names["f"](4) == 5
    assert names["f"].__annotations__ == {"a": int, "return": int}
    assert code == compile(TEXT, "<string>", "exec", dont_inherit=True)


def test_another_text_name_or_way_to_compile_is_other_code(tmp_path, monkeypatch):
    path = tmp_path / "x.kept"
    kept(path)
    made = counted(monkeypatch)
    again = KeptCode(path)
    later = again.code_of(TEXT, "<string>", kept_code.ANNOTATIONS)
    names: dict[str, typing.Any] = {}
    exec(later, names)
    assert names["f"].__annotations__ == {"a": "int", "return": "int"}
    assert again.code_of(TEXT, "other").co_filename == "other"
    assert again.code_of(TEXT.encode(), "<string>") == again.code_of(TEXT, "<string>")
    again.code_of(TEXT + "\n", "<string>")
    assert len(made) == 4


def test_programs_that_end_at_the_same_time_keep_what_all_of_them_made(tmp_path, monkeypatch):
    path = tmp_path / "x.kept"
    one, other = KeptCode(path), KeptCode(path)
    one.code_of("a = 1", "<string>")
    other.code_of("b = 2", "<string>")
    one.save()
    other.save()
    made = counted(monkeypatch)
    whole = KeptCode(path)
    whole.code_of("a = 1", "<string>")
    whole.code_of("b = 2", "<string>")
    assert not made
    assert [file.name for file in tmp_path.iterdir()] == ["x.kept"]


def test_too_much_is_made_anew_of_what_was_used(tmp_path, monkeypatch):
    path = tmp_path / "x.kept"
    kept(path, "text = " + repr("x" * 5000))
    monkeypatch.setattr(kept_code, "MOST", 4000)
    kept(path)
    assert path.stat().st_size < 4000
    made = counted(monkeypatch)
    KeptCode(path).code_of(TEXT, "<string>")
    assert not made


def test_nothing_is_written_where_nothing_is_new(tmp_path):
    path = tmp_path / "x.kept"
    kept(path)
    os.utime(path, (1, 1))
    kept(path)
    assert path.stat().st_mtime == 1


def test_nothing_is_written_where_bytecode_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept(tmp_path / "x.kept")
    assert not any(tmp_path.iterdir())


def test_a_place_that_takes_nothing_is_no_error(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    kept(in_the_way / "x.kept")
    (tmp_path / "x.kept").mkdir()
    kept(tmp_path / "x.kept")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "x.kept"]
    assert KeptCode(None).code_of(TEXT, "<string>")


def test_what_is_damaged_or_of_another_python_is_not_taken(tmp_path, monkeypatch):
    path = tmp_path / "x.kept"
    kept(path)
    whole, made = path.read_bytes(), counted(monkeypatch)
    for at in (0, 15, 60, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        KeptCode(path).code_of(TEXT, "<string>")
    for size in (0, 20, len(whole) - 1):
        path.write_bytes(whole[:size])
        KeptCode(path).code_of(TEXT, "<string>")
    assert len(made) == 7
    path.write_bytes(whole)
    monkeypatch.setattr(sys, "version", "4.0")
    KeptCode(path).code_of(TEXT, "<string>")
    assert len(made) == 8
    path.write_bytes(marshal.dumps({}))
    assert KeptCode(path).code_of(TEXT, "<string>")


def test_dataclasses_are_what_they_are(own_place, monkeypatch):
    def both() -> type:
        @dataclass(frozen=True, slots=True, order=True)
        class Made:
            number: int
            words: tuple[str, ...] = ()
            more: dict[str, int] = field(default_factory=dict, compare=False)

        return Made

    plain = both()
    for _ in range(2):
        kept_code._kept.clear()
        use = use_kept_code()
        assert use_kept_code() is use
        made = both()
        assert inspect.signature(made) == inspect.signature(plain)
        assert made.__init__.__annotations__ == plain.__init__.__annotations__
        one = made(3, ("a",))
        assert repr(one) == repr(plain(3, ("a",)))
        assert asdict(replace(one, number=4)) == {"number": 4, "words": ("a",), "more": {}}
        assert one == made(3, ("a",), {"x": 1})
        assert hash(one) == hash(plain(3, ("a",)))
        assert made(1) < one
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
            one.number = 5
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'number'"):
            made()
        use.save()
    new = counted(monkeypatch)
    kept_code._kept.clear()
    use_kept_code()
    both()
    assert not new


def test_python_compiles_by_itself_again_once_qt_is_there(own_place):
    own, names = builtins.compile, {}
    with qt_of_kept_code():
        assert builtins.compile is not own
        exec(compile("def f(a: int): ...", "x.py", "exec", 0, True), names)
        assert names["f"].__annotations__ == {"a": int}
        exec(compile("def f(a: int): ...", "shibokensupport/x.py", "exec"), names)
        assert names["f"].__annotations__ == {"a": "int"}
    assert builtins.compile is own
    with pytest.raises(ImportError), qt_of_kept_code():
        raise ImportError
    assert builtins.compile is own


def test_the_second_start_finds_what_the_first_one_kept(tmp_path):
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    told = """
import sys
from gisapp import main
from gisapp.io import kept_code
main.get_ready()
with kept_code.qt_of_kept_code():
    import PySide6.QtCore
import gisapp.model.project
print(kept_code.use_kept_code()._is_new, len(kept_code.use_kept_code()._used))
try:
    PySide6.QtCore.QPoint("x")
except TypeError as error:
    print("QPoint" in str(error))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", told],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert said[0][0] == "True"
    assert said[1][0] == "False"
    assert said[0][1:] == said[1][1:]
    assert int(said[0][1]) > 50
    assert said[0][2] == "True"
