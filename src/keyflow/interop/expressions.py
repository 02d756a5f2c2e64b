"""Paths, intrinsic functions, payload templates and conditions of the States Language, as keyflow's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keyflow import asl, bounds
from keyflow.asl import JSON
from keyflow.asl.fields import braced, is_expression, unbraced
from keyflow.diagnostics import DefinitionError, calling_location
from keyflow.dsl import intrinsics
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.expressions import All, Condition, Either, Negation, TypeTest, Value, comparison
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.values import Intrinsic, JsonataText, PathText, Reference, jsonata
from keyflow.json_values import Unquoted
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import PARAMETER

_STEP = lazy_pattern(
    r"\.(?P<name>[^\s.\[\]'\"*?@(),:$]+)|\[(?P<index>\d{1,9})\]"
    r"|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
)
_ROOT = lazy_pattern(r"\$\$|\$(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|\$")
_CALL = lazy_pattern(r"\s*States\.([A-Za-z0-9]+)\s*\(")
_TEXT = lazy_pattern(r"\s*'((?:[^'\\]|\\.)*)'\s*")
_BARE = lazy_pattern(r"\s*(-?\d+(?:\.\d+)?|true|false|null)\s*(?=[,)])")
_PATH = lazy_pattern(r"\s*(\$(?:[^,()\s'\"\[]|\[(?:[^\]'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*\])*)\s*(?=[,)])")
_NESTING = 20
"""Calls within one another that are read: Step Functions itself has 10."""
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_OPERATOR = lazy_pattern(
    r"(String|Numeric|Boolean|Timestamp)(Equals|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan)(Path)?"
)
_CASTS = {
    "String": Reference.as_string,
    "Numeric": Reference.as_number,
    "Boolean": Reference.as_boolean,
    "Timestamp": Reference.as_timestamp,
}

PYTHON_NAMES: Mapping[str, str] = {
    f"States.{name}": python
    for name, python in (
        ("Format", "format"),
        ("Array", "array"),
        ("ArrayPartition", "array_partition"),
        ("ArrayContains", "array_contains"),
        ("ArrayRange", "array_range"),
        ("ArrayGetItem", "array_get_item"),
        ("ArrayLength", "array_length"),
        ("ArrayUnique", "array_unique"),
        ("Base64Encode", "base64_encode"),
        ("Base64Decode", "base64_decode"),
        ("Hash", "hash"),
        ("JsonMerge", "json_merge"),
        ("JsonToString", "json_to_string"),
        ("StringToJson", "string_to_json"),
        ("MathRandom", "math_random"),
        ("MathAdd", "math_add"),
        ("StringSplit", "string_split"),
        ("UUID", "uuid"),
    )
}
"""keyflow's name of each intrinsic function."""


class Inexpressible(Exception):
    """Something has no form in keyflow's own words; what has it stays JSON."""


