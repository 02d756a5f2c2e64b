"""The expressions of JSONata states: where they stand, and what they read that is not there.

The States Language gives an expression no input document: what it reads are variables.
Source: https://states-language.net/spec.html#jsonata-restrictions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.asl.fields import is_expression, unbraced
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError

if TYPE_CHECKING:
    from keyflow.jsonata_language.syntax.nodes import Node

_UNREAD = ("Comment", "Resource", "Next", "Default", "Type", "ErrorEquals", "CSVHeaders")
"""Fields that are text to Step Functions, whatever they look like."""
_PAYLOADS = ("Arguments", "Assign", "Output", "Items", "ItemSelector", "BatchInput", "Credentials")
"""Fields that hold what their author likes: a key in them is no field's name."""
_SCOPES = ("Branches", "ItemProcessor", "Iterator")
_BUILT_IN = frozenset((
    "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone", "contains",
    "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl", "encodeUrlComponent", "error",
    "eval", "exists", "filter", "floor", "formatBase", "formatInteger", "formatNumber", "fromMillis", "join",
    "keys", "length", "lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not", "now",
    "number", "pad", "parseInteger", "power", "random", "reduce", "replace", "reverse", "round", "shuffle", "sift",
    "single", "sort", "split", "spread", "sqrt", "string", "substring", "substringAfter", "substringBefore", "sum",
    "toMillis", "trim", "type", "uppercase", "zip", "partition", "range", "hash", "uuid", "parse",
))  # fmt: skip
"""The functions of JSONata 2.0.6, and those that Step Functions adds.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a JSONata state, an expression or not, and its place."""

    state: State
    path: Path
    text: str
    is_read: bool = True

    @property
    def field(self) -> Path:
        """The keys that lead from the state to the text."""
        return self.path[len(self.state.path) :]

    @property
    def expression(self) -> str | None:
        """What stands between {% and %}; None where the text is plain, is put in at deployment, or is beyond bounds."""
        is_known = self.is_read and is_expression(self.text) and not is_substitution(self.text)
        return unbraced(self.text) if is_known else None


def texts_of(definition: Definition) -> Iterator[Text]:
    """Every text of the states in JSONata in which an expression can stand; they are looked for once."""
    return iter(definition.once("jsonata", lambda given: list(_all_texts(given))))


def _all_texts(definition: Definition) -> Iterator[Text]:
    left = bounds.JSONATA_CHARACTERS
    for state in definition.states:
        if state.language == JSONATA:
            own = {key: value for key, value in state.document.items() if key not in _SCOPES}
            for text in _texts(state, own, state.path, False):
                if is_expression(text.text):
                    left -= len(text.text)
                within = left >= 0 and len(text.text) <= bounds.EXPRESSION_CHARACTERS
                yield text if within else replace(text, is_read=False)


def _texts(state: State, tree: JSON, path: Path, in_payload: bool) -> Iterator[Text]:
    match tree:
        case dict():
            for key, value in tree.items():
                if in_payload or key not in _UNREAD:
                    yield from _texts(state, value, (*path, key), in_payload or key in _PAYLOADS)
        case list():
            for index, element in enumerate(tree):
                yield from _texts(state, element, (*path, index), in_payload)
        case str():
            yield Text(state, path, tree)


def blanks(text: str) -> tuple[bool, bool] | None:
    """Whether a blank stands behind {%, and in front of %}; None where there is no expression between them."""
    inner = text[2:-2]
    return (inner[0].isspace(), inner[-1].isspace()) if is_expression(text) and inner.strip() else None


@lru_cache(maxsize=16_384)
def syntax_problem(expression: str) -> str | None:
    """Why a text is no JSONata of Step Functions; None where it is."""
    tree = _parsed(expression)
    return f"{expression!r} is no JSONata: {tree}" if isinstance(tree, JsonataError) else None


@lru_cache(maxsize=16_384)
def reads(expression: str) -> frozenset[str]:
    """What an expression reads of what it cannot: `$`, `$$`, `$eval`, a field's name; and its members of `$states`.

    The latter as `$states.result`. A name behind a minus, which is most likely the end of a member's name with a hyphen
    in it, is given with the minus. Nothing, where the text is no JSONata.
    """
    from keyflow.jsonata_language.syntax.names import reads_of  # most definitions have no expression

    return _found(reads_of, expression)


@lru_cache(maxsize=16_384)
def variables(expression: str) -> frozenset[str]:
    """The variables that an expression takes from outside: not `$states`, no function, and none of its own."""
    from keyflow.jsonata_language.syntax.names import variables_of

    return _found(variables_of, expression) - _BUILT_IN - {"", "$", "states"}


@lru_cache(maxsize=16_384)
def called(expression: str) -> frozenset[str]:
    """The names that an expression calls as functions and does not bind itself, those of JSONata included."""
    from keyflow.jsonata_language.syntax.names import called_by

    return _found(called_by, expression)


def _found(names_of: Callable[[Node], frozenset[str]], expression: str) -> frozenset[str]:
    """The names that are found in an expression; none where the text is no JSONata, or too long to be read."""
    tree = _parsed(expression)
    return frozenset() if tree is None or isinstance(tree, JsonataError) else names_of(tree)


@lru_cache(maxsize=16_384)
def _parsed(expression: str) -> Node | JsonataError | None:
    """The expression as a tree; an error where it is none, None where it is too long to be read."""
    if len(expression) > bounds.EXPRESSION_CHARACTERS:
        return None
    from keyflow.jsonata_language.syntax.parser import parse

    try:
        return parse(expression)
    except JsonataError as error:
        return error
