"""The collector looks seldom while something large is made, and as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from keyflow.garbage import SELDOM, seldom_collected

PYTHONS_OWN = (700, 10, 10)


@pytest.fixture(autouse=True)
def as_in_another_program() -> Iterator[None]:
    """The thresholds of Python, and nothing that is frozen; as the tests have it afterwards."""
    before = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(*PYTHONS_OWN)
    yield
    gc.freeze()
    gc.set_threshold(*before)


@pytest.fixture
def looks() -> Iterator[list[int]]:
    """The generations that the collector has looked through."""
    found: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            found.append(info["generation"])

    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def test_what_was_made_meanwhile_is_not_looked_through_at_the_end(looks: list[int]) -> None:
    with seldom_collected():
        made = [[] for _ in range(SELDOM // 10)]
        assert gc.get_threshold() == (SELDOM, *PYTHONS_OWN[1:])
    more = [[] for _ in range(PYTHONS_OWN[0] // 2)]
    assert looks == []
    assert gc.get_threshold() == PYTHONS_OWN
    assert len(made) > len(more)


def test_garbage_is_found_by_the_next_look_through_all(looks: list[int]) -> None:
    with seldom_collected():
        circle: list[object] = []
        circle.append(circle)
        del circle
    assert gc.collect() >= 1
    assert looks == [2]


def test_what_a_program_has_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with seldom_collected():
        made = [[] for _ in range(1_000)]
    assert made
    assert frozen - 100 < gc.get_freeze_count() <= frozen


@pytest.mark.parametrize("threshold", [0, SELDOM, 10 * SELDOM])
def test_a_program_that_has_it_look_less_often_keeps_its_way(threshold: int) -> None:
    gc.set_threshold(threshold, *PYTHONS_OWN[1:])
    with seldom_collected():
        assert gc.get_threshold()[0] == threshold
    assert gc.get_threshold()[0] == threshold


def test_an_error_leaves_it_as_it_was() -> None:
    with pytest.raises(KeyError), seldom_collected():
        raise KeyError
    assert gc.get_threshold() == PYTHONS_OWN
