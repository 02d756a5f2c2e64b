"""The JSONPath dialect: results live in the data, under `$.results`, beside the execution's input.

It is the form that every engine and region runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws import JsonText, RuntimeValue
from keyflow.compiler.data import (
    Absent,
    AllOf,
    AnyOf,
    AsText,
    At,
    AtLeast,
    Count,
    Datum,
    Element,
    Everywhere,
    Fits,
    Given,
    HasMark,
    InContext,
    Less,
    Members,
    Movement,
    Present,
    Question,
    Result,
    Says,
    Selected,
    Successor,
    is_computed,
)
from keyflow.compiler.dialects.dialect import Dialect, Fields, member_name, plain, read_paths
from keyflow.compiler.dialects.jsonpath_text import escaped, path, quoted, quoted_template, selected
from keyflow.compiler.movements import ALL_LEFT_OVER
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.deployed import Deployed
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value, values_in
from keyflow.dsl.maps import Collected, Item, ItemIndex
from keyflow.dsl.steps import Wait
from keyflow.dsl.tasks import CaughtError, TaskResult
from keyflow.dsl.values import Context, Intrinsic, LeftOver, Reference
from keyflow.json_values import Unquoted, leaves

_OPERATOR_KINDS = {"string": "String", "number": "Numeric", "boolean": "Boolean", "timestamp": "Timestamp"}


class JsonPathDialect(Dialect):
    """Writes one workflow's values; `layout` says where its results are."""

    query_language = asl.QueryLanguage.JSONPATH
    parameters = "parameters"

    def at(self, keys: Iterable[str | int]) -> str:
        return path(keys)

    def in_context(self, keys: Iterable[str | int]) -> str:
        return path(keys, "$$")

    def items(self, path: str) -> Fields:
        return {"items_path": path}

    def pause(self, wait: Wait) -> Fields:
        length = wait.seconds if wait.seconds is not None else wait.until
        member = "seconds" if wait.seconds is not None else "timestamp"
        if not isinstance(length, Value):
            return {member: length}
        text = length.deployed_text()
        return {member: asl.Path(self._variable(length, wait.location)) if text is None else text}

    def output(self, output: Any, location: Location) -> asl.State:
        match output:
            case None:
                return asl.Succeed(output_path=None)
            case Reference():
                return asl.Succeed(input_path=self.reference(output))
            case Mapping() if not _is_literal(output):
                return asl.Pass(parameters=self.template(output, location))
            case _ if _is_literal(output):
                return asl.Pass(result=self.template(output, location))
            case _:
                raise definition_error(
                    "KF303",
                    "JSONPath has no place for a computed value or a list as the whole output",
                    location=location,
                    hint="put it into an object: succeed({'items': ...})",
                )

    def cause(self, text: str, value: Datum) -> asl.Path:
        return asl.Path(f"States.Format('{text}{{}}', {self._datum(value)})")

    # Movements of data.

    def working(self, movement: Movement) -> Fields:
        if movement.stays:
            return {"result_path": None, **_ending(movement)}
        return {**self._selector(movement.value), **_where(movement), **_ending(movement)}

    def _selector(self, value: Datum) -> Fields:
        """The ResultSelector that makes the value; none where it is the result itself."""
        match value:
            case Result(keys=()):
                return {}
            case Selected(reads=reads):
                return {} if read_paths(reads) is None else {"result_selector": selected(reads)}
            case _:
                return {"result_selector": self.filled(value)}

    def passing(self, movement: Movement) -> Fields:
        if movement.stays:
            return _ending(movement)
        made = (
            {"parameters": self.filled(movement.value)} if is_computed(movement.value) else {"result": movement.value}
        )
        return {**made, **_where(movement), **_ending(movement)}

    def catching(self, movement: Movement) -> Fields:
        return {"result_path": None} if movement.stays else _where(movement)

    def filled(self, tree: Datum) -> Any:
        """A payload template: `.$` on the key of each value that is computed."""
        match tree:
            case dict():
                return dict(self._member(key, value) for key, value in tree.items())
            case Given(tree=given, location=location):
                return self.template(given, location)
            case _:
                return tree

    def _member(self, key: str, value: Datum) -> tuple[str, Any]:
        match value:
            case Selected(reads=reads) if read_paths(reads) is not None:
                return key, selected(reads)
            case dict() | Given():
                return key, self.filled(value)
            case _ if is_computed(value):
                return f"{key}.$", self._datum(value)
            case _:
                return key, value

    def _datum(self, value: Datum) -> str:
        """A computed value as a path or an intrinsic function."""
        match value:
            case At(keys=keys) | Result(keys=keys):
                return path(keys)
            case Selected():
                return path(())
            case InContext(keys=keys):
                return self.in_context(keys)
            case Members(array=array, name=name, depth=depth):
                return f"{self._datum(array)}[*]{'.*' * depth}.{name}"
            case Everywhere(inside=inside, name=name):
                return f"{self._datum(inside)}..{name}"
            case AsText(value=inner):
                return f"States.JsonToString({self._datum(inner)})"
            case Successor(number=number):
                return f"States.MathAdd({self._datum(number)}, 1)"
            case Count(array=array):
                return f"States.ArrayLength({self._datum(array)})"
            case Element(array=array, index=index):
                return f"States.ArrayGetItem({self._datum(array)}, {self._datum(index)})"
            case _:
                raise TypeError(f"no path: {value!r}")

    # Questions and conditions.

    def asks(self, question: Question) -> asl.Condition:
        match question:
            case Present(place=place):
                return asl.Comparison(path(place), "IsPresent", True)
            case Absent(place=place):
                return asl.Comparison(path(place), "IsPresent", False)
            case Says(place=place, text=text):
                return asl.And((self.asks(Present(place)), asl.Comparison(path(place), "StringEquals", text)))
            case HasMark(place=place, mark=mark):
                matches = asl.Comparison(path(place), "StringMatches", f'*"{mark}"*')
                return asl.And((self.asks(Present(place)), matches))
            case AtLeast(place=place, number=number):
                return asl.Comparison(path(place), "NumericGreaterThanEquals", number)
            case Less(place=place, other=other):
                return asl.Comparison(path(place), "NumericLessThanPath", path(other))
            case Fits(places=places, condition=condition, location=location):
                there = [self.asks(Present(place)) for place in places]
                fits = [] if condition is None else [self.condition(condition, location)]
                return _joined(asl.And, [*there, *fits])
            case AllOf(questions=questions):
                return _joined(asl.And, map(self.asks, questions))
            case AnyOf(questions=questions):
                return _joined(asl.Or, map(self.asks, questions))

    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        match condition:
            case All(conditions):
                return asl.And(tuple(self.condition(each, location) for each in conditions))
            case Either(conditions):
                return asl.Or(tuple(self.condition(each, location) for each in conditions))
            case Negation(negated):
                return asl.Not(self.condition(negated, location))
            case TypeTest("IsPresent", value):
                return asl.Comparison(self._variable(value, location), "IsPresent", True)
            case TypeTest(name, value):
                return self._guarded(value, asl.Comparison(self._variable(value, location), name, True), location)
            case Match(value, pattern):
                comparison = asl.Comparison(self._variable(value, location), "StringMatches", pattern)
                return self._guarded(value, comparison, location)
            case Comparison():
                return self._comparison(condition, location)
            case _:
                raise TypeError(f"no condition: {condition!r}")

    def _comparison(self, comparison: Comparison, location: Location) -> asl.Condition:
        operator = _OPERATOR_KINDS.get(comparison.kind)
        if operator is None:
            raise definition_error("KF302", f"values of type {comparison.kind} cannot be compared", location=location)
        operator += comparison.ordering
        left = self._variable(comparison.left, location)
        right = comparison.right
        if isinstance(right, Value):
            text = right.deployed_text()
            if text is not None:
                return self._guarded(comparison.left, asl.Comparison(left, operator, text), location)
            compared: asl.Condition = asl.Comparison(left, f"{operator}Path", self._variable(right, location))
            return self._guarded(comparison.left, self._guarded(right, compared, location), location)
        return self._guarded(comparison.left, asl.Comparison(left, operator, right), location)

    def _guarded(self, value: Value, condition: asl.Condition, location: Location) -> asl.Condition:
        if self._is_certain(value):
            return condition
        present = asl.Comparison(self._variable(value, location), "IsPresent", True)
        inner = condition.conditions if isinstance(condition, asl.And) else (condition,)
        return asl.And((present, *inner))

    def _is_certain(self, value: Value) -> bool:
        """Whether the value is there whenever it can be looked at: a trimmed result has all its members."""
        match value:
            case Reference(source=TaskResult(task=task)):
                reads = self._dataflow.reads[task]
                return not reads.whole and () not in reads.paths
            case Reference(source=Context() | CaughtError() | ItemIndex()):
                return True
            case Reference(source=Item(), keys=()):
                return True
            case _:
                return False

    def _variable(self, value: Value, location: Location) -> str:
        if not isinstance(value, Reference):
            raise definition_error(
                "KF302",
                f"a JSONPath condition compares the input, results and the context, not {value!r}",
                location=location,
                hint="compute it in a task, or compare what it is computed from",
            )
        return self.reference(value)

    # Values.

    def expression(self, value: Any, location: Location) -> str:
        """A value as a path or an intrinsic function, or a literal as an argument of one."""
        if type(value) is str:  # as nearly all arguments are
            return quoted(value)
        match value:
            case Reference():
                return self.reference(value)
            case Collected():
                return f"{path(self._items_of(value.map))}[*]{self._in_item(value)}"
            case LeftOver():
                return self._datum(ALL_LEFT_OVER)
            case Intrinsic(name=name, arguments=arguments) if name == "States.Format":
                template = quoted_template(arguments[0])
                return f"{name}({', '.join([template, *(self.expression(each, location) for each in arguments[1:])])})"
            case Intrinsic(name=name, arguments=arguments):
                return f"{name}({', '.join(self.expression(each, location) for each in arguments)})"
            case JsonText():
                return self._json_text(value, location)
            case Deployed():
                text = value.deployed_text()
                return text if isinstance(text, Unquoted) else f"'{text}'"
            case str():
                return quoted(value)
            case list() | tuple():
                return f"States.Array({', '.join(self.expression(each, location) for each in value)})"
            case Mapping() if next(values_in(value), None) is None:
                return f"States.StringToJson({quoted(json.dumps(plain(value, location)))})"
            case Value() | Mapping():
                raise definition_error("KF303", f"no intrinsic function can be given {value!r}", location=location)
            case _:
                return json.dumps(plain(value, location))

    def _json_text(self, text: JsonText, location: Location) -> str:
        """A document with each value as JSON of its own, so that no quote in one ends the text around it."""
        pieces = list(text.pieces())
        template = "".join("{}" if isinstance(each, RuntimeValue) else escaped(each) for each in pieces)
        values = (each for each in pieces if isinstance(each, RuntimeValue))
        return f"States.Format('{template}', {', '.join(self._as_json(each, location) for each in values)})"

    def _as_json(self, value: RuntimeValue, location: Location) -> str:
        written = self.expression(value, location)
        if isinstance(value, Deployed):  # the language says that JsonToString is given a path: no text of its own
            written = f"States.Format('{{}}', {written})"
        return f"States.JsonToString({written})"

    def template(self, tree: Any, location: Location) -> Any:
        """A payload template: `.$` on the key of each value that the execution computes."""
        if isinstance(tree, Mapping):
            return dict(self._entry(key, value, location) for key, value in tree.items())
        if isinstance(tree, list | tuple):
            return [self._element(element, location) for element in tree]
        if isinstance(tree, RuntimeValue):
            return self._text(tree, location)
        return plain(tree, location)

    def _entry(self, key: str, value: Any, location: Location) -> tuple[str, Any]:
        if member_name(key, location).endswith(".$"):
            raise definition_error(
                "KF304", f"a key that ends in .$ would be read as a path: {key!r}", location=location
            )
        if _is_computed(value):
            return f"{key}.$", self.expression(value, location)
        if isinstance(value, list | tuple) and any(_is_computed(element) for element in value):
            return f"{key}.$", self.expression(value, location)
        return key, self.template(value, location)

    def _element(self, element: Any, location: Location) -> Any:
        if isinstance(element, list | tuple) and any(_is_computed(inner) for inner in element):
            raise definition_error("KF303", "JSONPath cannot compute a list inside a list", location=location)
        return self.template(element, location)

    def _text(self, value: RuntimeValue, location: Location) -> str:
        text = value.deployed_text()
        if text is None:
            raise definition_error(
                "KF303", f"JSONPath has no place for {value!r} here", location=location, hint="put it into an object"
            )
        return text


def _joined(connective: type[asl.And] | type[asl.Or], conditions: Iterable[asl.Condition]) -> asl.Condition:
    match tuple(conditions):
        case (only,):
            return only
        case several:
            return connective(several)


def _is_computed(value: Any) -> bool:
    return isinstance(value, RuntimeValue) and value.deployed_text() is None


def _is_literal(tree: Any) -> bool:
    return not any(map(_is_computed, leaves(tree)))


def _where(movement: Movement) -> Fields:
    return {} if movement.slot is None else {"result_path": path(movement.slot)}


def _ending(movement: Movement) -> Fields:
    """What of the data a branch, or the workflow, ends with."""
    if movement.ends is not None:
        return {"output_path": path(movement.ends)}
    return {"output_path": None} if movement.empties else {}
