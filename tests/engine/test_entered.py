"""Each event belongs to the state that it is of, though its predecessor is one of another."""

from __future__ import annotations

from keyflow import asl
from keyflow.engine import Stubs, Success, run
from keyflow.engine.entered import entered_states
from tests.serve.test_visits import MACHINE


def test_what_ends_a_parallel_or_a_map_is_theirs() -> None:
    stubs = Stubs({"Left": Success({}), "One": Success({}), "Last": Success({}), "Undo": Success({})})
    execution = run(asl.parse(MACHINE), {"items": [1, 2]}, stubs)
    owners: dict[str, list[str]] = {}
    for event, state in entered_states(execution):
        if event.type.endswith(("StateExited", "StateSucceeded")):
            owners.setdefault(event.type, []).append(state.name)
        if event.type.endswith("StateExited"):
            assert state.name == event.details["name"]
    assert owners["ParallelStateSucceeded"] == ["Both"]
    assert owners["MapStateSucceeded"] == ["Each"]
    assert sorted(owners["TaskStateExited"]) == ["Last", "Left", "One", "One"]
