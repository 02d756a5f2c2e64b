"""The JSONata dialect: results live in the data under `results`, as in JSONPath, and expressions say the rest.

They could live in variables, too. But a branch cannot assign to what lies outside of it, and a child execution does not
see it: so one layout serves both dialects, and nothing above this folder knows which is used.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow import asl
from keyflow.asl.fields import braced
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
    give,
    is_computed,
)
from keyflow.compiler.dialects.dialect import Dialect, Fields, member_name, plain
from keyflow.compiler.dialects.jsonata_text import (
    DATA,
    ERROR,
    FUNCTIONS,
    RESULT,
    as_element,
    collected,
    literal_text,
    object_of,
    regular_expression,
    selected,
    text_of,
    walk,
    where_all_are,
    with_value,
)
from keyflow.compiler.movements import ALL_LEFT_OVER
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.deployed import Deployed
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value
from keyflow.dsl.maps import Collected
from keyflow.dsl.steps import Wait
from keyflow.dsl.values import Intrinsic, LeftOver, Reference
from keyflow.json_values import Unquoted

_ORDERS = {"Equals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">", "GreaterThanEquals": ">="}
_SCALARS = ("string", "number", "boolean", "timestamp")
_TYPES = {"IsNull": "null", "IsString": "string", "IsNumeric": "number", "IsBoolean": "boolean"}
_MOMENT = r"/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/"


class JsonataDialect(Dialect):
    """Writes one workflow's values; `layout` says where its results are."""

    query_language = asl.QueryLanguage.JSONATA
    parameters = "arguments"

    def at(self, keys: Iterable[str | int]) -> str:
        return walk(DATA, keys)

    def in_context(self, keys: Iterable[str | int]) -> str:
        return walk("$states.context", keys)

    def items(self, path: str) -> Fields:
        return {"items": braced(path)}

    def pause(self, wait: Wait) -> Fields:
        member, length = ("seconds", wait.seconds) if wait.seconds is not None else ("timestamp", wait.until)
        return {member: self.template(length, wait.location)}

    def output(self, output: Any, location: Location) -> asl.State:
        return asl.Succeed(output={} if output is None else self.template(output, location))

    def cause(self, text: str, value: Datum) -> str:
        return braced(f"{literal_text(text)} & {self._datum(value)}")

    # Movements of data.

    def working(self, movement: Movement) -> Fields:
        return {"output": {} if movement.empties else self._output(movement)}

    passing = working

    def catching(self, movement: Movement) -> Fields:
        return {} if movement == give(Result()) else {"output": self._output(movement, result=ERROR)}

    def _output(self, movement: Movement, result: str = RESULT) -> Any:
        """What is left: all of the data with a value in a slot, or what one of its slots holds then, or the value."""
        value, slot, ends = movement.value, movement.slot, movement.ends
        if ends is not None:
            if slot is None or slot[: len(ends)] != ends:
                return braced(self.at(ends))
            return braced(with_value(slot[len(ends) :], self._datum(value, result), self.at(ends)))
        if slot is not None:
            return braced(with_value(slot, self._datum(value, result)))
        return self.filled(value) if movement.exact or not is_computed(value) else braced(self._datum(value, result))

    def filled(self, tree: Datum) -> Any:
        match tree:
            case dict():
                return {key: self.filled(value) for key, value in tree.items()}
            case _ if is_computed(tree):
                return braced(self._datum(tree))
            case _:
                return tree

    def _datum(self, value: Datum, result: str = RESULT) -> str:
        """A value as one expression; an object leaves out what is missing."""
        match value:
            case At(keys=keys):
                return self.at(keys)
            case InContext(keys=keys):
                return self.in_context(keys)
            case Result(keys=keys):
                return walk(result, keys)
            case Selected(reads=reads):
                return selected(reads)
            case Members(array=array, name=name, depth=depth):
                return f"[{self._datum(array, result)}{'.*' * depth}.{name}]"
            case Everywhere(inside=inside, name=name):
                return f"[{self._datum(inside, result)}.**.{name}]"
            case AsText(value=inner):
                return f"$string({self._datum(inner, result)})"
            case Successor(number=number):
                return f"{self._datum(number, result)} + 1"
            case Count(array=array):
                return f"$count({self._datum(array, result)})"
            case Element(array=array, index=index):
                return f"{self._datum(array, result)}[{self._datum(index, result)}]"
            case Given(tree=tree, location=location):
                return self.expression({} if tree is None else tree, location)
            case dict():
                return object_of({key: self._datum(each, result) for key, each in value.items()})
            case literal:
                return literal_text(literal)

    # Questions and conditions: bare expressions, which get their braces where they are handed out.

    def asks(self, question: Question) -> asl.Condition:
        return asl.Expression(braced(self._asked(question)))

    def _asked(self, question: Question) -> str:
        match question:
            case Present(place=place):
                return f"$exists({self.at(place)})"
            case Absent(place=place):
                return f"$not($exists({self.at(place)}))"
            case Says(place=place, text=text):
                return f"{self.at(place)} = {literal_text(text)}"
            case HasMark(place=place, mark=mark):
                sought = json.dumps(f'"{mark}"')
                return f"$exists({self.at(place)}) ? $contains({self.at(place)}, {sought}) : false"
            case AtLeast(place=place, number=number):
                return f"{self.at(place)} >= {number}"
            case Less(place=place, other=other):
                return f"{self.at(place)} < {self.at(other)}"
            case Fits(places=places, condition=condition, location=location):
                holds = [] if condition is None else [self._holds(condition, location)]
                fits = [f"({each})" for each in holds] if isinstance(condition, Either) else holds  # `and` binds closer
                return " and ".join([*(self._asked(Present(place)) for place in places), *fits])
            case AllOf(questions=questions):
                return _joined("and", map(self._asked, questions))
            case AnyOf(questions=questions):
                return _joined("or", map(self._asked, questions))

    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        return asl.Expression(braced(self._holds(condition, location)))

    def _holds(self, condition: Condition, location: Location) -> str:
        """A condition as an expression that is true or false, whatever is missing, and never fails."""
        match condition:
            case All(conditions):
                return " and ".join(self._operand(each, location) for each in conditions)
            case Either(conditions):
                return " or ".join(self._operand(each, location) for each in conditions)
            case Negation(negated):
                return f"$not({self._holds(negated, location)})"
            case TypeTest("IsPresent", value):
                return f"$exists({self.expression(value, location)})"
            case TypeTest("IsTimestamp", value):
                return self._is_moment(self.expression(value, location))
            case TypeTest(name, value):
                return f'$type({self.expression(value, location)}) = "{_TYPES[name]}"'
            case Match(value, pattern):
                text = self.expression(value, location)
                return f'$type({text}) = "string" ? $contains({text}, {regular_expression(pattern)}) : false'
            case Comparison():
                return self._comparison(condition, location)
            case _:
                raise TypeError(f"no condition: {condition!r}")

    def _operand(self, condition: Condition, location: Location) -> str:
        return f"({self._holds(condition, location)})"

    def _is_moment(self, text: str) -> str:
        return f'$type({text}) = "string" ? $contains({text}, {_MOMENT}) : false'

    def _comparison(self, comparison: Comparison, location: Location) -> str:
        left, right = (self.expression(side, location) for side in (comparison.left, comparison.right))
        sides = [left] + ([right] if isinstance(comparison.right, Value) else [])
        sign = _ORDERS[comparison.ordering]
        match comparison.kind:
            case "timestamp":
                test = " and ".join(f"({self._is_moment(side)})" for side in sides)
                return f"{test} ? $toMillis({left}) {sign} $toMillis({right}) : false"
            case "string" | "number" | "boolean" as kind:
                test = " and ".join(f'$type({side}) = "{kind}"' for side in sides)
                return f"{test} ? {left} {sign} {right} : false"
            case other:
                raise definition_error("KF302", f"values of type {other} cannot be compared", location=location)

    # Values.

    def expression(self, value: Any, location: Location) -> str:
        """A value, a literal, or a tree of both as one expression; an object leaves out what is missing."""
        match value:
            case Reference():
                return self.reference(value)
            case Collected():
                items = self.at(self._items_of(value.map))
                return collected(items, self._in_item(value), scalars=value.value.kind in _SCALARS)
            case LeftOver():
                return self._datum(ALL_LEFT_OVER)
            case Intrinsic():
                return self._intrinsic(value, location)
            case JsonText(tree=tree):
                computed = (each for each in value.values() if each.deployed_text() is None)
                return text_of(self.expression(tree, location), [self.expression(each, location) for each in computed])
            case Deployed():
                text = value.deployed_text()
                return text if isinstance(text, Unquoted) else f'"{text}"'
            case Mapping():
                members = {member_name(key, location): self.expression(each, location) for key, each in value.items()}
                return object_of(members)
            case list() | tuple():
                return f"[{', '.join(self._element(each, location) for each in value)}]"
            case _:
                return literal_text(plain(value, location))

    def _element(self, value: Any, location: Location) -> str:
        """An element of an array: in JSONata, the elements of one that is computed would become those of this one."""
        written = self.expression(value, location)
        return as_element(written) if isinstance(value, Value) and value.kind not in _SCALARS else written

    def _intrinsic(self, value: Intrinsic, location: Location) -> str:
        if value.name == "States.Format":
            pieces = [literal_text(piece) for piece in value.arguments[0].split("{}")]
            values = [self.expression(each, location) for each in value.arguments[1:]]
            parts = [part for pair in zip(pieces, [*values, '""'], strict=True) for part in pair]
            written = [part for part in parts if part != _EMPTY]
            text = f"$string({values[0]})" if written == values[:1] else f"({' & '.join(written) or _EMPTY})"
            return where_all_are(text, (each for each in values if each.startswith("$")))
        arguments = [self.expression(each, location) for each in value.arguments]
        return FUNCTIONS[value.name](*arguments)

    def template(self, tree: Any, location: Location) -> Any:
        """The tree with an expression, between braces, for each value that the execution computes."""
        match tree:
            case Mapping():
                return {member_name(key, location): self.template(value, location) for key, value in tree.items()}
            case list() | tuple():
                return [self.template(element, location) for element in tree]
            case RuntimeValue():
                text = tree.deployed_text()
                return braced(self.expression(tree, location)) if text is None else text
            case str() if tree.startswith("{%"):
                message = f"a text that begins with {{% would be read as an expression: {tree!r}"
                raise definition_error("KF304", message, location=location)
            case _:
                return plain(tree, location)


_EMPTY = '""'


def _joined(operator: str, expressions: Iterable[str]) -> str:
    match tuple(expressions):
        case (only,):
            return only
        case several:
            return f" {operator} ".join(f"({each})" for each in several)
