"""What JSON has, as strict as AWS reads it: Python's own reader and writer take NaN and Infinity, too."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from keyflow import bounds
from keyflow.lazy import lazy_pattern

if TYPE_CHECKING:
    from decimal import Decimal

_HALF = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u]|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
"""Half a character, behind the pairs and the escapes that are none."""


class Unquoted(str):
    """A placeholder that stands without quotes: `"Seconds": ${Delay}`, for which a deployment puts a number.

    CloudFormation replaces placeholders in a definition's text, so what stands between quotes stays text.
    Source: https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions
    (statemachine, DefinitionProcessor.transformDefinition)

    `kind` is JSON Schema's word for what comes there; None for any value. `stand_in` is a value of that kind: what a
    definition runs with, and is proven with, where none is given.
    """

    kind: str | None
    stand_in: Any

    def __new__(cls, text: str, kind: str | None = None, stand_in: Any = 1) -> Unquoted:
        made = super().__new__(cls, text)
        made.kind, made.stand_in = kind, stand_in
        return made

    def may_be(self, kind: str) -> bool:
        """Whether what comes there may be of a kind, in JSON Schema's word: a whole number is a number."""
        return self.kind in (None, kind) or (self.kind, kind) == ("integer", "number")


def with_stand_ins(tree: Any) -> Any:
    """The same tree with a value for each placeholder without quotes."""
    return with_leaves(tree, lambda leaf: leaf.stand_in if isinstance(leaf, Unquoted) else leaf)


_TEXT_OR_PLACEHOLDER = lazy_pattern(r'"(?:[^"\\]|\\.)*"|\$\{[^{}"\n]*\}(?!\s*:)')
_MARK = "\0"


def parse_definition(text: str) -> Any:
    """What a text of JSON says in which placeholders may stand without quotes.

    Raises:
        ValueError: It is none, as of `parse`.
    """

    def quoted(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else json.dumps(f"{_MARK}{match[0]}")

    def late(leaf: Any) -> Any:
        return Unquoted(leaf[1:]) if isinstance(leaf, str) and leaf.startswith(_MARK) else leaf

    return with_leaves(parse(_TEXT_OR_PLACEHOLDER.sub(quoted, text)), late)


def parse(text: str) -> Any:
    """What a text of RFC 8259 says.

    Raises:
        ValueError: It is no JSON, is nested deeper than `bounds.DEPTH`, or has half a character in it.
    """
    if has_half_characters(text):
        raise ValueError(HALF)
    try:
        value = json.loads(text, parse_float=number, parse_int=whole, parse_constant=refuse)
    except RecursionError:
        raise ValueError(bounds.too_deep()) from None
    if bounds.is_too_deep(value):
        raise ValueError(bounds.too_deep())
    return value


def is_decimal(value: object) -> TypeGuard[Decimal]:
    """Whether a value is a `Decimal`. Nothing is where nobody has imported the module, which takes a while."""
    return "decimal" in sys.modules and isinstance(value, sys.modules["decimal"].Decimal)


HALF = "it has half a character (\\ud800 to \\udfff without its other half), which no file can hold"


def has_half_characters(text: str) -> bool:
    """Whether a text of JSON writes half of a surrogate pair."""
    if not text.isascii() and not is_whole(text):
        return True
    escapes = "\\ud" in text or "\\uD" in text
    return escapes and any(match[1] for match in re.finditer(_HALF, text))


def is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair in it, and can so be written to a file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def number(text: str) -> float:
    """The fraction that a text writes; raises `ValueError` where it is too large for one."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{shortened(text)} is too large a number")
    return value


def whole(text: str) -> int:
    """The whole number that a text writes; raises `ValueError` where no fraction would be as large."""
    if len(text) > bounds.NUMBER_CHARACTERS:
        raise ValueError(f"{shortened(text)} is too large a number")
    value = int(text)
    if len(text) > 300:
        number(text)
    return value


def shortened(text: str) -> str:
    """A text that is shown in a message."""
    return text if len(text) <= 60 else f"{text[:60]}..."


def refuse(constant: str) -> NoReturn:
    """Raises `ValueError` for a word that Python's reader takes for a number: `NaN`, `Infinity`."""
    raise ValueError(f"JSON has no {constant}")


def problem(tree: Any) -> str | None:
    """Why a tree of Python values is no JSON, as a whole sentence; None where it is."""
    match tree:
        case Mapping():
            for key, value in tree.items():
                found = problem(value) if isinstance(key, str) else f"a key is text in JSON, not {key!r}"
                if found is not None:
                    return found
        case list() | tuple():
            return next((found for found in map(problem, tree) if found is not None), None)
        case str():
            return (
                None if tree.isascii() or is_whole(tree) else f"{tree!r} has half a character, which JSON cannot hold"
            )
        case int() | None:
            return None
        case float():
            return None if math.isfinite(tree) else f"JSON has no {tree}"
        case _:
            return f"JSON has no {type(tree).__name__}: {tree!r}"
    return None


def leaves(tree: Any) -> Iterator[Any]:
    """What stands in a tree's objects and lists and is none itself, in the order written."""
    match tree:
        case Mapping():
            for value in tree.values():
                yield from leaves(value)
        case list() | tuple():
            for element in tree:
                yield from leaves(element)
        case _:
            yield tree


def with_leaves(tree: Any, changed: Callable[[Any], Any]) -> Any:
    """The same objects and lists with another value for each leaf; keys stay."""
    match tree:
        case str():  # what nearly all leaves are
            return changed(tree)
        case Mapping():
            return {key: with_leaves(value, changed) for key, value in tree.items()}
        case list() | tuple():
            return [with_leaves(element, changed) for element in tree]
        case _:
            return changed(tree)


_WRITTEN = range(-(2**63), 2**64)
"""The whole numbers that the library writes: https://github.com/ijl/orjson#int"""


def compact(tree: Any) -> bytes:
    """A tree as JSON without blanks; placeholders without quotes stand as they are."""
    return _written(tree, 0)


def indented(tree: Any) -> bytes:
    """A tree as a file of JSON, with two spaces for each level; placeholders without quotes stand as they are."""
    import orjson

    return _written(tree, orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _written(tree: Any, option: int) -> bytes:
    import orjson

    option |= orjson.OPT_PASSTHROUGH_SUBCLASS
    try:
        return orjson.dumps(tree, _bare, option)
    except TypeError:  # a large number, or a key that is no text
        return orjson.dumps(with_leaves(tree, _large_as_text), _bare, option | orjson.OPT_NON_STR_KEYS)


def _bare(value: Any) -> Any:
    """What stands for a value of a class that the library does not know."""
    import orjson

    match value:
        case Unquoted():
            return orjson.Fragment(str(value))
        case str():
            return str(value)
        case Mapping():
            return dict(value)
        case list() | tuple():
            return list(value)
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}: {value!r}")


def _large_as_text(leaf: Any) -> Any:
    if isinstance(leaf, int) and leaf not in _WRITTEN:
        import orjson

        return orjson.Fragment(str(leaf))
    return leaf
