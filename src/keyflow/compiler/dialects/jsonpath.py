"""The JSONPath dialect: results live in the data, under `$.results`, beside the execution's input.

It is the form that every engine and region runs. Fields of states are given as the keyword arguments of the
`asl` dataclasses, so that the lowering does not know which of them a dialect uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws import Call, OperationCall
from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.dialects.dialect import (
    LEFT_OVER_KEY,
    LOOK,
    LOOKED_AT,
    NEXT,
    Dialect,
    Fields,
    member_name,
    plain,
    read_paths,
)
from keyflow.compiler.dialects.jsonpath_text import path, quoted, quoted_template, selected
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
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value, values_in
from keyflow.dsl.maps import Collected, Item, ItemIndex, Map
from keyflow.dsl.steps import Wait
from keyflow.dsl.tasks import CaughtError, Lookup, TaskResult
from keyflow.dsl.values import Context, Deployed, Intrinsic, LeftOver, Reference

_OPERATOR_KINDS = {"string": "String", "number": "Numeric", "boolean": "Boolean", "timestamp": "Timestamp"}


class JsonPathDialect(Dialect):
    """Writes one workflow's values; `layout` says where its results are."""

    query_language = asl.QueryLanguage.JSONPATH
    parameters = "parameters"
    catches_missing = False

    def at(self, keys: Iterable[str | int]) -> str:
        return path(keys)

    def in_context(self, keys: Iterable[str | int]) -> str:
        return path(keys, "$$")

    # What a state is given.

    def call(self, call: Call) -> Fields:
        fields = {"parameters": self.template(call.parameters or {}, call.location)}
        if call.role is not None:
            fields["credentials"] = self.template({"RoleArn": call.role}, call.location)
        return fields

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

    # What becomes of a state's result.

    def discard(self) -> Fields:
        return {"result_path": None}

    def keep(self, slot: Slot, reads: Reads) -> Fields:
        return {**_selector(reads), "result_path": path(slot)}

    def keep_first(self, slot: Slot, reads: Reads) -> Fields:
        selector = _selector(reads)
        entry = {slot[-1]: selector["result_selector"]} if selector else {f"{slot[-1]}.$": "$"}
        return {"result_selector": entry, "result_path": path((ROOT,))}

    def give(self, reads: Reads) -> Fields:
        return _selector(reads)

    def give_nothing(self) -> Fields:
        return {"result_selector": {}}

    def give_literal(self, literal: Any) -> Fields:
        return {"result": literal}

    def gather(self, slot: Slot, branches: list[str], *, first: bool) -> Fields:
        outputs = {f"{key}.$": f"$[{index}]" for index, key in enumerate(branches)}
        if first:
            return {"result_selector": {slot[-1]: outputs}, "result_path": path((ROOT,))}
        return {"result_selector": outputs, "result_path": path(slot)}

    # What a Map's iterations are given, and what becomes of their results.

    def _items(self, each: Map) -> Fields:
        if isinstance(each.over, OperationCall):
            return self._reader(each, each.over)
        return {"items_path": self.reference(each.over)}

    def _item(self) -> Fields:
        return {f"{ITEM}.$": "$$.Map.Item.Value", f"{INDEX}.$": "$$.Map.Item.Index"}

    def take_batch(self, each: Map) -> Fields:
        around = [key.removesuffix(".$") for key in self._surroundings(each)]
        given = {f"{key}.$": path(("BatchInput", key)) for key in around}
        return {"parameters": {self._layout.maps[each].root: {f"{ITEM}.$": "$.Items"}, **given}}

    def iterate_again(self, each: Map) -> Fields:
        laid_out = self._layout.maps[each]
        selector = {f"{laid_out.root}.$": "$$.Map.Item.Value", **self._surroundings(each)}
        return {"items_path": path((*laid_out.slot, ITEMS)), "item_selector": selector}

    def _surroundings(self, each: Map) -> Fields:
        outer = {f"{self._layout.maps[other].root}.$": path((self._layout.maps[other].root,)) for other in self._around}
        found = {**outer, f"{ROOT}.$": path((ROOT,)), f"{INPUT}.$": self._input()}
        if self._is_child():
            return {**found, f"{CONTEXT}.$": path((CONTEXT,))}
        if each.distributed is not None:
            return {**found, CONTEXT: {f"{name}.$": f"$$.{name}" for name in self.executions_own}}
        return found

    def gather_items(self, slot: Slot, *, tolerant: bool = False) -> Fields:
        marks = f"$[*].{MARKS}"
        selector = {f"{ITEMS}.$": "$", f"{FAILED}.$": marks, f"{DECLARED}.$": f"States.JsonToString({marks})"}
        if tolerant:
            selector[f"{NOT_UNDONE_MARKS}.$"] = f"$[*].{NOT_UNDONE_MARKS}"
        return {"result_selector": selector, "result_path": path(slot)}

    def settle(self, each: Map, *, left: bool) -> Fields:
        root = self._layout.maps[each].root
        kept: Fields = {f"{MARKS}.$": path((root, MARKS)), f"{FAILED_ITEM}.$": path((root, ITEM))}
        if left:
            kept |= {f"{NOT_UNDONE}.$": path(SETTLED), NOT_UNDONE_MARKS: [""]}
        return {"parameters": kept}

    def collect_left(self, each: Map, slot: Slot) -> Fields:
        items = path((*self._layout.maps[each].slot, ITEMS))
        return {"parameters": {f"{ITEMS}.$": f"{items}[*].{NOT_UNDONE}"}, "result_path": path(slot)}

    def gather_left(self, slot: Slot, depth: int) -> Fields:
        marks = f"$[*]{'.*' * depth}.{MARKS}"
        return {"result_selector": {f"{ITEMS}.$": "$", MARKS + ".$": marks}, "result_path": path(slot)}

    def place(self, slot: Slot) -> Fields:
        return {"result_path": path(slot)}

    def place_nothing(self, slot: Slot) -> Fields:
        return {"result_selector": {}, "result_path": path(slot)}

    def end_branch(self, slot: Slot, fields: Fields | None = None) -> Fields:
        return {**(fields or {}), "output_path": path(slot)}

    def end_empty(self) -> Fields:
        return {"output_path": None}

    def write(self, slot: Slot, literal: Any) -> Fields:
        return {"result": literal, "result_path": path(slot)}

    def write_left_over(self, slot: Slot, task: str, compensation: str, call: Call) -> Fields:
        return {"parameters": self._left_over(task, compensation, call), "result_path": path(slot)}

    def give_left_over(self, task: str, compensation: str, call: Call) -> Fields:
        return {"parameters": self._left_over(task, compensation, call)}

    def _left_over(self, task: str, compensation: str, call: Call) -> Any:
        parameters = self.template(call.parameters, call.location)
        left = {LEFT_OVER_KEY: {"task": task, "compensation": compensation, "parameters": parameters}}
        return {**left, MARKS: [""]} if self._around else left

    # What becomes of an error.

    def catch_alone(self) -> Fields:
        return {}

    def place_error(self, slot: Slot) -> Fields:
        return {"result_path": path(slot)}

    def give_failed(self) -> Fields:
        return {"parameters": {"failed": {"Error.$": "$.Error"}}}

    def give_uncertain(self) -> Fields:
        return {"parameters": {"failed": {"Error.$": "$.Error"}, UNCERTAIN: {}}}

    def left_over_text(self) -> asl.Path:
        return asl.Path(f"States.Format('Left behind: {{}}', {_ALL_LEFT_OVER})")

    # What a lookup finds, looked at one entry after the other.

    def look_first(self, slot: Slot, lookup: Lookup) -> Fields:
        return {
            "parameters": {"item.$": self._entries(slot, lookup, 0), "index": 0},
            "result_path": path((*slot, LOOK)),
        }

    def count_on(self, slot: Slot, lookup: Lookup) -> Fields:
        index = f"States.MathAdd({path((*slot, LOOK, 'index'))}, 1)"
        count = f"States.ArrayLength({self._entries(slot, lookup)})"
        return {"parameters": {"index.$": index, "count.$": count}, "result_path": path((*slot, NEXT))}

    def look_next(self, slot: Slot, lookup: Lookup) -> Fields:
        index = path((*slot, NEXT, "index"))
        item = f"States.ArrayGetItem({self._entries(slot, lookup)}, {index})"
        return {"parameters": {"item.$": item, "index.$": index}, "result_path": path((*slot, LOOK))}

    def take(self, slot: Slot, found: Slot, lookup: Lookup) -> Fields:
        members = {f"{name}.$": path((*found, *LOOKED_AT, name)) for name in lookup.needed}
        return {"parameters": members, "result_path": path(slot)}

    def anything_found(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        return asl.Comparison(self._entries(slot, lookup, 0), "IsPresent", True)

    def is_it(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        needed = tuple(self.present((*slot, *LOOKED_AT, name)) for name in lookup.needed)
        where = () if lookup.where is None else (self.condition(lookup.where, lookup.location),)
        return asl.And((*needed, *where)) if len(needed) + len(where) > 1 else needed[0]

    def more(self, slot: Slot) -> asl.Condition:
        return asl.Comparison(path((*slot, NEXT, "index")), "NumericLessThanPath", path((*slot, NEXT, "count")))

    def next_round(self, slot: Slot) -> Fields:
        place = path((*slot, ROUND))
        return {"parameters": {f"{ROUND}.$": f"States.MathAdd({place}, 1)"}, "result_path": path(slot)}

    def is_round(self, slot: Slot, number: int) -> asl.Condition:
        return asl.Comparison(path((*slot, ROUND)), "NumericGreaterThanEquals", number)

    # Conditions.

    def present(self, slot: Place) -> asl.Condition:
        return asl.Comparison(path(slot), "IsPresent", True)

    def absent(self, slot: Place) -> asl.Condition:
        return asl.Comparison(path(slot), "IsPresent", False)

    def marked(self, marker: Marker, declared: str) -> asl.Condition:
        if marker.key is None:
            return self.says(marker.place, declared)
        matches = asl.Comparison(path(marker.place), "StringMatches", f'*"{marker.key}"*')
        return asl.And((self.present(marker.place), matches))

    def says(self, slot: Place, text: str) -> asl.Condition:
        """Whether a slot holds this text."""
        return asl.And((self.present(slot), asl.Comparison(path(slot), "StringEquals", text)))

    def all_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        return _joined(asl.And, conditions)

    def any_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        return _joined(asl.Or, conditions)

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
        match value:
            case Reference():
                return self.reference(value)
            case Collected():
                items = path((*self._layout.maps[value.map].slot, ITEMS))
                return f"{items}[*]{self._in_item(value)}"
            case LeftOver():
                return _ALL_LEFT_OVER
            case Intrinsic(name=name, arguments=arguments) if name == "States.Format":
                template = quoted_template(arguments[0])
                return f"{name}({', '.join([template, *(self.expression(each, location) for each in arguments[1:])])})"
            case Intrinsic(name=name, arguments=arguments):
                return f"{name}({', '.join(self.expression(each, location) for each in arguments)})"
            case Deployed():
                return f"'{value.deployed_text()}'"
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

    def template(self, tree: Any, location: Location) -> Any:
        """A payload template: `.$` on the key of each value that the execution computes."""
        if isinstance(tree, Mapping):
            return dict(self._entry(key, value, location) for key, value in tree.items())
        if isinstance(tree, list | tuple):
            return [self._element(element, location) for element in tree]
        if isinstance(tree, Value):
            return self._text(tree, location)
        return plain(tree, location)

    def _entry(self, key: str, value: Any, location: Location) -> tuple[str, Any]:
        if member_name(key, location).endswith(".$"):
            raise definition_error(
                "KF304", f"a key that ends in .$ would be read as a path: {key!r}", location=location
            )
        if isinstance(value, Value) and value.deployed_text() is None:
            return f"{key}.$", self.expression(value, location)
        if isinstance(value, list | tuple) and any(_is_computed(element) for element in value):
            return f"{key}.$", self.expression(value, location)
        return key, self.template(value, location)

    def _element(self, element: Any, location: Location) -> Any:
        if isinstance(element, list | tuple) and any(_is_computed(inner) for inner in element):
            raise definition_error("KF303", "JSONPath cannot compute a list inside a list", location=location)
        return self.template(element, location)

    def _text(self, value: Value, location: Location) -> str:
        text = value.deployed_text()
        if text is None:
            raise definition_error(
                "KF303", f"JSONPath has no place for {value!r} here", location=location, hint="put it into an object"
            )
        return text


_ALL_LEFT_OVER = f"States.JsonToString({path(LEFT)}..{LEFT_OVER_KEY})"


def _joined(connective: type[asl.And] | type[asl.Or], conditions: Iterable[asl.Condition]) -> asl.Condition:
    match tuple(conditions):
        case (only,):
            return only
        case several:
            return connective(several)


def _is_computed(value: Any) -> bool:
    return isinstance(value, Value) and value.deployed_text() is None


def _is_literal(tree: Any) -> bool:
    if isinstance(tree, Mapping):
        return all(_is_literal(value) for value in tree.values())
    if isinstance(tree, list | tuple):
        return all(_is_literal(value) for value in tree)
    return not _is_computed(tree)


def _selector(reads: Reads) -> Fields:
    """The ResultSelector that keeps what is read; none where the result is kept whole."""
    return {} if read_paths(reads) is None else {"result_selector": selected(reads)}
