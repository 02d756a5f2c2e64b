"""Regular expressions as functions, and the functions that look for patterns.

A pattern is a function that gives the first match in a string; a match has the function that gives the one after it.
Source: https://docs.jsonata.org/regex
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.strings import LONGEST_TEXT
from keyflow.jsonata_language.texts import text, units
from keyflow.jsonata_language.values import NOTHING, Array, Function, Items, Object

_Call = Callable[..., Any]


def matcher(pattern: str, compiled: Any) -> Native:
    """A regular expression as the function that JSONata makes of it."""

    def first(value: Any = NOTHING, start: Any = NOTHING, *_rest: Any) -> Any:
        begin = start if type(start) is int and start > 0 else 0
        match = compiled.search(value, begin) if type(value) is str and begin <= len(value) else None
        return NOTHING if match is None else _as_object(match, lambda: following(value, match.end()))

    def following(value: str, start: int) -> Any:
        found: Any = first(value, start) if start < len(value) else NOTHING
        if found is not NOTHING and not found["match"]:
            raise JsonataError("D1004", value=pattern)
        return found

    return Native(first, 2, is_truthy=False)


def _as_object(match: Any, following: Callable[[], Any]) -> Object:
    return Object(
        match=match[0],
        start=match.start(),
        end=match.end(),
        groups=Array(NOTHING if group is None else group for group in match.groups()),
        next=Native(lambda *_given: following(), 0, is_truthy=False),
    )


def _asked(call: _Call, function: Any, *value: Any) -> Any:
    """What a pattern's function gives; raises `JsonataError` where that is no match, though it counts as true."""
    found = call(function, *value)
    if isinstance(found, dict) and _is_match(found):
        return found
    if found is NOTHING or found is None or found is False or found == "" or _is_zero(found):
        return found
    raise JsonataError("T1010")


def _is_zero(value: Any) -> bool:
    return type(value) in (int, float) and not value


def _is_match(value: dict[str, Any]) -> bool:
    has_start, groups = type(value.get("start")) in (int, float), value.get("groups")
    return has_start or isinstance(groups, list) or isinstance(value.get("next"), Function)


def _matches(call: _Call, function: Any, value: str) -> Iterator[dict[str, Any]]:
    """The matches one after the other, as they are asked for; one more is looked for before each is given."""
    match = _asked(call, function, value)
    while match is not NOTHING:
        if not isinstance(match, dict):
            raise JsonataError("T1010")
        following = _asked(call, match.get("next", NOTHING))
        yield match
        match = following


def _limited(call: _Call, function: Any, value: str, limit: int | None) -> list[dict[str, Any]]:
    return list(islice(_matches(call, function, value), limit))


_ENDLESS = 2**53
"""As many as no text has."""


def _limit(limit: Any, code: str) -> int | None:
    """How many at most; None where there is no limit. Raises `JsonataError`."""
    if limit is NOTHING or limit >= _ENDLESS:
        return None
    if limit < 0:
        raise JsonataError(code, value=limit)
    return 0 if math.isnan(limit) else math.ceil(limit)


def _contains(call: _Call, value: Any, sought: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    return sought in value if type(sought) is str else _asked(call, sought, value) is not NOTHING


def _match(call: _Call, value: Any, pattern: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    return Items(
        Object(
            match=each.get("match", NOTHING),
            index=_index(value, each.get("start", NOTHING)),
            groups=each.get("groups", NOTHING),
        )
        for each in _limited(call, pattern, value, _limit(limit, "D3040"))
    )


def _index(value: str, start: Any) -> Any:
    """A place in a text, counted in halves of characters."""
    if type(start) is not int or value.isascii():
        return start
    return len(units(value[:start])) // 2


# Splitting and replacing.


def _split(call: _Call, value: Any, separator: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    most = _limit(limit, "D3020")
    if most == 0:
        return Array()
    if type(separator) is str:
        parts = value.split(separator) if separator else list(value)
        return Array(parts[: _places(limit)])
    parts, start = Array(), 0
    for each in _limited(call, separator, value, most):
        parts.append(value[start : each["start"]])
        start = each["end"]
    if most is None or len(parts) < limit:
        parts.append(value[start:])
    return parts


def _places(limit: Any) -> int | None:
    """How many parts JavaScript gives of a split text, to which an infinite limit is one of 0."""
    return None if limit is NOTHING else 0 if limit == math.inf else math.trunc(limit)


def _replace(call: _Call, value: Any, pattern: Any, replacement: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if pattern == "" and type(pattern) is str:
        raise JsonataError("D3010", value=pattern)
    most = _limit(limit, "D3011")
    if most == 0:
        return value
    if type(pattern) is str:
        return _replace_text(value, pattern, replacement, most)
    pieces, position = [], 0
    for each in _limited(call, pattern, value, most):
        put = _filled(replacement, each) if type(replacement) is str else call(replacement, each)
        if type(put) is not str:
            raise JsonataError("D3012", value=put)
        pieces += [value[position : each["start"]], put]
        position = each["start"] + len(each["match"])
    return "".join([*pieces, value[position:]])


def _replace_text(value: str, sought: str, replacement: Any, most: int | None) -> str:
    if sought not in value:
        return value
    put = "undefined" if replacement is NOTHING else replacement
    if type(put) is not str:
        raise JsonataError("D3012", value=put)
    if max(0, len(put) - len(sought)) * value.count(sought) > LONGEST_TEXT:
        raise JsonataError("U1003")
    return value.replace(sought, put, -1 if most is None else most)


def _filled(replacement: str, match: Any) -> str:
    """A replacement with `$0` for the match, `$1` for its first group, and `$$` for a dollar.

    As many digits belong to a number as that of the groups has, one less where there is no such group.
    """
    groups = match["groups"]
    digits = len(str(len(groups)))

    def put(place: re.Match[str]) -> str:
        written = place[1]
        if written == "$":
            return "$"
        if written[0] == "0":
            return str(match["match"]) + written[1:]
        figures = written[:-1] if len(written) == digits > 1 and int(written) > len(groups) else written
        index = int(figures)
        found = groups[index - 1] if index <= len(groups) else NOTHING
        return ("" if found is NOTHING else text(found)) + written[len(figures) :]

    return re.sub(rf"\$(\$|[0-9]{{1,{digits}}})", put, replacement)


FUNCTIONS = {
    "match": Native(_match, 3, "<s-f<s:o>n?:a<o>>", calls=True),
    "contains": Native(_contains, 2, "<s-(sf):b>", calls=True),
    "replace": Native(_replace, 4, "<s-(sf)(sf)n?:s>", calls=True),
    "split": Native(_split, 3, "<s-(sf)n?:a<s>>", calls=True),
}
