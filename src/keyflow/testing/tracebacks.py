"""What pytest shows of an error that keyflow raises: the lines of the test, and none of keyflow's own."""

from __future__ import annotations

import sysconfig
from types import TracebackType

import pytest

from keyflow.diagnostics import NOT_THE_USERS, KeyflowError

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


def hide_own_frames(raised: pytest.ExceptionInfo[BaseException]) -> None:
    """Takes keyflow's frames out of the traceback of an assertion, or of an error that is reported to the user.

    Any other error that comes out of keyflow is its own mistake, and keeps all its frames.
    """
    if not isinstance(raised.value, AssertionError | KeyflowError):
        return
    kept = _without(NOT_THE_USERS, raised.tb)
    if kept is not None:
        raised.traceback = type(raised.traceback)(kept)  # pytest goes along the frames again: a filter would be lost
    if isinstance(raised.value, KeyflowError):
        _hide_causes(raised.value)


def _hide_causes(error: BaseException) -> None:
    """Of what an error was raised from, only what has a line of the user's is shown: the message says the rest."""
    cause = error.__cause__
    if cause is None:
        error.__suppress_context__ = True
        return
    cause.__traceback__ = _without((*NOT_THE_USERS, *_LIBRARIES), cause.__traceback__)
    if cause.__traceback__ is None:
        error.__cause__ = None
        return
    _hide_causes(cause)


def _without(folders: tuple[str, ...], traceback: TracebackType | None) -> TracebackType | None:
    frames = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(folders):
            frames.append(traceback)
        traceback = traceback.tb_next
    rest = None
    for each in reversed(frames):
        rest = TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest
