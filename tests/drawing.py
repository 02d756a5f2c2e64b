"""What a run of the tests draws: every one of its processes must collect the same tests."""

from __future__ import annotations

import os
from random import Random


def run_of_tests() -> Random:
    """A source of chance that begins alike in all processes of a run, and otherwise in the next run.

    pytest-xdist gives its workers the variable:
    https://pytest-xdist.readthedocs.io/en/stable/how-to.html#identifying-workers-from-the-system-environment
    """
    return Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))


def examples(every: int) -> int:
    """How many examples Hypothesis draws where each takes long: two fifths, and with KEYFLOW_EVERY_EXAMPLE=1 all."""
    return every if os.environ.get("KEYFLOW_EVERY_EXAMPLE") else every * 2 // 5