class Expressions:
    """Reads expressions for one state machine; `parameters` are those that have been met, by name.

    `kept` are paths and functions that keyflow would spell in another way: where a text may stand, they stay texts.
    `types` are those of parameters that are no texts.
    """

    def __init__(
        self, machine: StateMachine, kept: frozenset[str] = frozenset(), types: Mapping[str, type] | None = None
    ) -> None:
        self._machine = machine
        self._kept = kept
        self._types = types or {}
        self.parameters: dict[str, Parameter] = {}

    def tree(self, document: JSON) -> Any:
        """A template: `"key.$"` becomes the key with a value, `"{% ... %}"` an expression, `"${Name}"` a parameter."""
        match document:
            case dict():
                found: dict[str, Any] = {}
                for key, value in document.items():
                    name, read = (key[:-2], self.value) if key.endswith(".$") else (key, self.tree)
                    if name in found or (key.endswith(".$") and not isinstance(value, str)):
                        raise Inexpressible(f"key {key!r} here")
                    found[name] = read(value)
                return found
            case list():
                return [self.tree(element) for element in document]
            case Unquoted():
                return self.number(document)
            case str():
                return self.text(document)
            case _:
                return document

    def number(self, placeholder: Unquoted) -> Parameter:
        """The parameter of a placeholder that stands without quotes."""
        named = PARAMETER.fullmatch(placeholder)
        if named is None:
            raise Inexpressible(f"such placeholder without quotes: {placeholder}")
        return self._parameter(named[1])

    def text(self, text: str) -> Any:
        """The value for a text: a JSONata expression, a parameter, a `format` of parameters, or the text itself."""
        if is_expression(text):
            return jsonata(unbraced(text) if text == braced(unbraced(text)) else text)
        whole = PARAMETER.fullmatch(text)
        if whole is not None and whole[1] not in self._types:
            return self._parameter(whole[1])
        names = PARAMETER.findall(text)
        rest = PARAMETER.sub("", text)
        if not names or "${" in rest or "{" in rest or "}" in rest:
            return text
        return intrinsics.format(PARAMETER.sub("{}", text), *map(self._parameter, names))

    def _parameter(self, name: str) -> Parameter:
        return self.parameters.setdefault(name, Parameter(name, type=self._types.get(name, str)))

    def value(self, text: str) -> Value:
        """A path or an intrinsic function."""
        if len(text) > bounds.EXPRESSION_CHARACTERS or text in self._kept:
            return PathText(text, calling_location())
        if text.startswith("$"):
            return self._path(text)
        call = self._call(text.strip(), 0, 0)
        if call is None or call[1] != len(text.strip()):
            return PathText(text, calling_location())
        return call[0]

    def _path(self, text: str) -> Value:
        reference = self._reference(text)
        return PathText(text, calling_location()) if reference is None else reference

    def _reference(self, text: str) -> Reference | None:
        root = _ROOT.match(text)
        keys = None if root is None else keys_of(text[root.end() :])
        if root is None or keys is None:
            return None
        found = self._machine.data
        if root[0] == "$$":
            found = self._machine.context
        elif root["variable"] is not None:
            found = self._machine.variable(root["variable"])
        try:
            for key in keys:
                found = found[key]
        except DefinitionError:
            return None
        return found

    # Intrinsic functions.

    def _call(self, text: str, start: int, depth: int) -> tuple[Value, int] | None:
        """The intrinsic function that begins at `start`, and where to read on; None if keyflow has no such function."""
        match = _CALL.match(text, start)
        if match is None or f"States.{match[1]}" not in PYTHON_NAMES or depth > _NESTING:
            return None
        arguments: list[Any] = []
        position = match.end()
        while not text[position:].lstrip().startswith(")"):
            argument = self._argument(text, position, depth, is_template=match[1] == "Format" and not arguments)
            if argument is None:
                return None
            arguments.append(argument[0])
            position = argument[1]
            if text[position : position + 1] == ",":
                position += 1
            elif text[position : position + 1] != ")":
                return None
        position = text.index(")", position) + 1
        call = made(f"States.{match[1]}", arguments)
        end = position + len(text[position:]) - len(text[position:].lstrip())
        return None if call is None else (call, end)

    def _argument(self, text: str, start: int, depth: int, *, is_template: bool) -> tuple[Any, int] | None:
        quoted = _TEXT.match(text, start)
        if quoted is not None:
            plain = _unescaped(quoted[1], is_template=is_template)
            return None if plain is None else (plain, quoted.end())
        bare = _BARE.match(text, start)
        if bare is not None:
            word = bare[1]
            number: Any = _WORDS[word] if word in _WORDS else float(word) if "." in word else int(word)
            return number, bare.end()
        found = _PATH.match(text, start)
        if found is not None:
            return self._path(found[1]), found.end()
        return self._call(text, start, depth + 1)

    # Conditions.

    def condition(self, condition: asl.Condition) -> Condition | JsonataText:
        """A condition of a Choice."""
        match condition:
            case asl.Expression(text=text):
                read = self.text(text) if isinstance(text, str) else None
                if not isinstance(read, JsonataText):
                    raise Inexpressible(f"condition {text!r}")
                return read
            case asl.And(conditions, extra) if not extra:
                return self._joined(All, conditions)
            case asl.Or(conditions, extra) if not extra:
                return self._joined(Either, conditions)
            case asl.Not(negated, extra) if not extra:
                inner = self.condition(negated)
                if isinstance(inner, Condition):
                    return Negation(inner, exact=isinstance(inner, TypeTest))  # else it were `IsPresent: false`
            case asl.Comparison(extra=extra) if not extra:
                return self._comparison(condition)
        raise Inexpressible("such condition")

    def _joined(self, kind: type[All] | type[Either], conditions: tuple[asl.Condition, ...]) -> Condition:
        """An And or an Or: exact where the operator of Python would make another one of it."""
        read = tuple(each for each in map(self.condition, conditions) if isinstance(each, Condition))
        if not read or len(read) < len(conditions):
            raise Inexpressible("such condition")
        other = len(read) == 1 or any(isinstance(each, kind) and not each.exact for each in read)
        return kind(read, exact=other)

    def _comparison(self, found: asl.Comparison) -> Condition:
        if not isinstance(found.variable, str):
            raise Inexpressible("such Variable")
        left = self._path(found.variable)
        if found.operator.startswith("Is"):
            test = TypeTest(found.operator, left)
            return test if found.value is True else Negation(test)
        if found.operator == "StringMatches":
            return left.matches(found.value)
        operator = _OPERATOR.fullmatch(found.operator)
        if operator is None or not isinstance(left, Reference):
            raise Inexpressible(f"{found.operator} of such a path")
        cast = _CASTS[operator[1]]
        right = self.tree(found.value)
        if operator[3] is not None:
            left, right = cast(left), self._path(found.value)
        elif operator[1] == "Timestamp" or isinstance(right, Value):
            left = cast(left)
        return comparison(operator[2], left, right)


def keys_of(text: str) -> list[str | int] | None:
    """The keys of a path behind its root; None where it selects many."""
    keys: list[str | int] = []
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        if step["index"] is not None:
            keys.append(int(step["index"]))
        elif step["name"] is not None:
            keys.append(step["name"])
        else:
            quoted = step["single"] if step["single"] is not None else step["double"]
            if re.search(r"\\[^'\"\\]", quoted):  # an escape with a meaning of its own, like \n
                return None
            keys.append(re.sub(r"\\(.)", r"\1", quoted))
        position = step.end()
    return keys


def made(name: str, arguments: list[Any]) -> Intrinsic | None:
    """The call as keyflow's own function makes it; None where the function cannot."""
    if name == "States.JsonMerge":
        if len(arguments) != 3 or arguments[2] is not False:
            return None
        arguments = arguments[:2]
    function = getattr(intrinsics, PYTHON_NAMES[name])
    try:
        call: Intrinsic = function(*arguments)
    except (DefinitionError, TypeError, AttributeError):
        return None
    return call


def _unescaped(raw: str, *, is_template: bool) -> str | None:
    """A string literal's text. A template keeps its places; one with other braces that look like places has no form."""
    if not is_template:
        return re.sub(r"\\(.)", r"\1", raw)
    if "${" in raw or r"\{\}" in raw or r"\{}" in raw or r"{\}" in raw:
        return None
    return re.sub(r"\\(.)", r"\1", raw)
