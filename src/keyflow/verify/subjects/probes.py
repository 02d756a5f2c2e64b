"""What a definition's conditions look at, and the values that tell one way through it from another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.effects import effect_of
from keyflow.dsl.blocks import Block
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value
from keyflow.dsl.maps import Collected, Item, Map
from keyflow.dsl.steps import Chosen, FailIf, FirstOf, Repeat, Wait, When
from keyflow.dsl.tasks import TaskResult
from keyflow.dsl.values import Input, Reference
from keyflow.engine.errors import StatesError
from keyflow.engine.paths import parsed
from keyflow.verify.world.results import SAMPLE_ITEMS, Keys
from keyflow.verify.world.variants import GONE, PRESENT, Assignment, Probe, text_at

# Of a definition in Python.


def probes_of_block(block: Block) -> tuple[Probe, ...]:
    """A probe for each test in the block's conditions."""
    found: dict[Any, Probe] = {}
    for step in block.walk():
        if isinstance(step, Wait):
            _add(found, _moment(step))
        if isinstance(step, FirstOf):
            for option in step.candidates[:-1]:
                if not isinstance(option.source, TaskResult):  # whether that is there, the way has decided
                    _add(found, _probe(TypeTest("IsPresent", option)))
        conditions: list[Condition] = []
        if isinstance(step, When):
            conditions = [condition for condition, _block in step.cases]
        elif isinstance(step, FailIf):
            conditions = [step.condition]
        elif isinstance(step, Repeat) and step.until is not None:
            conditions = [step.until]
        for condition in conditions:
            for test in _tests(condition):
                _add(found, _probe(test))
    return tuple(found.values())


def _add(found: dict[Any, Probe], probe: Probe | None) -> None:
    """Adds a probe to what is probed at the same places already."""
    if probe is not None:
        key = frozenset((each.task, each.keys) for option in probe.options for each in option)
        known = found.get(key)
        options = dict.fromkeys((*(known.options if known else ()), *probe.options))
        found[key] = Probe(tuple(options))


def _moment(wait: Wait) -> Probe | None:
    """Lengths and moments for a Wait whose own come from elsewhere."""
    for value, options in ((wait.seconds, (7, 0)), (wait.until, _MOMENTS[:2])):
        if isinstance(value, Value) and _data(value):
            return _options(_data(value), options)
    return None


def _tests(condition: Condition) -> Iterator[TypeTest | Comparison | Match]:
    match condition:
        case All(conditions) | Either(conditions):
            for each in conditions:
                yield from _tests(each)
        case Negation(negated):
            yield from _tests(negated)
        case TypeTest() | Comparison() | Match():
            yield condition


def _probe(test: TypeTest | Comparison | Match) -> Probe | None:
    match test:
        case TypeTest(name, value):
            data = _data(value)
            return _options(data, _values_of_test(name, data[0][1])) if data else None
        case Match(value, pattern):
            return _options(_data(value), ("no match", _matching(pattern)))
        case Comparison(_ordering, left, right, kind):
            first = _datum(left)
            if first is None:
                return None
            if isinstance(right, Value) and right.deployed_text() is None:
                second = _datum(right)
                return None if second is None else _pairs(first, second, kind)
            literal = right.deployed_text() if isinstance(right, Value) else right
            return _options(_data(left), _values_near(kind, literal))


Datum = tuple[str | None, Keys]
"""A member of a task's result, by the task's name and its keys; or (with no task) of the input."""


def data_in(value: Value) -> tuple[Datum, ...]:
    """Where a value lies, in a task's result (by its name) or in the input (None); of an item, in each sample item.

    A batch of items lies where all of them do.
    """
    match value:
        case Reference(source=TaskResult(task=task), keys=keys):
            return ((task.name, keys),)
        case Reference(source=Input(), keys=keys):
            return ((None, keys),)
        case Reference(source=Item(map=around), keys=keys):
            arrays = data_of_items(around)
            indices = [(index,) for index in range(length_of_sample(around))] if around.batch_of is None else [()]
            return tuple((task, (*datum, *index, *keys)) for task, datum in arrays for index in indices)
        case Collected(value=inner):
            return data_in(inner)
        case Reference(source=Chosen(step=step), keys=keys):
            return tuple((task, (*datum, *keys)) for option in step.values() for task, datum in data_in(option))
        case _:
            return ()


def data_of_items(around: Map) -> tuple[Datum, ...]:
    """Where a Map's array lies: what a call reads is taken for a result of the Map itself."""
    return data_in(around.over) if isinstance(around.over, Reference) else ((around.name, ()),)


def length_of_sample(around: Map) -> int:
    """How many sample items a Map has: enough for two batches of two."""
    match around.over:
        case Reference(source=Item(map=outer), keys=()) if outer.batch_of is not None:
            return length_of_sample(outer)
        case _:
            return SAMPLE_ITEMS * min(around.batch_of or 1, 2)


