"""A JSON Schema as one function that says yes or no: what is wrong, `jsonschema` words.

It knows the keywords (draft 2020-12) that keyflow's own schema has, and no others.
Source: https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

from keyflow.asl.fields import JSON
from keyflow.json_values import Unquoted

Test = Callable[[Any], bool]


def validator(schema: JSON) -> Test:
    """Whether a value is valid by a schema.

    Raises:
        ValueError: The schema has a keyword that this module does not know.
    """
    definitions = {} if isinstance(schema, bool) else schema.get("$defs", {})
    return _Compiler(definitions).test(schema)


class _Compiler:
    """Makes one function of each schema; those that others refer to are made once, where one is met."""

    def __init__(self, definitions: Mapping[str, JSON]) -> None:
        self._definitions = definitions
        self._made: dict[str, Test] = {}

    def test(self, schema: JSON) -> Test:
        if isinstance(schema, bool):
            return lambda _value: schema
        unknown = schema.keys() - _KEYWORDS
        if unknown:
            raise ValueError(f"no keyword of keyflow's schema: {', '.join(sorted(unknown))}")
        keywords = sorted(schema.keys() & _MAKERS.keys(), key=_ORDER.__getitem__)
        every = _every([_MAKERS[key](self, schema[key], schema) for key in keywords])
        may_be_text = schema.get("type") in ("string", ["string", "null"]) and _OF_TEXT.issuperset(keywords)
        return _of_text(schema, every) if may_be_text else every

    def reference(self, name: str) -> Test:
        """The test of a definition, which is made when it is first asked."""

        def test(value: Any) -> bool:
            made = self._made.get(name)
            if made is None:
                made = self._made[name] = self.test(self._definitions[name])
            return made(value)

        return test


def _of_text(schema: Mapping[str, Any], every: Test) -> Test:
    """The test of a text, all in one, as many are asked; what is none is left to the others."""
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    search = re.compile(schema["pattern"]).search if "pattern" in schema else None

    def test(value: Any) -> bool:
        if type(value) is not str:
            return every(value)
        return shortest <= len(value) <= longest and (search is None or search(value) is not None)

    return test


def _every(tests: Sequence[Test]) -> Test:
    """Whether all tests hold."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) and second(value)

    def test(value: Any) -> bool:
        for each in tests:  # noqa: SIM110  which is quicker
            if not each(value):
                return False
        return True

    return test


