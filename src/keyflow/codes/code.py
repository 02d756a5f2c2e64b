"""One entry of the table of diagnostics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A kind of diagnostic. From these entries come the page of the documentation and `keyflow explain`.

    `name` can be said aloud. `what` is wrong, `why` it matters, `fix` is what to write instead. `example` shows it: of
    a definition it is Python, which the tests build; of everything else it is what a terminal shows.
    """

    code: str
    name: str
    what: str
    why: str
    fix: str
    example: str = ""
