"""The JSONata dialect: results live in the data under `results`, as in JSONPath, and expressions say the rest.

They could live in variables, too. But a branch cannot assign to what lies outside of it, and a child execution does not
see it: so one layout serves both dialects, and nothing above this folder knows which is used.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws import Call
from keyflow.compiler.dataflow import Reads
from keyflow.compiler.dialects.dialect import LEFT_OVER_KEY, LOOK, LOOKED_AT, NEXT, Dialect, Fields, plain, read_paths
from keyflow.compiler.layout import (
    CONTEXT,
    DECLARED,
    FAILED,
    INDEX,
    INPUT,
    ITEM,
    ITEMS,
    LEFT,
    MARKS,
    ROOT,
    ROUND,
    UNCERTAIN,
    Marker,
    Place,
    Slot,
)
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value
from keyflow.dsl.steps import Collected, Map, Wait
from keyflow.dsl.tasks import Lookup
from keyflow.dsl.values import Deployed, Intrinsic, LeftOver, Reference

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = ("and", "in", "or", "true", "false", "null", "function")
_ORDERS = {"Equals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">", "GreaterThanEquals": ">="}
_TYPES = {"IsNull": "null", "IsString": "string", "IsNumeric": "number", "IsBoolean": "boolean"}
_MOMENT = r"/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/"
_DATA, _RESULT, _ERROR = "$states.input", "$states.result", "$states.errorOutput"


def walk(root: str, keys: Iterable[str | int]) -> str:
    """A path: `walk("$states.input", ("results", "key", 0, "x-y"))` is ``$states.input.results.key[0].`x-y` ``."""
    text = root
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            is_plain = _IDENTIFIER.fullmatch(key) and key not in _WORDS
            text += f".{key}" if is_plain else f".`{key}`"
    return text


class JsonataDialect(Dialect):
    """Writes one workflow's values; `layout` says where its results are."""

    query_language = asl.QueryLanguage.JSONATA
    catches_missing = True

    def at(self, keys: Iterable[str | int]) -> str:
        return walk(_DATA, keys)

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
        return {"output": _braced(_DATA)}

    def keep(self, slot: Slot, reads: Reads) -> Fields:
        return {"output": _updated(slot, _selected(reads))}

    def keep_first(self, slot: Slot, reads: Reads) -> Fields:
        return {"output": _updated((ROOT,), f"{{{_text(slot[-1])}: {_selected(reads)}}}")}

    def give(self, reads: Reads) -> Fields:
        return {"output": _braced(_selected(reads))}

    def give_nothing(self) -> Fields:
        return {"output": {}}

    def give_literal(self, literal: Any) -> Fields:
        return {"output": literal}

    def gather(self, slot: Slot, branches: list[str], *, first: bool) -> Fields:
        outputs = ", ".join(f"{_text(key)}: {_RESULT}[{index}]" for index, key in enumerate(branches))
        if first:
            return {"output": _updated((ROOT,), f"{{{_text(slot[-1])}: {{{outputs}}}}}")}
        return {"output": _updated(slot, f"{{{outputs}}}")}

    def place(self, slot: Slot) -> Fields:
        return {"output": _updated(slot, _RESULT)}

    def place_nothing(self, slot: Slot) -> Fields:
        return {"output": _updated(slot, "{}")}

    def end_branch(self, slot: Slot, fields: Fields | None = None) -> Fields:
        made = (fields or {}).get("output")
        here = self.at(slot)
        if isinstance(made, _Updated) and made.slot[: len(slot)] == slot:
            return {**(fields or {}), "output": _braced(_with(made.slot[len(slot) :], made.value, here))}
        return {**(fields or {}), "output": _braced(here)}

    def end_empty(self) -> Fields:
        return {"output": {}}

    def write(self, slot: Slot, literal: Any) -> Fields:
        return {"output": _updated(slot, json.dumps(literal, ensure_ascii=False))}

    def write_left_over(self, slot: Slot, task: str, compensation: str, call: Call) -> Fields:
        return {"output": _updated(slot, self._left_over(task, compensation, call))}

    def give_left_over(self, task: str, compensation: str, call: Call) -> Fields:
        return {"output": _braced(self._left_over(task, compensation, call))}

    def _left_over(self, task: str, compensation: str, call: Call) -> str:
        """One expression: an object leaves out what is missing, where a template would fail for it."""
        entry = {"task": task, "compensation": compensation, "parameters": call.parameters or {}}
        marks = f", {_text(MARKS)}: ['']" if self._around else ""
        return f"{{{_text(LEFT_OVER_KEY)}: {self.expression(entry, call.location)}{marks}}}".replace("['']", '[""]')

    # What becomes of an error.

    def catch_alone(self) -> Fields:
        return {}

    def place_error(self, slot: Slot) -> Fields:
        return {"output": _updated(slot, _ERROR)}

    def give_failed(self) -> Fields:
        return {"output": {FAILED: {"Error": _braced(f"{_DATA}.Error")}}}

    def give_uncertain(self) -> Fields:
        return {"output": {FAILED: {"Error": _braced(f"{_DATA}.Error")}, UNCERTAIN: {}}}

    def left_over_text(self) -> str:
        return _braced(f'"Left behind: " & {_ALL_LEFT_OVER}')

    # What a lookup finds.

    def look_first(self, slot: Slot, lookup: Lookup) -> Fields:
        return self._look(slot, self._entries(slot, lookup, 0), "0")

    def look_next(self, slot: Slot, lookup: Lookup) -> Fields:
        index = self.at((*slot, NEXT, "index"))
        return self._look(slot, f"{self._entries(slot, lookup)}[{index}]", index)

    def _look(self, slot: Slot, item: str, index: str) -> Fields:
        return {"output": _updated((*slot, LOOK), f'{{"item": {item}, "index": {index}}}')}

    def count_on(self, slot: Slot, lookup: Lookup) -> Fields:
        index = f"{self.at((*slot, LOOK, 'index'))} + 1"
        count = f"$count({self._entries(slot, lookup)})"
        return {"output": _updated((*slot, NEXT), f'{{"index": {index}, "count": {count}}}')}

    def take(self, slot: Slot, found: Slot, lookup: Lookup) -> Fields:
        members = ", ".join(f"{_text(name)}: {self.at((*found, *LOOKED_AT, name))}" for name in lookup.needed)
        return {"output": _updated(slot, f"{{{members}}}")}

    def anything_found(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        return _condition(f"$exists({self._entries(slot, lookup, 0)})")

    def is_it(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        needed = [f"$exists({self.at((*slot, *LOOKED_AT, name))})" for name in lookup.needed]
        where = [] if lookup.where is None else [self._holds(lookup.where, lookup.location)]
        return _condition(" and ".join([*needed, *where]))

    def more(self, slot: Slot) -> asl.Condition:
        return _condition(f"{self.at((*slot, NEXT, 'index'))} < {self.at((*slot, NEXT, 'count'))}")

    # Maps.

    def iterate(self, each: Map) -> Fields:
        own = {ITEM: _braced("$states.context.Map.Item.Value"), INDEX: _braced("$states.context.Map.Item.Index")}
        selector = {self._layout.maps[each].root: own, **self._surroundings(each)}
        return {"items": _braced(self.reference(each.over)), "item_selector": selector}

    def iterate_again(self, each: Map) -> Fields:
        laid_out = self._layout.maps[each]
        selector = {laid_out.root: _braced("$states.context.Map.Item.Value"), **self._surroundings(each)}
        return {"items": _braced(self.at((*laid_out.slot, ITEMS))), "item_selector": selector}

    def _surroundings(self, each: Map) -> Fields:
        roots = [self._layout.maps[other].root for other in self._around]
        found: Fields = {root: _braced(self.at((root,))) for root in (*roots, ROOT)}
        found[INPUT] = _braced(self._input())
        if self._is_child():
            return {**found, CONTEXT: _braced(self.at((CONTEXT,)))}
        if each.distributed is not None:
            return {**found, CONTEXT: {name: _braced(f"$states.context.{name}") for name in self.executions_own}}
        return found

    def gather_items(self, slot: Slot) -> Fields:
        marks = f"[{_RESULT}.{MARKS}]"
        made = f"{{{_text(ITEMS)}: {_RESULT}, {_text(FAILED)}: {marks}, {_text(DECLARED)}: $string({marks})}}"
        return {"output": _updated(slot, made)}

    def gather_left(self, slot: Slot, depth: int) -> Fields:
        marks = f"[{_RESULT}{'.*' * depth}.{MARKS}]"
        return {"output": _updated(slot, f"{{{_text(ITEMS)}: {_RESULT}, {_text(MARKS)}: {marks}}}")}

    def next_round(self, slot: Slot) -> Fields:
        return {"output": _updated(slot, f"{{{_text(ROUND)}: {self.at((*slot, ROUND))} + 1}}")}

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
            return _condition(f"{place} = {_text(declared)}")
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
                return f'$type({text}) = "string" ? $contains({text}, {_regular(pattern)}) : false'
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
                return f"[{self.at((*self._layout.maps[value.map].slot, ITEMS))}{self._in_item(value)}]"
            case LeftOver():
                return _ALL_LEFT_OVER
            case Intrinsic():
                return self._intrinsic(value, location)
            case Deployed():
                return f'"{value.deployed_text()}"'
            case Mapping():
                members = (f"{_text(key)}: {self.expression(each, location)}" for key, each in value.items())
                return f"{{{', '.join(members)}}}"
            case list() | tuple():
                return f"[{', '.join(self.expression(each, location) for each in value)}]"
            case _:
                return json.dumps(plain(value), ensure_ascii=False)

    def _intrinsic(self, value: Intrinsic, location: Location) -> str:
        if value.name == "States.Format":
            pieces = [_text(piece) for piece in value.arguments[0].split("{}")]
            values = [self.expression(each, location) for each in value.arguments[1:]]
            parts = [part for pair in zip(pieces, [*values, '""'], strict=True) for part in pair]
            written = [part for part in parts if part != _EMPTY]
            text = f"$string({values[0]})" if written == values[:1] else f"({' & '.join(written) or _EMPTY})"
            needed = [f"$exists({each})" for each in dict.fromkeys(values) if each.startswith("$")]
            return f"{text}[{' and '.join(needed)}]" if needed else text  # without one of them there is no text at all
        arguments = [self.expression(each, location) for each in value.arguments]
        return _FUNCTIONS[value.name](*arguments)

    def template(self, tree: Any, location: Location) -> Any:
        """The tree with an expression, between braces, for each value that the execution computes."""
        match tree:
            case Mapping():
                return {key: self.template(value, location) for key, value in tree.items()}
            case list() | tuple():
                return [self.template(element, location) for element in tree]
            case Value():
                text = tree.deployed_text()
                return _braced(self.expression(tree, location)) if text is None else text
            case str() if tree.startswith("{%"):
                message = f"a text that begins with {{% would be read as an expression: {tree!r}"
                raise definition_error("KF304", message, location=location)
            case _:
                return plain(tree)


_EMPTY = '""'
_ALL_LEFT_OVER = f"$string([{walk(_DATA, LEFT)}.**.{LEFT_OVER_KEY}])"


def _braced(expression: str) -> str:
    return f"{{% {expression} %}}"


class _Updated(str):
    """An Output that is the data with one slot written; it remembers which, for a state that ends a branch with it."""

    slot: Slot
    value: str


def _updated(slot: Slot, value: str) -> _Updated:
    made = _Updated(_braced(_with(slot, value)))
    made.slot, made.value = slot, value
    return made


def _condition(expression: str) -> asl.Condition:
    return asl.Expression(_braced(expression))


def _joined(operator: str, conditions: Iterable[asl.Condition]) -> asl.Condition:
    texts = [each.text[2:-2].strip() for each in conditions if isinstance(each, asl.Expression)]
    if len(texts) == 1:
        return _condition(texts[0])
    return _condition(f" {operator} ".join(f"({text})" for text in texts))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _with(slot: Slot, value: str, root: str = _DATA) -> str:
    """The data with a value in a slot; objects on the way are made where there are none."""
    if not slot:
        return value
    first, *rest = slot
    inner = _with(tuple(rest), value, walk(root, (first,))) if rest else value
    return f"$merge([{root}, {{{_text(first)}: {inner}}}])"


def _selected(reads: Reads) -> str:
    """What is kept of a result: an object of what is read, which leaves out what is missing."""
    paths = read_paths(reads)
    if paths is None:
        return _RESULT
    tree: dict[str, Any] = {}
    for keys in paths:
        inner = tree
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = walk(_RESULT, keys)
    return _object(tree)


def _object(tree: Mapping[str, Any]) -> str:
    members = (f"{_text(key)}: {_object(each) if isinstance(each, dict) else each}" for key, each in tree.items())
    return f"{{{', '.join(members)}}}"


def _regular(pattern: str) -> str:
    r"""A pattern of StringMatches as a regular expression: `*` for any characters, `\*` for an asterisk."""
    parts = re.findall(r"\\\*|\\\\|\*|[^*\\]+|\\", pattern)
    texts = [r"[\s\S]*" if part == "*" else re.escape(part.replace("\\*", "*").replace("\\\\", "\\")) for part in parts]
    return f"/^{''.join(texts).replace('/', chr(92) + '/')}$/"


_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "States.Array": lambda *elements: f"[{', '.join(elements)}]",
    "States.ArrayPartition": lambda array, size: f"$partition({array}, {size})",
    "States.ArrayContains": lambda array, element: f"({element} in {array})",
    "States.ArrayRange": lambda first, last, step: f"$range({first}, {last}, {step})",
    "States.ArrayGetItem": lambda array, index: f"{array}[{index}]",
    "States.ArrayLength": lambda array: f"$count({array})",
    "States.ArrayUnique": lambda array: f"$distinct({array})",
    "States.Base64Encode": lambda text: f"$base64encode({text})",
    "States.Base64Decode": lambda text: f"$base64decode({text})",
    "States.Hash": lambda value, algorithm: f"$hash({value}, {algorithm})",
    "States.JsonMerge": lambda first, second, _deep: f"$merge([{first}, {second}])",
    "States.JsonToString": lambda value: f"$string({value})",
    "States.StringToJson": lambda text: f"$parse({text})",
    "States.MathRandom": lambda first, last: f"($floor($random() * ({last} - {first})) + {first})",
    "States.MathAdd": lambda first, second: f"({first} + {second})",
    "States.StringSplit": lambda text, separator: f"$split({text}, {_one_of(separator)})",
    "States.UUID": lambda: "$uuid()",
}
"""Each intrinsic function in JSONata, with the functions that Step Functions adds to it (`$partition`, `$uuid`)."""


def _one_of(separator: str) -> str:
    """Any character of a separator, which is a literal."""
    characters = json.loads(separator) if separator.startswith('"') else separator
    return f"/[{re.escape(characters)}]/" if len(characters) > 1 else separator
