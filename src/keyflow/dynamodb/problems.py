"""What DynamoDB would refuse in the expressions of a call, and what to write instead.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html and the pages below it.
`reserved_words.txt` lists the words of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import did_you_mean
from keyflow.dynamodb.evaluation import ExpressionError
from keyflow.dynamodb.grammar import Kind, Words, words_of

KINDS: Mapping[str, Kind] = {
    "ConditionExpression": "condition",
    "FilterExpression": "condition",
    "KeyConditionExpression": "condition",
    "ProjectionExpression": "projection",
    "UpdateExpression": "update",
}
"""The parameters that are expressions."""
_NAMES, _VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
_TOGETHER = frozenset((*KINDS, _NAMES, _VALUES))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an expression, and what to write."""

    message: str
    hint: str | None = None


def problems(parameters: Any) -> Iterator[Problem]:
    """The problems of a call's expressions, those inside of a transaction or a batch included.

    What only an execution knows is not looked into: an expression, its names or its values may be made by it.
    """
    if isinstance(parameters, list | tuple):
        for each in parameters:
            yield from problems(each)
    elif isinstance(parameters, Mapping):
        if not _TOGETHER.isdisjoint(parameters):
            yield from _together(parameters)
        for name, each in parameters.items():
            if name not in (_NAMES, _VALUES):
                yield from problems(each)


def _together(parameters: Mapping[Any, Any]) -> Iterator[Problem]:
    """The problems of the expressions that share names and values."""
    written, found = Words(), []
    texts = {name: parameters[name] for name in KINDS if name in parameters}
    for name, text in texts.items():
        if isinstance(text, str):
            found += list(_read(name, text, written))
    yield from found
    if found:
        return
    is_whole = all(isinstance(text, str) for text in texts.values())
    yield from _given(_NAMES, "#", written.names, parameters.get(_NAMES), "attribute", is_whole)
    yield from _given(_VALUES, ":", written.values, parameters.get(_VALUES), {"S": "text"}, is_whole)


def _read(name: str, text: str, written: Words) -> Iterator[Problem]:
    """The problems of one expression; notes what it is written with."""
    try:
        own = words_of(text, KINDS[name])
    except ExpressionError as error:
        yield Problem(f"{name}: {error}", error.hint)
        return
    for word in own.attributes:
        if word.upper() in reserved_words():
            hint = f"write #{word} in the expression, and {_NAMES}={{'#{word}': {word!r}}}"
            yield Problem(f"{name}: {word!r} is one of DynamoDB's reserved words", hint)
    written.names.extend(own.names)
    written.values.extend(own.values)


def _given(member: str, sign: str, used: list[str], given: Any, example: Any, is_whole: bool) -> Iterator[Problem]:
    """What is used and not given, and what is given and not used: DynamoDB refuses both."""
    if given is not None and not isinstance(given, Mapping):
        return
    known = given or {}
    for word in dict.fromkeys(used):
        if word not in known and word[1:] not in known:
            near = did_you_mean(word, known)
            yield Problem(
                f"{word} stands in an expression and not in {member}", near or f"{member}={{{word!r}: {example!r}}}"
            )
    for word in known:
        if not str(word).startswith(sign):
            yield Problem(f"{word!r} in {member} begins with no {sign!r}", f"write {sign + str(word)!r}")
        elif is_whole and word not in used:
            yield Problem(f"{word} in {member} stands in no expression", "leave it out: DynamoDB refuses the call")


@cache
def reserved_words() -> frozenset[str]:
    """The words that no expression can have as the name of an attribute, in capitals."""
    return frozenset(Path(__file__).with_name("reserved_words.txt").read_text(encoding="ascii").split())
