"""parse and dump hold every valid definition unchanged, and lead to the place of what they cannot hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow import CheckError, asl
from tests.asl.definitions import INVALID, VALID


@pytest.mark.parametrize("definition", VALID.values(), ids=VALID.keys())
def test_a_valid_definition_is_given_back_unchanged(definition: Any) -> None:
    assert asl.dump(asl.parse(definition)) == definition


@pytest.mark.parametrize("definition", VALID.values(), ids=VALID.keys())
def test_parsing_what_was_dumped_gives_the_same_machine(definition: Any) -> None:
    machine = asl.parse(definition)
    assert asl.parse(asl.dump(machine)) == machine


def test_fields_become_typed_attributes() -> None:
    machine = asl.parse(VALID["task with everything"])
    task = machine.states["Call"]
    assert isinstance(task, asl.Task)
    assert task.timeout == asl.Path("$.timeout")
    assert task.heartbeat == 5
    assert task.result_path is None
    assert task.output_path is asl.ABSENT
    assert task.next == "Done"
    assert task.retry is not None
    assert task.retry[0] == asl.Retrier(
        error_equals=("States.Timeout", "Lambda.TooManyRequestsException"),
        interval_seconds=1,
        max_attempts=4,
        backoff_rate=1.5,
        max_delay_seconds=30,
        jitter_strategy="FULL",
    )


def test_conditions_become_a_tree() -> None:
    machine = asl.parse(VALID["choice"])
    choice = machine.states["Which"]
    assert isinstance(choice, asl.Choice)
    assert choice.choices[0].condition == asl.And(
        (
            asl.Comparison("$.a", "IsPresent", True),
            asl.Not(asl.Or((asl.Comparison("$.a", "NumericGreaterThan", 3), asl.Comparison("$.b", "IsNull", True)))),
        )
    )


def test_what_the_language_does_not_have_is_kept() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Future": {"x": [1]}}}, "More": 1}
    assert asl.dump(asl.parse(definition)) == definition


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ([], "the document"),
        ({"StartAt": "A"}, "States is missing"),
        ({"States": {}}, "StartAt is missing"),
        ({"StartAt": "A", "States": []}, "States: must be an object"),
        ({"StartAt": "A", "States": {"A": {"Type": "Tusk"}}}, "States/A: Type is 'Tusk'"),
        ({"StartAt": "A", "States": {"A": {}}}, "States/A: Type is None"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "States/A: needs Next, or End: true"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Next": "B"}]}}},
            "States/A/Choices/0: needs",
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "B"}]}}},
            "States/A/Branches/0: States is missing",
        ),
    ],
)
def test_what_is_no_definition_is_refused_at_its_place(definition: Any, place: str) -> None:
    with pytest.raises(CheckError, match="KF101") as caught:
        asl.parse(definition)
    assert place in str(caught.value)


_KEYS = ["Type", "States", "StartAt", "Next", "End", "Choices", "Branches", "Retry", "Catch", "And", "Not", "Variable"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
states = st.fixed_dictionaries(
    {"Type": st.sampled_from([*asl.STATE_TYPES])},
    optional=dict.fromkeys(
        ("Next", "End", "Choices", "Branches", "Retry", "Catch", "Iterator", "Seconds"), json_values
    ),
)


@given(json_values | st.fixed_dictionaries({"StartAt": json_values, "States": st.dictionaries(st.text(), states)}))
def test_any_json_is_held_or_refused(document: Any) -> None:
    try:
        machine = asl.parse(document)
    except CheckError:
        return
    assert asl.dump(machine) == document


@pytest.mark.parametrize("definition", VALID.values(), ids=VALID.keys())
def test_valid_definitions_satisfy_the_schema(definition: Any) -> None:
    assert asl.validate(definition) == ()


@pytest.mark.parametrize("definition", INVALID.values(), ids=INVALID.keys())
def test_the_schema_finds_what_is_wrong(definition: Any) -> None:
    found = asl.validate(definition)
    assert found
    assert {diagnostic.code for diagnostic in found} == {"KF102"}


def test_the_schema_is_itself_valid() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(asl.definition_schema())