def _datum(value: Value) -> Datum | None:
    return next(iter(data_in(value)), None)


def _data(value: Value) -> tuple[Datum, ...]:
    """Where a value is to be varied: of several items in the first, of several options in each."""
    found = data_in(value)
    return found if isinstance(value, Reference) and isinstance(value.source, Chosen) else found[:1]


def _matching(pattern: str) -> str:
    """A text that the pattern of a StringMatches admits."""
    return re.sub(r"\\([*\\])|\*", lambda match: match[1] or "x", pattern)


def _options(data: Iterable[Datum], values: Iterable[Any]) -> Probe | None:
    """A probe that gives each of the values to all of the data; None where there are none."""
    places = tuple(data)
    return Probe(tuple(tuple(Assignment(*place, value) for place in places) for value in values)) if places else None


def _values_of_test(name: str, keys: Keys) -> tuple[Any, ...]:
    present = text_at(keys)
    return {
        "IsPresent": (GONE, PRESENT),
        "IsNull": (present, None),
        "IsString": (present, 7),
        "IsNumeric": (7, present),
        "IsBoolean": (True, present),
        "IsTimestamp": (_MOMENTS[1], present),
    }[name]


_MOMENTS = ("2000-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z")


def _values_near(kind: str, literal: Any) -> tuple[Any, ...]:
    """The literal, and values on both sides of it."""
    match kind:
        case "number":
            return (literal + 1, literal, literal - 1)
        case "boolean":
            return (not literal, literal)
        case "timestamp":
            return (_MOMENTS[2], literal, _MOMENTS[0])
        case _:
            return (f"{literal}~", literal, "")


def _pairs(first: Datum, second: Datum, kind: str) -> Probe:
    """Two values that differ both ways, and are the same."""
    orders: Mapping[str, tuple[Any, Any]] = {"number": (1, 2), "boolean": (False, True), "timestamp": _MOMENTS[:2]}
    low, high = orders.get(kind, ("a", "b"))
    pairs = ((low, high), (high, low), (low, low))
    return Probe(tuple((Assignment(*first, one), Assignment(*second, other)) for one, other in pairs))


# Of a definition in the States Language.


Members = Mapping[str, frozenset[str]]
"""The members that the result of each task has, as Step Functions spells them."""


def members_of_results(machine: asl.StateMachine) -> Members:
    """What the services' models say of the results of a definition's tasks."""
    found: dict[str, frozenset[str]] = {}
    for name, task in asl.all_tasks(machine):
        integration = resource_of(task.resource).integration
        if integration is not None and integration.model.output is not None:
            found[name] = frozenset(integration.spelling(member) for member in integration.model.output.members)
    return found


def probes_of_machine(machine: asl.StateMachine, data: JSON) -> tuple[Probe, ...]:
    """A probe for each test in the definition's conditions whose value comes from a call, or from the input."""
    members = members_of_results(machine)
    makers = {name for name, task in asl.all_tasks(machine) if _makes(task)}
    found: dict[Datum, dict[Any, None]] = {}
    for _name, state in asl.all_states(machine):
        if isinstance(state, asl.Choice):
            for rule in state.choices:
                for comparison in asl.comparisons(rule.condition):
                    for datum in data_at(comparison.variable, members, data):
                        values = found.setdefault(datum, {})
                        values |= dict.fromkeys(_values_for(comparison, datum[1]))
                        if datum[0] in makers:
                            values.pop(GONE, None)  # no service leaves out what names a thing that it has made
    probes = (_options((datum,), values) for datum, values in found.items() if values)
    return tuple(probe for probe in probes if probe is not None)


def _makes(task: asl.Task) -> bool:
    integration = resource_of(task.resource).integration
    return integration is not None and effect_of(integration.model).makes


def data_at(text: str, members: Members, given: JSON) -> Iterator[Datum]:
    """The results, and the member of the input, that a path may look at."""
    try:
        path = parsed(text)
    except StatesError:
        return
    steps = path.steps or ()
    for task, names in members.items():
        index = next((index for index, step in enumerate(steps) if step in names), None)
        if index is not None:
            yield (task, steps[index:])
    if path.root == "$" and steps and isinstance(given, dict) and steps[0] in given:
        yield (None, steps)


def _values_for(comparison: asl.Comparison, keys: Keys) -> tuple[Any, ...]:
    name, value = comparison.operator, comparison.value
    if name.startswith("Is"):
        return _values_of_test(name, keys)
    if name == "StringMatches":
        return ("no match", _matching(str(value)))
    if name.endswith("Path"):
        return ()
    kinds = {"String": "string", "Numeric": "number", "Boolean": "boolean", "Timestamp": "timestamp"}
    kind = next(kind for prefix, kind in kinds.items() if name.startswith(prefix))
    return _values_near(kind, value)
