"""The garbage collector, kept from looking through what is no garbage yet."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 50_000
"""How many objects are made before the collector looks for those that nobody reaches. Of what a command imports and
builds nearly nothing is garbage: with Python's 700, looking takes a seventh of a large build.
"""
HARDLY_EVER = 500_000
"""The same where all is kept: what a large build makes (2,000 tasks: 150,000 objects) is its result."""


@contextmanager
def seldom_collected(objects: int = SELDOM) -> Iterator[None]:
    """Lets the collector look when so many objects are made; a program that has it look still less often, or never,
    keeps its way.

    What was made meanwhile is old at the end, so that the collector first looks through it when it looks through all.
    """
    before = gc.get_threshold()
    if not 0 < before[0] < objects:
        yield
        return
    gc.set_threshold(objects, *before[1:])
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # a program that froze its objects would find them thawed
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*before)
