"""The intrinsic functions of the JSONPath language: read once, evaluated on an execution's data.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from keyflow import json_values
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine.errors import INTRINSIC_FAILURE, RUNTIME, FieldError, StatesError
from keyflow.engine.paths import Find, JsonPath, finding, parsed, raising
from keyflow.engine.payload import bounded
from keyflow.lazy import lazy_pattern

if TYPE_CHECKING:
    import random

_TOKEN = lazy_pattern(
    r"\s*(?:(?P<function>States\.[A-Za-z0-9]+)\s*\(|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)"
    r"|(?P<path>\$(?:[^,()'\[]|\[(?:[^\]'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*\])*))"
)
_NESTING_LIMIT = 10
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class _Template:
    """The text of a string argument with its escapes: `States.Format` tells `\\{` from `{`."""

    raw: str

    @property
    def text(self) -> str:
        return re.sub(r"\\(.)", r"\1", self.raw)


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: tuple[Any, ...]


class Randomness:
    """Where random numbers and UUIDs of an execution come from: a seed, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @cached_property
    def _random(self) -> random.Random:
        """Made when it is first asked: most executions are left to no chance."""
        import random

        return random.Random(self._seed)  # noqa: S311  a simulation's, no secret

    def integer(self, first: int, last: int) -> int:
        """A whole number from first (included) to last (excluded)."""
        return self._random.randrange(first, last)

    def fraction(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        return self._random.random()

    def uuid(self) -> str:
        """A UUID, version 4."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


_NO_VALUE = "The JsonPath argument for the field '{path}' could not be found in the input '{input}'"
"""What Step Functions says of an argument that leads nowhere."""


@lru_cache(maxsize=4096)
def evaluating(text: str) -> Find:
    """An intrinsic function's invocation as a function of the data and of what is around it, chance included."""
    try:
        compute = _computing(_parsed(text))
    except StatesError as error:
        return raising(error)

    def evaluate(data: JSON, around: Any) -> JSON:
        try:
            return compute(data, around)
        except FieldError as error:
            if error.error not in (INTRINSIC_FAILURE, RUNTIME):
                raise
            cause = f"The function '{text}' had the following error: {error.cause}"
            raise FieldError(error.error, cause) from error

    return evaluate


def apply(name: str, values: Sequence[JSON], randomness: Randomness) -> JSON:
    """What an intrinsic function makes of values; raises `FieldError`."""
    function = _FUNCTIONS.get(name)
    if function is None:
        raise FieldError(INTRINSIC_FAILURE, f"There is no intrinsic function {name}")
    for value in values:
        bounded(value)
    try:
        return function(randomness, *values)
    except StatesError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise FieldError(INTRINSIC_FAILURE, f"{name} cannot be evaluated: {error}") from error


def _parsed(text: str) -> _Call:
    node, position = _argument(text, 0, 0)
    if not isinstance(node, _Call) or text[position:].strip():
        raise FieldError(INTRINSIC_FAILURE, f"Invalid intrinsic function: {text}")
    return node


def _argument(text: str, position: int, depth: int) -> tuple[Any, int]:
    match = _TOKEN.match(text, position)
    if match is None or depth > _NESTING_LIMIT:
        raise FieldError(INTRINSIC_FAILURE, f"Invalid intrinsic function: {text}")
    position = match.end()
    if match["function"]:
        arguments, position = _arguments(text, position, depth)
        return _Call(match["function"], arguments), position
    if match["string"] is not None:
        return _Template(match["string"][1:-1]), position
    if match["number"]:
        return json.loads(match["number"]), position
    if match["word"]:
        return _WORDS[match["word"]], position
    return parsed(match["path"].strip()), position


def _arguments(text: str, position: int, depth: int) -> tuple[tuple[Any, ...], int]:
    arguments: list[Any] = []
    while True:
        blank = re.compile(r"\s*").match(text, position)
        position = blank.end() if blank else position
        if text[position : position + 1] == ")" and not arguments:
            return (), position + 1
        node, position = _argument(text, position, depth + 1)
        arguments.append(node)
        closing = re.compile(r"\s*([,)])").match(text, position)
        if closing is None:
            raise FieldError(INTRINSIC_FAILURE, f"Invalid intrinsic function: {text}")
        position = closing.end()
        if closing[1] == ")":
            return tuple(arguments), position


def _computing(node: Any) -> Find:
    """The function of one node."""
    match node:
        case _Call(name="States.Format", arguments=(_Template() as template, *rest)):
            return _formatting(template, [_computing(each) for each in rest])
        case _Call(name=name, arguments=arguments):
            computed = [_computing(each) for each in arguments]
            return lambda data, around: apply(name, [each(data, around) for each in computed], around.randomness)
        case _Template():
            text = node.text
            return lambda _data, _around: text
        case JsonPath():
            return finding(node.text, node.text, _NO_VALUE)
        case _:
            return lambda _data, _around: node


def _formatting(template: _Template, computed: list[Find]) -> Find:
    fill = _format_of(template.raw)
    return lambda data, around: fill([each(data, around) for each in computed])


@lru_cache(maxsize=4096)
def _format_of(template: str) -> Callable[[list[JSON]], str]:
    """What `States.Format` makes of values with a template."""
    first, *others = (_Template(piece).text for piece in re.split(r"(?<!\\)\{\}", template))

    def fill(values: list[JSON]) -> str:
        if len(others) != len(values):
            raise FieldError(INTRINSIC_FAILURE, "States.Format has another number of {} than of values")
        pieces = [first]
        for value, following in zip(values, others, strict=True):
            pieces += (_formatted(value), following)
        return "".join(pieces)

    return fill


_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _formatted(value: JSON) -> str:
    """A value in a formatted text: a text as it is, and an object as Java's maps are written, as AWS recorded it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        members = ", ".join(f"{name}={_formatted(member)}" for name, member in value.items())
        return f"{{{members}}}"
    return _compact(value)


def _list(value: JSON) -> list[JSON]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no array")
    return value


def _integer(value: JSON) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return math.floor(value + 0.5)  # as Java rounds: a half goes up


def _string(value: JSON) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


def _range(first: JSON, last: JSON, step: JSON) -> list[int]:
    start, end, by = _integer(first), _integer(last), _integer(step)
    numbers = range(start, end + (1 if by > 0 else -1), by)
    if len(numbers) > 1000:
        raise ValueError("an array range has at most 1000 numbers")
    return list(numbers)


def _partition(values: JSON, size: JSON) -> list[JSON]:
    length = _integer(size)
    if length < 1:
        raise ValueError("a partition has at least one element")
    found = _list(values)
    return [found[start : start + length] for start in range(0, len(found), length)]


def _unique(values: JSON) -> list[JSON]:
    kept: dict[str, JSON] = {}
    for value in _list(values):
        kept.setdefault(json.dumps(value, sort_keys=True), value)
    return list(kept.values())


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def digest(text: str, algorithm: JSON) -> str:
    """A text's digest in hexadecimal; raises `KeyError` for an algorithm that Step Functions has not."""
    import hashlib

    return hashlib.new(_DIGESTS[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _hash(value: JSON, algorithm: JSON) -> str:
    return digest(_short(value if isinstance(value, str) else _compact(value)), algorithm)


def _short(text: JSON) -> str:
    """A text that is not too long to be encoded, decoded or hashed."""
    if len(_string(text)) > 10_000:
        raise ValueError("the text has more than 10000 characters")
    return _string(text)


def _merge(first: JSON, second: JSON, deep: JSON) -> dict[str, JSON]:
    if deep is not False or not isinstance(first, dict) or not isinstance(second, dict):
        raise TypeError("two objects are merged at their first level: the third argument is false")
    return {**first, **second}


def _split(text: JSON, separators: JSON) -> list[str]:
    if not _string(separators):
        raise ValueError("there is nothing to split at")
    pieces = re.split(f"[{re.escape(_string(separators))}]", _string(text))
    return [piece for piece in pieces if piece]


def _item(values: JSON, index: JSON) -> JSON:
    position = _integer(index)
    if position < 0:
        raise IndexError(f"an array has no element {position}")
    return _list(values)[position]


def _random(randomness: Randomness, first: JSON, last: JSON, seed: JSON = None) -> int:
    source = randomness if seed is None else Randomness(_integer(seed))
    return source.integer(_integer(first), _integer(last))


def _json(text: JSON) -> JSON:
    """The value of a text; null where it is blank."""
    return json_values.parse(_string(text)) if _string(text).strip() else None


def _encoded(text: JSON) -> str:
    import base64

    return base64.b64encode(_short(text).encode()).decode()


def _decoded(text: JSON) -> str:
    import base64

    return base64.b64decode(_short(text), validate=True).decode()


_FUNCTIONS: Mapping[str, Callable[..., JSON]] = {
    "States.Array": lambda _random, *values: list(values),
    "States.ArrayPartition": lambda _random, values, size: _partition(values, size),
    "States.ArrayContains": lambda _random, values, element: element in _list(values),
    "States.ArrayRange": lambda _random, first, last, step: _range(first, last, step),
    "States.ArrayGetItem": lambda _random, values, index: _item(values, index),
    "States.ArrayLength": lambda _random, values: len(_list(values)),
    "States.ArrayUnique": lambda _random, values: _unique(values),
    "States.Base64Encode": lambda _random, text: _encoded(text),
    "States.Base64Decode": lambda _random, text: _decoded(text),
    "States.Hash": lambda _random, value, algorithm: _hash(value, algorithm),
    "States.JsonMerge": lambda _random, first, second, deep: _merge(first, second, deep),
    "States.JsonToString": lambda _random, value: _compact(value),
    "States.StringToJson": lambda _random, text: _json(text),
    "States.MathRandom": _random,
    "States.MathAdd": lambda _random, first, second: _integer(first) + _integer(second),
    "States.StringSplit": lambda _random, text, separators: _split(text, separators),
    "States.UUID": lambda randomness: randomness.uuid(),
    "States.Format": lambda _random, template, *values: _format_of(_string(template))(list(values)),
}
