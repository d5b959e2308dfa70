"""The command line: finds the command, runs it, answers as text or as one JSON object."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from gisapp import __version__
from gisapp.app.command import (
    BUG,
    DONE,
    USER_CAN_FIX,
    WRONG_USAGE,
    Answer,
    Command,
    Desk,
    OpenWindow,
)
from gisapp.app.plugins import PluginList, find_plugins
from gisapp.cli.commands import NAMES, commands_for
from gisapp.cli.parser import Parser, StoppedParsing
from gisapp.cli.plain import to_json
from gisapp.io.kept_code import qt_of_kept_code
from gisapp.io.unread_output import let_go
from gisapp.io.web_keys import take_out_key
from gisapp.model.errors import GisError
from gisapp.model.text import LANGUAGES, tr, use_language
from gisapp.render.canvas import Press


def run_program(argv: Sequence[str], open_window: OpenWindow | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 you can fix it, 2 wrong usage, 70 a bug.

    Without a command the window opens.
    """
    use_language(_language(argv))
    as_json = "--json" in argv
    try:
        plugins = find_plugins()
        desk = Desk(plugins, _say, open_window, _press)
        arguments = _parser(plugins, argv).parse_args(list(argv) or ["open"])
        for failure in desk.plugins.failures:
            _say(failure.message)
        command: Command = arguments.command
        answer = command.run(arguments, desk)
    except StoppedParsing as stopped:
        if stopped.message:
            _say(stopped.message.rstrip("\n"))
        if stopped.code and as_json:
            _print_json({"error": stopped.message.strip().splitlines()[-1], "hint": ""})
        return WRONG_USAGE if stopped.code else DONE
    except GisError as error:
        _say(error.message)
        if error.hint:
            _say(error.hint)
        if as_json:
            _print_json({"error": error.message, "hint": error.hint})
        return USER_CAN_FIX
    except KeyboardInterrupt:
        _say(tr("Stopped"))
        if as_json:
            _print_json({"error": tr("Stopped"), "hint": ""})
        return 130
    except OSError as error:
        if error.filename is None or error.strerror is None:
            return _bug(argv, error, as_json)
        message = f"{os.fsdecode(error.filename)}: {error.strerror}"
        _say(message)
        if as_json:
            _print_json({"error": message, "hint": ""})
        return USER_CAN_FIX
    except Exception as error:  # noqa: BLE001  (the outermost place: a bug is reported, not shown)
        return _bug(argv, error, as_json)
    return _answer(answer, as_json)


def _press() -> Press:
    """For commands of plugins that draw."""
    with qt_of_kept_code():
        made: Press = import_module("gisapp.cli.sheets").qt_press()  # by name: most draw nothing
    return made


def _bug(argv: Sequence[str], error: Exception, as_json: bool) -> int:
    _say(_crash_report(argv, error))
    if as_json:
        _print_json({"error": f"{type(error).__name__}: {error}", "hint": "bug"})
    return BUG


def _answer(answer: Answer, as_json: bool) -> int:
    try:
        if as_json:
            _print_json(answer.data)
        else:
            for line in answer.lines:
                _print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        let_go(sys.stdout)
    return answer.code


def _parser(plugins: PluginList, argv: Sequence[str]) -> Parser:
    """Of the commands, only what is named is loaded."""
    parser = Parser(
        prog="gisapp",
        description=tr("River outfall surveys: maps, thermal mosaics, stations, upstream tracing."),
        epilog=tr("Exit codes: 0 done, 1 you can fix it, 2 wrong usage, 70 a bug in the program."),
    )
    parser.add_argument("--version", action="version", version=f"gisapp {__version__}")
    _add_common(parser)
    commands = parser.add_subparsers(
        title=tr("commands"), metavar=tr("COMMAND"), dest="name", parser_class=Parser
    )
    commands.required = True
    for command in commands_for(argv):
        sub = commands.add_parser(
            command.name,
            help=tr(command.title),
            description=tr(command.details or command.title),
            **command.options,
        )
        _add_common(sub)
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    for brought in plugins.contributions("command"):
        if brought.name in NAMES:
            continue  # nobody can put himself in the place of a command of the program
        if brought.name not in argv:
            commands.add_parser(brought.name, help=brought.caption)
            continue
        loaded: Command = plugins.load(brought)
        sub = commands.add_parser(
            brought.name,
            help=brought.caption,
            description=tr(loaded.details) if loaded.details else brought.caption,
            **loaded.options,
        )
        _add_common(sub)
        loaded.add_arguments(sub)
        sub.set_defaults(command=loaded)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help=tr("one JSON object on standard output, messages on standard error"),
    )
    parser.add_argument(
        "--lang", choices=tuple(LANGUAGES), default=argparse.SUPPRESS, help=tr("language")
    )


def _language(argv: Sequence[str]) -> str:
    """As said with --lang, else as the system says."""
    for word, following in zip(argv, [*argv[1:], ""], strict=False):
        if word == "--lang" and following in LANGUAGES:
            return following
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return "zh_CN" if system.startswith("zh") else "en"


def _crash_report(argv: Sequence[str], error: Exception) -> str:
    """For the people who make the program: nothing of the data but what stands in the command."""
    lines = traceback.format_exception(error)
    return "\n".join(
        (
            tr("This is a bug in the program. Please send the following lines to its makers:"),
            f"gisapp {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
            f"gisapp {' '.join(take_out_key(word)[0] for word in argv)}",
            "".join(lines).rstrip(),
        )
    )


def _print(text: str) -> None:
    """Letters that the terminal or file lacks are written as their numbers."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")


def _print_json(value: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{to_json(value, sys.stdout.encoding or 'utf-8')}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
