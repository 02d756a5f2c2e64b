"""What the values and conditions of a definition come to, without any dialect: the measure of what was compiled."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import field
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from keyflow.asl import JSON
from keyflow.aws import Call, JsonText
from keyflow.dataclass import dataclass
from keyflow.dsl.compensations import Handler
from keyflow.dsl.deployed import Deployed
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value, values_in
from keyflow.dsl.maps import Collected, FailedItem, Item, ItemIndex, Map, WrittenResults
from keyflow.dsl.steps import Chosen, FirstOf
from keyflow.dsl.tasks import CaughtError, Task, TaskResult
from keyflow.dsl.values import Context, Input, Intrinsic, LeftOver, Reference
from keyflow.engine.choice import compares, is_of_type, matches_pattern
from keyflow.engine.errors import StatesError
from keyflow.engine.intrinsics import Randomness, apply
from keyflow.lazy import lazy_pattern

Read = Callable[["Known"], Any]
"""What a tree of values and literals comes to."""


class Special(Enum):
    """What no JSON value says."""

    ANY = "any"
    MOMENT = "moment"
    MISSING = "missing"


ANY: Final = Special.ANY
"""A value that cannot be told beforehand: a random number."""
MOMENT: Final = Special.MOMENT
"""A time that cannot be told beforehand."""
MISSING: Final = Special.MISSING
"""Nothing is there."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of which these pieces can be told beforehand, in this order; what stands between them cannot."""

    pieces: tuple[str, ...]

    def fits(self, text: str) -> bool:
        """Whether a text begins with the first piece, ends with the last, and has the others between them."""
        return re.fullmatch(".*".join(map(re.escape, self.pieces)), text, re.DOTALL) is not None


_MAP_RUN = Text(("arn:", ":states:", ":mapRun:", "/", ":", ""))
"""Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"""
_MOMENT = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_CHANCE = ("States.UUID", "States.MathRandom")
_KINDS = {"string": "String", "number": "Numeric", "boolean": "Boolean", "timestamp": "Timestamp"}


@dataclass(kw_only=True, slots=True)
class Known:
    """What an execution knows by some point: its input and context, the results so far, the errors it has caught.

    `chosen` is what each `first_of` has come to. An iteration of a Map knows its item, and all that is known around it;
    `iterations` are those that a Map has had, each with whether it has failed; `left_over` is the JSON in which an
    ended workflow names what it leaves. `readings` of calls may be shared by executions of one workflow.
    """

    input: JSON
    context: Mapping[str, Any] = field(default_factory=dict)
    results: MutableMapping[Task, JSON] = field(default_factory=dict)
    errors: MutableMapping[Handler, JSON] = field(default_factory=dict)
    chosen: MutableMapping[FirstOf, Any] = field(default_factory=dict)
    items: Mapping[Map, tuple[int, JSON]] = field(default_factory=dict)
    iterations: dict[Map, list[Known]] = field(default_factory=dict)
    has_failed: bool = False
    left_over: Any = ANY
    readings: MutableMapping[Call, Read] = field(default_factory=dict)

    def parameters(self, call: Call) -> Any:
        """What the parameters of a call come to, as `value_of`; how to read them is found out once."""
        read = self.readings.get(call)
        if read is None:
            read = self.readings[call] = reading(call.parameters)
        return read(self)

    def iteration(self, around: Map, index: int, item: JSON) -> Known:
        """What an iteration knows when it begins."""
        items = {**self.items, around: (index, item)}
        before = {each: known for each, known in self.iterations.items() if each is not around}
        return Known(
            input=self.input,
            context=self.context,
            results=ChainMap({}, self.results),
            errors=ChainMap({}, self.errors),
            chosen=ChainMap({}, self.chosen),
            items=items,
            iterations=before,
            readings=self.readings,
        )


def reading(tree: Any) -> Read:
    """How to read a tree of values and literals: what comes to the same whatever is known is read here."""
    if next(values_in(tree), None) is None:
        value = value_of(tree, Known(input=None))
        return lambda _known: value
    match tree:
        case Reference(source=Input(), keys=keys):
            return lambda known: _walk(known.input, keys)
        case Reference(source=TaskResult(task=task), keys=keys):
            return lambda known: _walk(known.results.get(task, MISSING), keys)
        case Mapping():
            members = [(key, reading(each)) for key, each in tree.items()]
            return lambda known: {key: read(known) for key, read in members}
        case list() | tuple():
            elements = [reading(each) for each in tree]
            return lambda known: [read(known) for read in elements]
        case _:
            return lambda known: value_of(tree, known)


