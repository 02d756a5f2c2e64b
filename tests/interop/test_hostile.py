"""Definitions whose names and texts are chosen to become code: what is written compiles, and only says what they say."""

from __future__ import annotations

import itertools
import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from keyflow import bounds
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import CheckError
from keyflow.dsl.state_machine import StateMachine
from keyflow.interop import imported, source_of
from keyflow.interop.joins import Steps
from tests.generated import foreign_parts

BREAKOUT = 'x""";import os;os.system("id");"""'
NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
    st.sampled_from(["class", "None", "__debug__", "print", "machine", "data", "Retry", "…" * 80, "a" * 80, "A" * 79 + "b"]),
    st.sampled_from(["a-b", "a_b", "a b", "a.b", "-", "--", "😀", "😀😀", "ﬁ", "\u202ex", "1", "1a", " ", "'", '"', "\\", BREAKOUT[:80]]),
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [BREAKOUT, "\\", '"""', "'''", "{% x %}", "${X}", "\n", "\x00"]
)


@st.composite
def definitions(draw: Any) -> Any:
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    states: dict[str, Any] = {}
    for name, following in itertools.pairwise(names):
        kind = draw(st.sampled_from(["Task", "Choice", "Pass", "Parallel"]))
        catch = [
            {"ErrorEquals": [draw(TEXTS.filter(bool)), "States.ALL"][draw(st.integers(0, 1)) :], "Next": names[-1]}
        ]
        if kind == "Task":
            parameters = {draw(NAMES): draw(TEXTS), "TableName": draw(TEXTS)}
            arn = draw(
                st.sampled_from(["arn:aws:states:::dynamodb:deleteItem", "arn:aws:states:::http:invoke", "arn:aws:x:y"])
            )
            states[name] = {"Type": kind, "Resource": arn, "Parameters": parameters, "Catch": catch, "Next": following}
        elif kind == "Choice":
            rule = {"Variable": "$.x", "StringMatches": draw(TEXTS), "Next": following}
            states[name] = {"Type": kind, "Choices": [rule], "Default": names[-1]}
        elif kind == "Parallel":
            branch = {"StartAt": f"{name[:70]} inner", "States": {f"{name[:70]} inner": {"Type": "Pass", "End": True}}}
            states[name] = {"Type": kind, "Branches": [branch], "Catch": catch, "Next": following}
        else:
            states[name] = {
                "Type": kind,
                "Comment": draw(TEXTS),
                "Result": {draw(TEXTS): draw(TEXTS)},
                "Next": following,
            }
    states[names[-1]] = {"Type": "Fail", "Error": draw(TEXTS), "Cause": draw(TEXTS)}
    return {"Comment": draw(TEXTS), "StartAt": names[0], "States": states}


@given(definitions(), st.text(max_size=60) | st.just(BREAKOUT + ".asl.json"))
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@example({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, BREAKOUT + ".asl.json")
@example({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, "ends in \\")
def test_what_is_written_is_keyflows_own_calls_and_builds_to_the_same(document: Any, origin: str) -> None:
    try:
        result = imported(document, "Hostile")
    except CheckError:
        return
    source = source_of(result.machine, result.parameters.values(), origin)
    assert foreign_parts(source) == []
    module = ModuleType("hostile")
    sys.modules["hostile"] = module
    exec(compile(source.encode(), "hostile.py", "exec"), vars(module))
    built = next(each for each in vars(module).values() if isinstance(each, StateMachine))
    assert compile_workflow(built).document == compile_workflow(result.machine).document


@pytest.mark.parametrize("kind", ["Choice", "Parallel", "Catch"])
def test_blocks_are_nested_no_deeper_than_python_takes(kind: str) -> None:
    document: dict[str, Any]
    if kind == "Parallel":
        document = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
        for index in range(20):
            state = {"Type": "Parallel", "Branches": [document], "End": True}
            document = {"StartAt": f"P{index}", "States": {f"P{index}": state}}
    else:
        states: dict[str, Any] = {"End": {"Type": "Succeed"}}
        for index in range(60):
            following = f"S{index + 1}" if index < 59 else "End"
            if kind == "Choice":
                rules = [{"Variable": "$.x", "IsPresent": True, "Next": following}]
                states[f"S{index}"] = {"Type": "Choice", "Choices": rules, "Default": f"X{index}"}
                states[f"X{index}"] = {"Type": "Fail"}
            else:
                branch = {"StartAt": f"B{index}", "States": {f"B{index}": {"Type": "Pass", "End": True}}}
                catch = [{"ErrorEquals": ["States.ALL"], "Next": following}]
                states[f"S{index}"] = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "End"}
        document = {"StartAt": "S0", "States": states}
    result = imported(document, "Deep")
    assert foreign_parts(source_of(result.machine, (), "deep.json")) == []


def test_the_search_for_joins_takes_a_bounded_number_of_steps() -> None:
    steps = Steps(100)
    from keyflow import asl
    from keyflow.interop.joins import join_of

    states = {f"S{index}": {"Type": "Pass", "Next": f"S{index + 1}"} for index in range(1000)}
    machine = asl.parse({"StartAt": "S0", "States": {**states, "S1000": {"Type": "Succeed"}}})
    assert join_of(machine.states, ["S0", "S1"], None, (), None, steps) is None
    assert steps.left >= -2


def test_a_definition_of_many_states_is_refused_with_the_number() -> None:
    states = {f"S{index}": {"Type": "Pass", "Next": f"S{index + 1}"} for index in range(bounds.IMPORTED_STATES)}
    document = {"StartAt": "S0", "States": {**states, f"S{len(states)}": {"Type": "Succeed"}}}
    with pytest.raises(CheckError, match=r"KF119.*2,001 states and conditions; keyflow imports 2,000"):
        imported(document, "Many")


@pytest.mark.parametrize("names", [[1], [None], [{}], [["States.ALL"]], [True]])
@pytest.mark.parametrize("place", ["Retry", "Catch"])
@pytest.mark.parametrize("resource", ["arn:aws:states:::dynamodb:deleteItem", "arn:aws:x:y"])
def test_an_error_without_a_name_stays_json(names: list[Any], place: str, resource: str) -> None:
    """It is no text, so no word of keyflow's takes it; it was an AttributeError."""
    entry = {"ErrorEquals": names, **({"Next": "End"} if place == "Catch" else {})}
    task = {"Type": "Task", "Resource": resource, "Parameters": {"TableName": "t"}, place: [entry], "Next": "End"}
    document = {"StartAt": "Task", "States": {"Task": task, "End": {"Type": "Succeed"}}}
    imports = imported(document, "M")
    assert imports.verbatim == {"Task"}
    assert compile_workflow(imports.machine).document == document


def test_a_resource_that_is_computed_stays_json() -> None:
    task = {"Type": "Task", "Resource": "{% $states.input.arn %}", "End": True}
    document = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": task}}
    imports = imported(document, "M")
    assert imports.verbatim == {"Task"}
    assert compile_workflow(imports.machine).document == document


@pytest.mark.parametrize("error", [TypeError, ValueError, AttributeError])
def test_a_mistake_of_the_importer_is_not_hidden(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every state that it fails for would quietly stay JSON."""

    def fails(_arn: object, _parameters: object) -> None:
        raise error("a mistake")

    monkeypatch.setattr("keyflow.interop.scopes.call_of", fails)
    document = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:x:y", "End": True}}}
    with pytest.raises(error, match="a mistake"):
        imported(document, "M")
