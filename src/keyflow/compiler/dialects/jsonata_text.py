"""JSONata as text: paths, objects, updated data, patterns, and each intrinsic function in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.dialects.dialect import read_paths
from keyflow.compiler.layout import Slot
from keyflow.lazy import lazy_pattern

_IDENTIFIER = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = ("and", "in", "or", "true", "false", "null", "function")
DATA, RESULT, ERROR = "$states.input", "$states.result", "$states.errorOutput"


def walk(root: str, keys: Iterable[str | int]) -> str:
    """A path: `walk("$states.input", ("results", "key", 0, "x-y"))` is ``$states.input.results.key[0].`x-y` ``."""
    return root + "".join(map(_step, keys))


@lru_cache(maxsize=4096)
def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _IDENTIFIER.fullmatch(key) and key not in _WORDS else f".`{key}`"


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def literal_text(literal: Any) -> str:
    """A literal of JSON as one of JSONata."""
    return _ENCODER.encode(literal)


def object_of(tree: Mapping[str, Any]) -> str:
    """An object, nested as the tree is, whose leaves are expressions; one without a value is left out."""
    members = (
        f"{literal_text(key)}: {object_of(each) if isinstance(each, dict) else each}" for key, each in tree.items()
    )
    return f"{{{', '.join(members)}}}"


def as_element(value: str) -> str:
    """A value as one element of the array constructor that it stands in, which takes an array apart.

    Source: https://docs.jsonata.org/construction#array-constructors
    """
    return f'($type({value}) = "array" ? [[{value}]] : {value})'


def where_all_are(text: str, values: Iterable[str]) -> str:
    """A text that is there where all of these values are: without one of them there is no text at all."""
    needed = [f"$exists({each})" for each in dict.fromkeys(values)]
    return f"{text}[{' and '.join(needed)}]" if needed else text


def text_of(document: str, values: Iterable[str]) -> str:
    """The JSON text of an expression, which has these values in it: an object would leave a missing one out."""
    return where_all_are(f"$string({document})", values)


def with_value(slot: Slot, value: str, root: str = DATA) -> str:
    """The data with a value in a slot; objects on the way are made where there are none."""
    if not slot:
        return value
    first, *rest = slot
    inner = with_value(tuple(rest), value, walk(root, (first,))) if rest else value
    return f"$merge([{root}, {{{literal_text(first)}: {inner}}}])"


def selected(reads: Reads) -> str:
    """What is kept of a result: an object of what is read, which leaves out what is missing."""
    paths = read_paths(reads)
    if paths is None:
        return RESULT
    tree: dict[str, Any] = {}
    for keys in paths:
        inner = tree
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = walk(RESULT, keys)
    return object_of(tree)


def collected(array: str, member: str, *, scalars: bool) -> str:
    """What a member of each element is, where there is one; a path alone would make one array of several."""
    if scalars:
        return f"[{array}{member}]"
    here = f"$each{member}"
    added = f'$type({here}) = "array" ? $append($all, [[{here}]]) : $append($all, {here})'
    return f"$reduce({array}, function($all, $each) {{ {added} }}, [])"


def regular_expression(pattern: str) -> str:
    r"""A pattern of StringMatches as a regular expression: `*` for any characters, `\*` for an asterisk."""
    parts = re.findall(r"\\\*|\\\\|\*|[^*\\]+|\\", pattern)
    texts = [r"[\s\S]*" if part == "*" else re.escape(part.replace("\\*", "*").replace("\\\\", "\\")) for part in parts]
    return f"/^{''.join(texts).replace('/', chr(92) + '/')}$/"


FUNCTIONS: Mapping[str, Callable[..., str]] = {
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
