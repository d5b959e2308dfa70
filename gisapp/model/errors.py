"""Errors a person can act on. Anything else that is raised is a bug."""

from __future__ import annotations


class GisError(Exception):
    """Shown to the user as a message, never as a traceback.

    `message` says what happened and to which file or row, `hint` what to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ReadError(GisError):
    """A file or service could not be read."""


class WriteError(GisError):
    """A file could not be written; what was there before is untouched."""


class ProjectError(GisError):
    """A project cannot be opened or changed as asked."""


class ParameterError(GisError):
    """A value given by the user is not acceptable."""


class PluginError(GisError):
    """A plugin could not be loaded or does not fit this version."""
