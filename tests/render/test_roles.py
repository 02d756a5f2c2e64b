"""Which states are there for errors alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keyflow.asl import parse
from keyflow.render.roles import Part, parts_of
from keyflow.verify.judges.declared import declared_by_machine

ROOT = Path(__file__).parents[2]
BUILT = sorted((ROOT / "build").glob("*.asl.json"))


def parts(states: dict[str, Any]) -> dict[str, Part]:
    return {**parts_of({"StartAt": next(iter(states)), "States": states})}


def task(then: str | None, caught: str | None = None) -> dict[str, Any]:
    way = {"Next": then} if then else {"End": True}
    return {"Type": "Task", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": caught}] if caught else [], **way}


FAIL = {"Type": "Fail"}


def test_what_a_catcher_alone_leads_to_is_undoing() -> None:
    found = parts({"A": task("B", "F"), "B": task(None, "Undo"), "Undo": task("F"), "F": FAIL})
    assert found == {"A": Part.WAY_DOWN, "B": Part.WAY_DOWN, "Undo": Part.UNDOING, "F": Part.ENDING}


def test_a_failure_that_a_choice_leads_to_is_on_the_way() -> None:
    choice = {"Type": "Choice", "Choices": [{"Next": "F"}], "Default": "B"}
    assert parts({"A": choice, "B": task(None), "F": FAIL})["F"] is Part.WAY_DOWN


def test_what_goes_on_with_the_way_after_an_error_is_no_undoing() -> None:
    found = parts({"A": task("B", "Instead"), "Instead": task("B"), "B": task("C"), "C": {"Type": "Succeed"}})
    assert found["Instead"] is Part.HANDLING


def test_an_error_after_which_an_execution_comes_to_its_ordinary_end_is_handled() -> None:
    found = parts({"A": task("End", "Note"), "Note": task("End"), "End": {"Type": "Succeed"}})
    assert found["Note"] is Part.HANDLING


def test_an_end_that_errors_alone_lead_to_is_no_ordinary_one() -> None:
    found = parts({"A": task("End", "Undo"), "Undo": task(None), "End": {"Type": "Succeed"}})
    assert found["Undo"] is Part.UNDOING


def test_a_choice_that_asks_for_failed_branches_leads_to_undoing() -> None:
    """As keyflow writes it: no catcher of the outermost states leads there."""
    branch = {"StartAt": "X", "States": {"X": task(None, "Note"), "Note": {"Type": "Pass", "End": True}}}
    both = {"Type": "Parallel", "Branches": [branch], "Next": "Failed?"}
    asked = {"Type": "Choice", "Choices": [{"Next": "Undo"}], "Default": "Done"}
    found = parts({"Both": both, "Failed?": asked, "Done": task(None), "Undo": task("F"), "F": FAIL})
    assert (found["Undo"], found["F"], found["Failed?"]) == (Part.UNDOING, Part.ENDING, Part.WAY_DOWN)


def test_what_nothing_leads_to_is_no_undoing() -> None:
    assert parts({"A": task(None), "Lost": task(None, "Lost")})["Lost"] is Part.WAY_DOWN


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_proofs_see_it_the_same(file: Path) -> None:
    """Where no execution comes to an ordinary end, something is undone, or it has failed."""
    document = json.loads(file.read_text())
    failing = declared_by_machine(parse(document), {}).where_it_fails
    undoing = {name for name, part in parts_of(document).items() if part is Part.UNDOING}
    assert undoing <= failing