def value_of(tree: Any, known: Known) -> Any:
    """The JSON value of a tree of values and literals, `ANY` where it cannot be told, `MISSING` where nothing is."""
    kind = type(tree)
    if kind is str or kind is int:
        return tree
    if kind is dict:
        return {key: value_of(each, known) for key, each in tree.items()}
    if kind is list:
        return [value_of(each, known) for each in tree]
    match tree:
        case Reference():
            return _walk(_root(tree, known), tree.keys)
        case Collected(map=around, value=value):
            failed = isinstance(value.source, FailedItem)
            iterations = (every for every in known.iterations.get(around, ()) if every.has_failed is failed)
            found = (value_of(value, iteration) for iteration in iterations)
            return [value for value in found if value is not MISSING]
        case Deployed():
            return tree.deployed_text()
        case Intrinsic():
            return _intrinsic(tree, known)
        case LeftOver():
            return known.left_over
        case JsonText(tree=inner):
            return _json_text(value_of(inner, known))
        case Value():
            return ANY
        case Mapping():
            return {key: value_of(each, known) for key, each in tree.items()}
        case tuple():
            return [value_of(each, known) for each in tree]
        case Decimal():
            return int(tree) if tree == tree.to_integral_value() else float(tree)
        case _:
            return tree


def _root(reference: Reference, known: Known) -> Any:
    match reference.source:
        case Input():
            return known.input
        case TaskResult(task=task):
            return known.results.get(task, MISSING)
        case Item(map=around) | FailedItem(map=around):
            return known.items[around][1] if around in known.items else MISSING
        case ItemIndex(map=around):
            return known.items[around][0] if around in known.items else MISSING
        case CaughtError(handler=handler):
            return known.errors.get(handler, MISSING)
        case WrittenResults():
            return {"MapRunArn": _MAP_RUN, "ResultWriterDetails": ANY}
        case Chosen(step=step):
            return known.chosen.get(step, MISSING)
        case Context() if reference.keys[:1] in (("Execution",), ("StateMachine",)):
            return known.context
        case Context() if reference.keys[-1:] == ("EnteredTime",):
            return MOMENT
        case _:
            return ANY


def _walk(value: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        if type(value) is dict:
            if key not in value:
                return MISSING
            value = value[key]
        elif isinstance(value, Special | Text):
            return value
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return MISSING
    return value


def _intrinsic(value: Intrinsic, known: Known) -> Any:
    arguments = [value_of(each, known) for each in value.arguments]
    if MISSING in arguments:
        return MISSING
    if value.name == "States.Format":
        return _formatted(*arguments)
    if value.name in _CHANCE or _has_any(arguments):
        return ANY
    try:
        return apply(value.name, arguments, Randomness(0))
    except StatesError:
        return MISSING


def _formatted(template: str, *arguments: Any) -> Any:
    """A template that is filled in; what is not known of its arguments is not known of the text."""
    pieces, known = [""], iter(arguments)
    for index, piece in enumerate(template.split("{}")):
        argument = next(known, "") if index else ""
        if _has_any(argument):
            pieces.append(piece)
        else:
            pieces[-1] += apply("States.Format", ["{}", argument], Randomness(0)) + piece
    return pieces[0] if len(pieces) == 1 else Text(tuple(pieces))


def _json_text(document: Any) -> Any:
    if is_missing(document):
        return MISSING
    return ANY if _has_any(document) else apply("States.JsonToString", [document], Randomness(0))


def _has_any(tree: Any) -> bool:
    match tree:
        case dict():
            return any(map(_has_any, tree.values()))
        case list():
            return any(map(_has_any, tree))
        case _:
            return tree is ANY or tree is MOMENT or isinstance(tree, Text)


def is_missing(tree: Any) -> bool:
    """Whether something in the tree is missing: an execution that needs it ends there."""
    match tree:
        case dict():
            return any(map(is_missing, tree.values()))
        case list():
            return any(map(is_missing, tree))
        case _:
            return tree is MISSING


def agrees(expected: Any, actual: JSON) -> bool:
    """Whether an actual value is the expected one, as far as that can be told."""
    kind = type(expected)
    if kind is str:
        return bool(expected == actual)
    if kind is dict:
        if not isinstance(actual, dict) or expected.keys() != actual.keys():
            return False
        for key, value in expected.items():  # noqa: SIM110  all() of a generator takes twice as long
            if not agrees(value, actual[key]):
                return False
        return True
    match expected:
        case Special.ANY:
            return True
        case Special.MOMENT:
            return isinstance(actual, str) and _MOMENT.fullmatch(actual) is not None
        case Text():
            return isinstance(actual, str) and expected.fits(actual)
        case list():
            return isinstance(actual, list) and len(expected) == len(actual) and all(map(agrees, expected, actual))
        case _:
            return bool(expected == actual) and type(expected is True) is type(actual is True)


def holds(condition: Condition, known: Known) -> bool:
    """Whether a condition holds. No comparison holds of what is missing."""
    match condition:
        case All(conditions):
            return all(holds(each, known) for each in conditions)
        case Either(conditions):
            return any(holds(each, known) for each in conditions)
        case Negation(negated):
            return not holds(negated, known)
        case TypeTest("IsPresent", value):
            return value_of(value, known) is not MISSING
        case TypeTest(name, value):
            found = value_of(value, known)
            return found is not MISSING and is_of_type(name, found)
        case Match(value, pattern):
            return matches_pattern(value_of(value, known), pattern)
        case Comparison(ordering, left, right, kind):
            first, second = value_of(left, known), value_of(right, known)
            if first is MISSING or second is MISSING:
                return False
            return compares(_KINDS[kind], ordering, first, second)
        case _:
            raise TypeError(f"no condition: {condition!r}")
