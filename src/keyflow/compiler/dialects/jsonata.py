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
from keyflow.aws import Call, OperationCall
from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.dialects.dialect import LEFT_OVER_KEY, LOOK, LOOKED_AT, NEXT, Dialect, Fields, member_name, plain
from keyflow.compiler.dialects.jsonata_text import (
    DATA,
    ERROR,
    FUNCTIONS,
    RESULT,
    Updated,
    braced,
    collected,
    object_of,
    regular_expression,
    selected,
    text_literal,
    updated,
    walk,
    with_value,
)
from keyflow.compiler.layout import (
    CONTEXT,
    DECLARED,
    FAILED,
    FAILED_ITEM,
    INDEX,
    INPUT,
    ITEM,
    ITEMS,
    LEFT,
    MARKS,
    NOT_UNDONE,
    NOT_UNDONE_MARKS,
    ROOT,
    ROUND,
    SETTLED,
    UNCERTAIN,
    Marker,
    Place,
    Slot,
)
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value
from keyflow.dsl.maps import Collected, Map
from keyflow.dsl.steps import Wait
from keyflow.dsl.tasks import Lookup
from keyflow.dsl.values import Deployed, Intrinsic, LeftOver, Reference

_ORDERS = {"Equals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">", "GreaterThanEquals": ">="}
_SCALARS = ("string", "number", "boolean", "timestamp")
_TYPES = {"IsNull": "null", "IsString": "string", "IsNumeric": "number", "IsBoolean": "boolean"}
_MOMENT = r"/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/"


class JsonataDialect(Dialect):
    """Writes one workflow's values; `layout` says where its results are."""

    query_language = asl.QueryLanguage.JSONATA
    parameters = "arguments"
    catches_missing = True

    def at(self, keys: Iterable[str | int]) -> str:
        return walk(DATA, keys)

    def in_context(self, keys: Iterable[str | int]) -> str:
        return walk("$states.context", keys)

    # What a state is given.

    def call(self, call: Call) -> Fields:
        fields: Fields = {"arguments": self.template(call.parameters or {}, call.location)}
        if call.role is not None:
            fields["credentials"] = self.template({"RoleArn": call.role}, call.location)
        return fields

    def pause(self, wait: Wait) -> Fields:
        member, length = ("seconds", wait.seconds) if wait.seconds is not None else ("timestamp", wait.until)
        return {member: self.template(length, wait.location)}

    def output(self, output: Any, location: Location) -> asl.State:
        return asl.Succeed(output={} if output is None else self.template(output, location))

    # What becomes of a state's result.

    def discard(self) -> Fields:
        return {"output": braced(DATA)}

    def keep(self, slot: Slot, reads: Reads) -> Fields:
        return {"output": updated(slot, selected(reads))}

    def keep_first(self, slot: Slot, reads: Reads) -> Fields:
        return {"output": updated((ROOT,), object_of({slot[-1]: selected(reads)}))}

    def give(self, reads: Reads) -> Fields:
        return {"output": braced(selected(reads))}

    def give_nothing(self) -> Fields:
        return {"output": {}}

    def give_literal(self, literal: Any) -> Fields:
        return {"output": literal}

    def gather(self, slot: Slot, branches: list[str], *, first: bool) -> Fields:
        outputs = {key: f"{RESULT}[{index}]" for index, key in enumerate(branches)}
        if first:
            return {"output": updated((ROOT,), object_of({slot[-1]: outputs}))}
        return {"output": updated(slot, object_of(outputs))}

    def place(self, slot: Slot) -> Fields:
        return {"output": updated(slot, RESULT)}

    def place_nothing(self, slot: Slot) -> Fields:
        return {"output": updated(slot, "{}")}

    def end_branch(self, slot: Slot, fields: Fields | None = None) -> Fields:
        made = (fields or {}).get("output")
        here = self.at(slot)
        if isinstance(made, Updated) and made.slot[: len(slot)] == slot:
            return {**(fields or {}), "output": braced(with_value(made.slot[len(slot) :], made.value, here))}
        return {**(fields or {}), "output": braced(here)}

    def end_empty(self) -> Fields:
        return {"output": {}}

    def write(self, slot: Slot, literal: Any) -> Fields:
        return {"output": updated(slot, json.dumps(literal, ensure_ascii=False))}

    def write_left_over(self, slot: Slot, task: str, compensation: str, call: Call) -> Fields:
        return {"output": updated(slot, self._left_over(task, compensation, call))}

    def give_left_over(self, task: str, compensation: str, call: Call) -> Fields:
        return {"output": braced(self._left_over(task, compensation, call))}

    def _left_over(self, task: str, compensation: str, call: Call) -> str:
        """One expression: an object leaves out what is missing, where a template would fail for it."""
        entry = {"task": task, "compensation": compensation, "parameters": call.parameters or {}}
        left = {LEFT_OVER_KEY: self.expression(entry, call.location)}
        return object_of({**left, MARKS: '[""]'} if self._around else left)

    # What becomes of an error.

    def catch_alone(self) -> Fields:
        return {}

    def place_error(self, slot: Slot) -> Fields:
        return {"output": updated(slot, ERROR)}

    def give_failed(self) -> Fields:
        return {"output": {FAILED: {"Error": braced(f"{DATA}.Error")}}}

    def give_uncertain(self) -> Fields:
        return {"output": {FAILED: {"Error": braced(f"{DATA}.Error")}, UNCERTAIN: {}}}

    def left_over_text(self) -> str:
        return braced(f'"Left behind: " & {_ALL_LEFT_OVER}')

    # What a lookup finds.

    def look_first(self, slot: Slot, lookup: Lookup) -> Fields:
        return self._look(slot, self._entries(slot, lookup, 0), "0")

    def look_next(self, slot: Slot, lookup: Lookup) -> Fields:
        index = self.at((*slot, NEXT, "index"))
        return self._look(slot, f"{self._entries(slot, lookup)}[{index}]", index)

    def _look(self, slot: Slot, item: str, index: str) -> Fields:
        return {"output": updated((*slot, LOOK), object_of({"item": item, "index": index}))}

    def count_on(self, slot: Slot, lookup: Lookup) -> Fields:
        index = f"{self.at((*slot, LOOK, 'index'))} + 1"
        count = f"$count({self._entries(slot, lookup)})"
        return {"output": updated((*slot, NEXT), object_of({"index": index, "count": count}))}

    def take(self, slot: Slot, found: Slot, lookup: Lookup) -> Fields:
        members = {name: self.at((*found, *LOOKED_AT, name)) for name in lookup.needed}
        return {"output": updated(slot, object_of(members))}

    def anything_found(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        return _condition(f"$exists({self._entries(slot, lookup, 0)})")

    def is_it(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        needed = [f"$exists({self.at((*slot, *LOOKED_AT, name))})" for name in lookup.needed]
        where = [] if lookup.where is None else [self._holds(lookup.where, lookup.location)]
        return _condition(" and ".join([*needed, *where]))

    def more(self, slot: Slot) -> asl.Condition:
        return _condition(f"{self.at((*slot, NEXT, 'index'))} < {self.at((*slot, NEXT, 'count'))}")

    # Maps.

    def _items(self, each: Map) -> Fields:
        if isinstance(each.over, OperationCall):
            return self._reader(each, each.over)
        return {"items": braced(self.reference(each.over))}

    def _item(self) -> Fields:
        return {ITEM: braced("$states.context.Map.Item.Value"), INDEX: braced("$states.context.Map.Item.Index")}

    def take_batch(self, each: Map) -> Fields:
        given = {key: braced(self.at(("BatchInput", key))) for key in self._surroundings(each)}
        return {"output": {self._layout.maps[each].root: {ITEM: braced(self.at(("Items",)))}, **given}}

    def iterate_again(self, each: Map) -> Fields:
        laid_out = self._layout.maps[each]
        selector = {laid_out.root: braced("$states.context.Map.Item.Value"), **self._surroundings(each)}
        return {"items": braced(self.at((*laid_out.slot, ITEMS))), "item_selector": selector}

    def _surroundings(self, each: Map) -> Fields:
        roots = [self._layout.maps[other].root for other in self._around]
        found: Fields = {root: braced(self.at((root,))) for root in (*roots, ROOT)}
        found[INPUT] = braced(self._input())
        if self._is_child():
            return {**found, CONTEXT: braced(self.at((CONTEXT,)))}
        if each.distributed is not None:
            return {**found, CONTEXT: {name: braced(f"$states.context.{name}") for name in self.executions_own}}
        return found

    def gather_items(self, slot: Slot, *, tolerant: bool = False) -> Fields:
        marks = f"[{RESULT}.{MARKS}]"
        gathered = {ITEMS: RESULT, FAILED: marks, DECLARED: f"$string({marks})"}
        if tolerant:
            gathered[NOT_UNDONE_MARKS] = f"[{RESULT}.{NOT_UNDONE_MARKS}]"
        return {"output": updated(slot, object_of(gathered))}

    def settle(self, each: Map, *, left: bool) -> Fields:
        root = self._layout.maps[each].root
        kept: Fields = {MARKS: self.at((root, MARKS)), FAILED_ITEM: self.at((root, ITEM))}
        if left:
            kept |= {NOT_UNDONE: self.at(SETTLED), NOT_UNDONE_MARKS: '[""]'}
        return {"output": braced(object_of(kept))}

    def collect_left(self, each: Map, slot: Slot) -> Fields:
        items = self.at((*self._layout.maps[each].slot, ITEMS))
        return {"output": updated(slot, object_of({ITEMS: f"[{items}.{NOT_UNDONE}]"}))}

    def gather_left(self, slot: Slot, depth: int) -> Fields:
        marks = f"[{RESULT}{'.*' * depth}.{MARKS}]"
        return {"output": updated(slot, object_of({ITEMS: RESULT, MARKS: marks}))}

    def next_round(self, slot: Slot) -> Fields:
        return {"output": updated(slot, object_of({ROUND: f"{self.at((*slot, ROUND))} + 1"}))}

    def is_round(self, slot: Slot, number: int) -> asl.Condition:
        return _condition(f"{self.at((*slot, ROUND))} >= {number}")

    # Conditions.

    def present(self, slot: Place) -> asl.Condition:
        return _condition(f"$exists({self.at(slot)})")

    def absent(self, slot: Place) -> asl.Condition:
        return _condition(f"$not($exists({self.at(slot)}))")

    def marked(self, marker: Marker, declared: str) -> asl.Condition:
        place = self.at(marker.place)
        if marker.key is None:
            return _condition(f"{place} = {text_literal(declared)}")
        sought = json.dumps(f'"{marker.key}"')
        return _condition(f"$exists({place}) ? $contains({place}, {sought}) : false")

    def all_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        return _joined("and", conditions)

    def any_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        return _joined("or", conditions)

    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        return _condition(self._holds(condition, location))

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
                items = self.at((*self._layout.maps[value.map].slot, ITEMS))
                return collected(items, self._in_item(value), scalars=value.value.kind in _SCALARS)
            case LeftOver():
                return _ALL_LEFT_OVER
            case Intrinsic():
                return self._intrinsic(value, location)
            case Deployed():
                return f'"{value.deployed_text()}"'
            case Mapping():
                members = {member_name(key, location): self.expression(each, location) for key, each in value.items()}
                return object_of(members)
            case list() | tuple():
                return f"[{', '.join(self.expression(each, location) for each in value)}]"
            case _:
                return json.dumps(plain(value, location), ensure_ascii=False)

    def _intrinsic(self, value: Intrinsic, location: Location) -> str:
        if value.name == "States.Format":
            pieces = [text_literal(piece) for piece in value.arguments[0].split("{}")]
            values = [self.expression(each, location) for each in value.arguments[1:]]
            parts = [part for pair in zip(pieces, [*values, '""'], strict=True) for part in pair]
            written = [part for part in parts if part != _EMPTY]
            text = f"$string({values[0]})" if written == values[:1] else f"({' & '.join(written) or _EMPTY})"
            needed = [f"$exists({each})" for each in dict.fromkeys(values) if each.startswith("$")]
            return f"{text}[{' and '.join(needed)}]" if needed else text  # without one of them there is no text at all
        arguments = [self.expression(each, location) for each in value.arguments]
        return FUNCTIONS[value.name](*arguments)

    def template(self, tree: Any, location: Location) -> Any:
        """The tree with an expression, between braces, for each value that the execution computes."""
        match tree:
            case Mapping():
                return {member_name(key, location): self.template(value, location) for key, value in tree.items()}
            case list() | tuple():
                return [self.template(element, location) for element in tree]
            case Value():
                text = tree.deployed_text()
                return braced(self.expression(tree, location)) if text is None else text
            case str() if tree.startswith("{%"):
                message = f"a text that begins with {{% would be read as an expression: {tree!r}"
                raise definition_error("KF304", message, location=location)
            case _:
                return plain(tree, location)


_EMPTY = '""'
_ALL_LEFT_OVER = f"$string([{walk(DATA, LEFT)}.**.{LEFT_OVER_KEY}])"


def _condition(expression: str) -> asl.Condition:
    return asl.Expression(braced(expression))


def _joined(operator: str, conditions: Iterable[asl.Condition]) -> asl.Condition:
    texts = [each.text[2:-2].strip() for each in conditions if isinstance(each, asl.Expression)]
    if len(texts) == 1:
        return _condition(texts[0])
    return _condition(f" {operator} ".join(f"({text})" for text in texts))
