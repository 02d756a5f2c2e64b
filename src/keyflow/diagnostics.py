"""What went wrong, where, and how to fix it: every error that a user sees is a `Diagnostic`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from enum import Enum
from pathlib import Path

from keyflow.dataclass import dataclass

NOT_THE_USERS = (str(Path(__file__).parent), contextlib.__file__, "<frozen importlib", "<string>")
"""Where the files of frames begin that stand between a user's line and keyflow: context managers, dataclasses."""


_COMPARED_WORDS, _COMPARED_CHARACTERS = 1_000, 100
"""Known words among which the nearest is looked for, and characters of a word that is: the search is quadratic."""
_COMPARED_IN_ALL = 25_000
_LEFT: ContextVar[list[int] | None] = ContextVar("comparisons left", default=None)


@contextlib.contextmanager
def few_hints() -> Iterator[None]:
    """Bounds the words that `did_you_mean` compares inside: behind them, findings have no such hints."""
    token = _LEFT.set([_COMPARED_IN_ALL])
    try:
        yield
    finally:
        _LEFT.reset(token)


class Severity(Enum):
    """How much a diagnostic matters: an error stops the build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a user's file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.column is None else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a file's text: what is to stand for the old text at an offset, which is counted in characters."""

    start: int
    old: str
    text: str

    @property
    def end(self) -> int:
        """The offset after the old text."""
        return self.start + len(self.old)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code (`docs/diagnostics.md` lists them), a message, the place, and how to fix it.

    `edit` fixes it in the file of its place, where there is one answer only.
    """

    code: str
    message: str
    location: Location | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR
    edit: Edit | None = None

    @property
    def remedy(self) -> str | None:
        """What to write instead: the hint, or what the table of diagnostics says of all of its kind."""
        if self.hint is not None:
            return self.hint
        from keyflow.codes import all_codes

        entry = all_codes().get(self.code)
        return None if entry is None else entry.fix[:1].lower() + entry.fix[1:].removesuffix(".")

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        hint = f" (hint: {self.remedy})" if self.remedy else ""
        return f"{place}{self.severity.value} {self.code}: {self.message}{hint}"


class KeyflowError(Exception):
    """The root of keyflow's errors; `diagnostics` holds at least one."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = diagnostics


class DefinitionError(KeyflowError):
    """The user's Python says something that no workflow or API can be made of."""


class ProjectError(KeyflowError):
    """The project's configuration, its files, or the parameters given for it are at fault."""


class CheckError(KeyflowError):
    """A document (ASL or OpenAPI) is at fault."""


class EngineError(KeyflowError):
    """A definition, or the stubs for it, cannot be run."""


class DeployError(KeyflowError):
    """AWS refused a call, or could not be reached."""


def definition_error(
    code: str, message: str, *, location: Location | None = None, hint: str | None = None
) -> DefinitionError:
    """A `DefinitionError` with one diagnostic; without `location`, at the user's line that is being executed."""
    return DefinitionError(Diagnostic(code, message, location or calling_location(), hint))


def calling_location() -> Location:
    """The innermost line outside keyflow's own package on the current call stack."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(NOT_THE_USERS):
        frame = frame.f_back
    return Location(frame.f_code.co_filename, frame.f_lineno)


def did_you_mean(word: object, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to `word`, or None when nothing is near."""
    near = nearest(word, known)
    return None if near is None else f"did you mean {near!r}?"


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word that `word` stands for, if it is misspelt; None when nothing is near."""
    from difflib import get_close_matches

    candidates = list(known)
    left = _LEFT.get()
    if len(str(word)) > _COMPARED_CHARACTERS or len(candidates) > _COMPARED_WORDS or (left and left[0] <= 0):
        return None
    if left:
        left[0] -= len(candidates)
    near = get_close_matches(str(word), candidates, n=1, cutoff=0.6)
    if not near:
        by_folded_name = {candidate.lower().replace("_", ""): candidate for candidate in candidates}
        same = by_folded_name.get(str(word).lower().replace("_", ""))
        near = [same] if same else []
    return near[0] if near else None
