"""How far work is that takes more than a second: one line on stderr, where somebody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_WIDTH = 30
_FIRST, _NEXT = 1.0, 0.1
"""Seconds before the bar is shown, and between two changes of it."""

Report = Callable[[str, int, int], None]
"""Told what is done now, how much of it is done, and how much there is."""


@contextmanager
def bar(title: str) -> Iterator[Report]:
    """Shows what it is told, from the first second on; leaves nothing of itself."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    due, widest = time.monotonic() + _FIRST, 0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal due, widest
        now = time.monotonic()
        if now < due:
            return
        due = now + _NEXT
        filled = _WIDTH * done // max(total, 1)
        line = f"{title} [{'#' * filled:{_WIDTH}}] {stage}: {done:,} of {total:,}"
        click.echo(f"\r{line:{widest}}", nl=False, err=True)
        widest = max(widest, len(line))

    try:
        yield report
    finally:
        if widest:
            click.echo(f"\r{'':{widest}}\r", nl=False, err=True)
