"""The collector rests while work goes on, and runs again whatever became of it."""

from __future__ import annotations

import gc

import pytest

from keyflow.garbage import uncollected


@uncollected()
def failing() -> None:
    assert not gc.isenabled()
    raise ValueError("why")


def test_it_runs_again_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="why"):
        failing()
    assert gc.isenabled()


def test_where_it_rests_already_it_stays_so() -> None:
    gc.disable()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
