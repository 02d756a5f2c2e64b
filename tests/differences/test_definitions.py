"""Definitions: state by state, field by field."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.differences import ABSENT, Edit, Kind, as_json, definition_differences, lines
from tests.differences.mirrored import mirrored, seen

ROOT = Path(__file__).parents[2]
BUILT = {file.name: json.loads(file.read_text()) for file in sorted((ROOT / "build").glob("*.asl.json"))}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": "Save", "States": {name.replace("_", " "): state for name, state in states.items()}}


def text(before: Any, after: Any) -> list[str]:
    return list(lines(definition_differences(before, after)))


SAVE = {"Type": "Task", "Parameters": {"Item": {"name": {"S": "a"}}}, "TimeoutSeconds": 5, "End": True}


def save(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(SAVE), **fields}


def test_a_field_of_a_state() -> None:
    (edit,) = definition_differences(machine(Save=save()), machine(Save=save(TimeoutSeconds=6)))
    assert (edit.kind, edit.path, edit.before, edit.after) == (Kind.CHANGED, ("Save", "TimeoutSeconds"), 5, 6)
    assert list(lines([edit])) == ["~ Save.TimeoutSeconds: 5 → 6"]


def test_members_of_objects_are_compared_one_by_one() -> None:
    after = machine(Save=save(Parameters={"Item": {"name": {"S": "b"}, "at": {"N": "1"}}}))
    assert text(machine(Save=save()), after) == [
        '~ Save.Parameters.Item.name.S: "a" → "b"',
        '+ Save.Parameters.Item.at: {"N": "1"}',
    ]


def test_a_state_is_one_edit_where_it_is_new_or_gone() -> None:
    before, after = machine(Save=save(), Old=save()), machine(Announce=save(Type="Pass"), Save=save())
    assert text(before, after) == ["+ Announce", "- Old"]


def test_catchers_and_retriers_are_known_by_their_errors() -> None:
    catch = [{"ErrorEquals": ["Mine"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Next": "B"}]
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    before = machine(Save=save(Catch=catch, Retry=retry))
    after = machine(
        Save=save(
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "A"}, *catch[:1], {**catch[1], "Next": "C"}],
            Retry=[{**retry[0], "MaxAttempts": 3}],
        )
    )
    assert text(before, after) == [
        '+ Save.Catch[States.Timeout]: {"ErrorEquals": ["States.Timeout"], "Next": "A"}',
        '~ Save.Catch[States.ALL].Next: "B" → "C"',
        "~ Save.Retry[States.ALL].MaxAttempts: 2 → 3",
    ]


def test_a_catcher_of_one_more_error_is_the_same_catcher() -> None:
    before = machine(Save=save(Catch=[{"ErrorEquals": ["Mine"], "Next": "A"}, {"ErrorEquals": ["X"], "Next": "B"}]))
    after = copy.deepcopy(before)
    after["States"]["Save"]["Catch"][0]["ErrorEquals"].append("Other")
    assert text(before, after) == ['+ Save.Catch[0].ErrorEquals[1]: "Other"']


def test_the_order_of_catchers_says_who_catches() -> None:
    catch = [{"ErrorEquals": ["Mine"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Next": "B"}]
    before, after = machine(Save=save(Catch=catch)), machine(Save=save(Catch=catch[::-1]))
    assert text(before, after) == ['~ Save.Catch: in another order: ["Mine", "States.ALL"] → ["States.ALL", "Mine"]']


def test_a_rule_of_a_choice_leads_elsewhere() -> None:
    rules = [{"Variable": f"$.{name}", "IsPresent": True, "Next": name} for name in ("A", "B")]
    before = machine(Save={"Type": "Choice", "Choices": rules, "Default": "A"})
    after = machine(Save={"Type": "Choice", "Choices": [rules[0], {**rules[1], "Next": "C"}], "Default": "A"})
    assert text(before, after) == ['~ Save.Choices[1].Next: "B" → "C"']
    after = machine(Save={"Type": "Choice", "Choices": rules[1:], "Default": "A"})
    assert text(before, after) == ['- Save.Choices[0]: {"IsPresent": true, "Next": "A", "Variable": "$.A"}']


def test_states_inside_of_states() -> None:
    inner = {"StartAt": "Row", "States": {"Row": save()}, "ProcessorConfig": {"Mode": "INLINE"}}
    other = {"StartAt": "Row", "States": {"Row": save(TimeoutSeconds=9)}, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}
    before = machine(Save={"Type": "Map", "ItemProcessor": inner}, Both={"Type": "Parallel", "Branches": [inner]})
    after = machine(Save={"Type": "Map", "ItemProcessor": other}, Both={"Type": "Parallel", "Branches": [other]})
    assert text(before, after) == [
        '~ Save.ItemProcessor.ProcessorConfig.Mode: "INLINE" → "DISTRIBUTED"',
        "~ Save.Row.TimeoutSeconds: 5 → 9",
        '~ Both.Branches[Row].ProcessorConfig.Mode: "INLINE" → "DISTRIBUTED"',
        "~ Both.Row.TimeoutSeconds: 5 → 9",
    ]


def test_a_branch_that_is_new() -> None:
    branches = [{"StartAt": name, "States": {name: save()}} for name in ("A", "B")]
    before, after = (machine(Save={"Type": "Parallel", "Branches": each}) for each in (branches[1:], branches))
    (edit,) = definition_differences(before, after)
    assert (edit.kind, edit.path, edit.after) == (Kind.ADDED, ("Save", "Branches", "[A]"), branches[0])
    assert text(machine(Save={"Type": "Parallel", "Branches": branches[::-1]}), after) == [
        '~ Save.Branches: in another order: ["B", "A"] → ["A", "B"]'
    ]


def test_a_state_that_has_another_name() -> None:
    def of(name: str) -> dict[str, Any]:
        return {
            "StartAt": name,
            "States": {
                name: {"Type": "Pass", "Next": "Ask"},
                "Ask": {"Type": "Choice", "Choices": [{"Condition": "{% x %}", "Next": name}], "Default": "Save"},
                "Save": save(Catch=[{"ErrorEquals": ["States.ALL"], "Next": name}]),
            },
        }

    assert text(of("Begin"), of("Start")) == ["~ Begin is now Start"]


def test_what_led_to_a_renamed_state_and_leads_elsewhere_is_an_edit() -> None:
    before = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}
    after = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Succeed"}}}
    assert text(before, after) == ['~ A.Next: "B" → "A"', "~ B is now C"]


def test_states_that_are_alike_are_not_taken_for_each_other() -> None:
    before, after = machine(A=save(), B=save()), machine(C=save(), D=save())
    assert text(before, after) == ["+ C", "+ D", "- A", "- B"]


def test_a_document_is_not_what_it_should_be() -> None:
    assert text({"States": []}, {"States": {}}) == ["~ States: [] → {}"]
    assert text(machine(Save=3), machine(Save=save()))[0].startswith("~ Save: 3 → {")


def test_programs_read_it() -> None:
    before, after = machine(Save=save(ResultPath=None)), machine(Save=save(), Then=save())
    found = as_json(definition_differences(before, after))
    assert json.loads(json.dumps(found)) == [
        {"kind": "removed", "thing": "state", "subject": ["Save"], "member": ["ResultPath"], "before": None},
        {"kind": "added", "thing": "state", "subject": ["Then"], "member": [], "after": SAVE},
    ]


# Definitions that are built.

Trail = tuple[str | int, ...]


def trails(tree: Any, trail: Trail = ()) -> Iterator[Trail]:
    """The way to every leaf."""
    match tree:
        case dict():
            for name, value in tree.items():
                yield from trails(value, (*trail, name))
        case list():
            for index, value in enumerate(tree):
                yield from trails(value, (*trail, index))
        case _:
            yield trail


def parent(tree: Any, trail: Trail) -> Any:
    for part in trail[:-1]:
        tree = tree[part]
    return tree


@pytest.mark.parametrize("name", BUILT)
def test_the_order_of_states_says_nothing(name: str) -> None:
    document = BUILT[name]
    assert definition_differences(document, backwards(document)) == ()


def backwards(tree: Any) -> Any:
    match tree:
        case dict():
            return {name: backwards(value) for name, value in reversed(tree.items())}
        case list():
            return [backwards(value) for value in tree]
        case _:
            return tree


@pytest.mark.parametrize("name", BUILT)
def test_each_changed_leaf_is_one_edit(name: str) -> None:
    document = BUILT[name]
    for trail in list(trails(document))[::13]:
        after = copy.deepcopy(document)
        parent(after, trail)[trail[-1]] = {"other": True}
        edits = definition_differences(document, after)
        assert edits, trail
        if not any(isinstance(part, int) for part in trail):
            (edit,) = edits
            assert set(edit.path) <= set(trail)
            assert (edit.before, edit.after) == (parent(document, trail)[trail[-1]], {"other": True})
        assert seen(definition_differences(after, document)) == mirrored(edits)


@pytest.mark.parametrize("name", BUILT)
def test_each_renamed_state_is_one_edit(name: str) -> None:
    document = BUILT[name]
    for state in document["States"]:
        after = renamed(document, state, "Named Anew")
        (edit,) = definition_differences(document, after)
        assert (edit.kind, edit.path, edit.after) == (Kind.RENAMED, (state,), "Named Anew")


def test_all_renamed_states_are_recognized() -> None:
    document = BUILT["AddApiKey.asl.json"]
    after = document
    for state in document["States"]:
        after = renamed(after, state, f"{state} 2")
    kinds = [edit.kind for edit in definition_differences(document, after)]
    assert kinds.count(Kind.RENAMED) > len(document["States"]) / 2


@pytest.mark.parametrize("order", [1, -1])
def test_a_long_chain_of_renamed_states_takes_no_square_of_the_time(order: int) -> None:
    def chain(word: str) -> dict[str, Any]:
        states = [
            (f"{word} {index}", {"Type": "Pass", "Comment": str(index // 2), "Next": f"{word} {index + 1}"})
            for index in range(1_500)
        ]
        return {"StartAt": f"{word} 0", "States": {**dict(states[::order]), f"{word} 1500": {"Type": "Succeed"}}}

    began = time.process_time()
    edits = definition_differences(chain("Old"), chain("New"))
    assert {edit.kind for edit in edits} == {Kind.RENAMED}
    assert len(edits) == 1_501
    assert time.process_time() - began < 10


def renamed(document: Any, old: str, new: str) -> Any:
    def state(fields: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(fields)
        for field in ("Next", "Default"):
            if found.get(field) == old:
                found[field] = new
        for field in ("Catch", "Choices"):
            if field in found:
                found[field] = [{**each, "Next": new} if each["Next"] == old else each for each in found[field]]
        return found

    states = {new if name == old else name: state(fields) for name, fields in document["States"].items()}
    return {**document, "StartAt": new if document["StartAt"] == old else document["StartAt"], "States": states}


# Definitions at random.

NAMES = st.sampled_from("ABCD")
errors = st.lists(st.sampled_from(["States.ALL", "X", "Y"]), max_size=2)
catchers = st.lists(st.fixed_dictionaries({"ErrorEquals": errors, "Next": NAMES}), max_size=3)
rules = st.lists(st.fixed_dictionaries({"Variable": NAMES, "Next": NAMES}), max_size=3)


def scopes(states: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"StartAt": NAMES, "States": st.dictionaries(NAMES, states, max_size=4)})


leaf_states = st.fixed_dictionaries(
    {"Type": st.sampled_from(["Task", "Choice"])},
    optional={"Next": NAMES, "Catch": catchers, "Retry": catchers, "Choices": rules, "ResultPath": st.none()},
)
states = st.recursive(
    leaf_states,
    lambda inner: st.fixed_dictionaries(
        {"Type": st.just("Map")},
        optional={"ItemProcessor": scopes(inner), "Branches": st.lists(scopes(inner), max_size=3), "Next": NAMES},
    ),
    max_leaves=6,
)
definitions = scopes(states)


@given(definitions, definitions)
def test_there_are_edits_where_two_definitions_differ(before: Any, after: Any) -> None:
    edits = definition_differences(before, after)
    assert (edits == ()) == (before == after)
    assert seen(definition_differences(after, before)) == mirrored(edits)
    assert len(list(lines(edits))) == len(edits)
    assert all(complete(edit) for edit in edits)


def complete(edit: Edit) -> bool:
    expected = {Kind.ADDED: (True, False), Kind.REMOVED: (False, True)}.get(edit.kind, (False, False))
    return (edit.before is ABSENT, edit.after is ABSENT) == expected