def _some(tests: Sequence[Test]) -> Test:
    """Whether one of the tests holds, or more."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) or second(value)
    return lambda value: any(test(value) for test in tests)


def _reference(compiler: _Compiler, given: str, _schema: JSON) -> Test:
    return compiler.reference(given.removeprefix("#/$defs/"))


def _type(_compiler: _Compiler, given: Any, _schema: JSON) -> Test:
    return _some([_TYPES[name] for name in ([given] if isinstance(given, str) else given)])


_TYPES: Mapping[str, Test] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: type(value) is str or _is_late(value, "string"),
    "boolean": lambda value: isinstance(value, bool) or _is_late(value, "boolean"),
    "null": lambda value: value is None,
    "number": lambda value: (
        (isinstance(value, int | float) and not isinstance(value, bool)) or _is_late(value, "number")
    ),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
        or _is_late(value, "integer")
    ),
}


def _is_late(value: Any, kind: str) -> bool:
    """Whether a deployment puts in a value of that kind; texts of other classes (`Path`) are texts."""
    if isinstance(value, Unquoted):
        return value.may_be(kind)
    return kind == "string" and isinstance(value, str)


def is_of_type(value: Any, name: str) -> bool:
    """Whether a value is of a type that JSON Schema names; what a deployment puts in is of the type that it becomes."""
    return _TYPES[name](value)


def _enum(_compiler: _Compiler, given: list[Any], _schema: JSON) -> Test:
    if all(isinstance(each, str) for each in given):
        texts = frozenset(given)
        return lambda value: isinstance(value, str) and value in texts
    return lambda value: any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in given)


def _const(compiler: _Compiler, given: Any, schema: JSON) -> Test:
    return _enum(compiler, [given], schema)


def _members(compiler: _Compiler, _given: Any, schema: JSON) -> Test:
    """Every member by its own schema, and those that have none by that of all others."""
    tests = {name: compiler.test(each) for name, each in schema.get("properties", {}).items()}
    others = compiler.test(schema.get("additionalProperties", True))

    def test(value: Any) -> bool:
        if isinstance(value, dict):
            for name, member in value.items():
                if not tests.get(name, others)(member):
                    return False
        return True

    return test


def _property_names(compiler: _Compiler, given: JSON, _schema: JSON) -> Test:
    test = compiler.test(given)
    return lambda value: not isinstance(value, dict) or all(map(test, value))


def _required(_compiler: _Compiler, given: list[str], _schema: JSON) -> Test:
    match given:  # most ask for one member, or for two that exclude each other
        case [name]:
            return lambda value: not isinstance(value, dict) or name in value
        case [first, second]:
            return lambda value: not isinstance(value, dict) or (first in value and second in value)
        case _:
            return lambda value: not isinstance(value, dict) or all(map(value.__contains__, given))


def _items(compiler: _Compiler, given: JSON, _schema: JSON) -> Test:
    test = compiler.test(given)
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _pattern(_compiler: _Compiler, given: str, _schema: JSON) -> Test:
    search = re.compile(given).search
    return lambda value: not isinstance(value, str) or isinstance(value, Unquoted) or search(value) is not None


def _sized(kind: type[Sized], holds: Callable[[int, int], bool]) -> Callable[[_Compiler, int, JSON], Test]:
    return lambda _compiler, bound, _schema: lambda value: not isinstance(value, kind) or holds(len(value), bound)


def _bounded(holds: Callable[[Any, Any], bool]) -> Callable[[_Compiler, Any, JSON], Test]:
    def is_number(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    return lambda _compiler, bound, _schema: lambda value: not is_number(value) or holds(value, bound)


def _any_of(compiler: _Compiler, given: list[JSON], _schema: JSON) -> Test:
    return _some([compiler.test(each) for each in given])


def _all_of(compiler: _Compiler, given: list[JSON], _schema: JSON) -> Test:
    every = _every([compiler.test(each) for each in given])
    chosen = _chosen(given)
    if chosen is None:
        return every
    member, asked = chosen
    tests = {text: compiler.test(each) for text, each in asked.items()}

    def test(value: Any) -> bool:
        text = value.get(member) if isinstance(value, dict) else None
        if not isinstance(text, str):
            return every(value)
        return text not in tests or tests[text](value)

    return test


def _chosen(given: list[JSON]) -> tuple[str, Mapping[str, JSON]] | None:
    """The member by whose text one of the schemas is chosen (each is an `if` and a `then`), and what each text asks."""
    asked: dict[tuple[str, str], JSON] = {}
    for each in given:
        match each:
            case {"if": {"properties": properties}, "then": then}:
                for member, schema in properties.items():
                    match schema:
                        case {"const": str(text)} if each == _choice(member, text, then):
                            asked[member, text] = then
    members = {member for member, _text in asked}
    if len(asked) != len(given) or len(members) != 1:
        return None
    return members.pop(), {text: schema for (_member, text), schema in asked.items()}


def _choice(member: str, text: str, then: JSON) -> JSON:
    return {"if": {"properties": {member: {"const": text}}}, "then": then}


def _one_of(compiler: _Compiler, given: list[JSON], _schema: JSON) -> Test:
    asked = _asked_for(given)
    if asked is not None:
        return lambda value: isinstance(value, dict) and _met(asked, value) == 1
    tests = [compiler.test(each) for each in given]
    return lambda value: sum([test(value) for test in tests]) == 1


def _asked_for(given: list[JSON]) -> Mapping[str, Sequence[str]] | None:
    """Where schemas ask for members and no more: by the member that only one asks for, what it asks for beside it."""
    asked = [each["required"] for each in given if isinstance(each, dict) and each.keys() == {"required"}]
    times = Counter(name for names in asked for name in {*names})
    own = [next((name for name in names if times[name] == 1), None) for names in asked]
    if len(asked) < max(len(given), 2) or None in own:
        return None
    return {str(name): [each for each in names if each != name] for name, names in zip(own, asked, strict=True)}


def _met(asked: Mapping[str, Sequence[str]], value: Mapping[str, Any]) -> int:
    """How many of the schemas an object meets."""
    return len([name for name in value if name in asked and all(map(value.__contains__, asked[name]))])


def _not(compiler: _Compiler, given: JSON, _schema: JSON) -> Test:
    test = compiler.test(given)
    return lambda value: not test(value)


def _if(compiler: _Compiler, given: JSON, schema: JSON) -> Test:
    asked = compiler.test(given)
    then, otherwise = compiler.test(schema.get("then", True)), compiler.test(schema.get("else", True))
    return lambda value: then(value) if asked(value) else otherwise(value)


_MAKERS: Mapping[str, Callable[[_Compiler, Any, JSON], Test]] = {
    "type": _type,
    "$ref": _reference,
    "const": _const,
    "enum": _enum,
    "required": _required,
    "minProperties": _sized(dict, lambda length, bound: length >= bound),
    "minItems": _sized(list, lambda length, bound: length >= bound),
    "minLength": _sized(str, lambda length, bound: length >= bound),
    "maxLength": _sized(str, lambda length, bound: length <= bound),
    "minimum": _bounded(lambda number, bound: number >= bound),
    "maximum": _bounded(lambda number, bound: number <= bound),
    "exclusiveMaximum": _bounded(lambda number, bound: number < bound),
    "pattern": _pattern,
    "propertyNames": _property_names,
    "properties": _members,
    "additionalProperties": lambda compiler, given, schema: (
        _members(compiler, given, schema) if "properties" not in schema else lambda _value: True
    ),
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "allOf": _all_of,
    "not": _not,
    "if": _if,
}
"""Keywords in the order in which they are asked: what is quick first."""
_ORDER = {key: index for index, key in enumerate(_MAKERS)}
_OF_TEXT = frozenset(("type", "pattern", "minLength", "maxLength"))
_KEYWORDS = frozenset((*_MAKERS, "then", "else", "$schema", "$defs", "title"))
