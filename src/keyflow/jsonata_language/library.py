"""The functions of JSONata 2.0.6, as its signatures hand them their arguments: `NOTHING` for what is left out.

Source: https://docs.jsonata.org, and https://github.com/jsonata-js/jsonata/tree/v2.0.6 (MIT)
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from keyflow.jsonata_language import decimals, integers, moments
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.functions import Native
from keyflow.jsonata_language.values import (
    NOTHING,
    Array,
    Function,
    Items,
    Object,
    appended,
    are_equal,
    is_before,
    is_number,
    is_true,
    member,
    members,
    number,
    printed,
    rounded_to_digits,
    text,
    units,
)

_LONGEST_TEXT = 10_000_000
"""Characters."""


def _known(value: Any) -> bool:
    return value is not NOTHING


# Numbers.


def _sum(numbers: Any) -> Any:
    if numbers is NOTHING:
        return NOTHING
    total = 0
    for each in numbers:
        total = total + each
    return number(total)


def _average(numbers: Any) -> Any:
    return number(_sum(numbers) / len(numbers)) if _known(numbers) and numbers else NOTHING


def _max(numbers: Any) -> Any:
    return max(numbers) if _known(numbers) and numbers else NOTHING


def _min(numbers: Any) -> Any:
    return min(numbers) if _known(numbers) and numbers else NOTHING


_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_PREFIXED = re.compile(r"^0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][0-1]+$")


def _number(value: Any) -> Any:
    if value is NOTHING or type(value) in (int, float):
        return value
    if type(value) is bool:
        return int(value)
    if type(value) is str:
        if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
            return number(float(value))
        if _PREFIXED.search(value):
            try:
                return number(float(int(value, 0)))
            except ValueError:
                return math.nan
    raise JsonataError("D3030", value=value)


def _of_number(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def found(value: Any) -> Any:
        if value is NOTHING or (type(value) is float and not math.isfinite(value)):
            return value
        return number(compute(value))

    return found


def _shifted(value: float, places: float) -> float:
    mantissa, _, exponent = printed(value).partition("e")
    try:
        return float(f"{mantissa}e{printed(number(float(exponent or 0) + places))}")
    except ValueError:
        return math.nan


def rounded(value: Any, places: Any = NOTHING) -> Any:
    """A number with so many digits behind the point; halves go to the even neighbour."""
    if value is NOTHING:
        return NOTHING
    shifted = _shifted(value, places) if places else value
    if not math.isfinite(shifted):
        return shifted
    whole = math.floor(shifted)
    if shifted - whole > 0.5 or (shifted - whole == 0.5 and whole % 2 == 1):
        whole += 1
    result = _shifted(float(whole), -places) if places else float(whole)
    return number(result) if result else 0


def _sqrt(value: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if value < 0:
        raise JsonataError("D3060", value=value)
    return number(math.sqrt(value))


def _power(value: Any, exponent: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    try:
        found = math.nan if exponent is NOTHING else math.pow(value, exponent)
    except (OverflowError, ValueError):
        found = math.inf
    if not math.isfinite(found):
        raise JsonataError("D3061", value=value, exp=exponent)
    return number(found)


_FIGURES = "0123456789abcdefghijklmnopqrstuvwxyz"


def _format_base(value: Any, radix: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    base = 10 if radix is NOTHING else rounded(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    whole = rounded(value)
    if base == 10 or not math.isfinite(whole):
        return printed(whole)
    left, zeros, figures = abs(whole), "", ""
    while left >= 2**53 * base:  # the figures that a double does not have are zeros
        left, zeros = left / base, f"{zeros}0"
    while left > 0:
        figure = math.fmod(left, base)
        figures = _FIGURES[int(figure)] + figures
        left = (left - figure) / base
    return ("-" if whole < 0 else "") + (figures or "0") + zeros


# Texts.


def _string(value: Any, is_pretty: Any) -> Any:
    return NOTHING if value is NOTHING else text(value, is_pretty=is_pretty is True)


def _substring(value: Any, start: Any, length: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    begin = 0 if start is NOTHING or len(value) + start < 0 else start
    if length is NOTHING:
        return value[math.trunc(begin) :]
    if length <= 0:
        return ""
    end = begin + length if begin >= 0 else len(value) + begin + length
    return value[math.trunc(begin) : math.trunc(end)]


def _substring_before(value: Any, sought: Any) -> Any:
    if value is NOTHING or sought == "":
        return NOTHING if value is NOTHING else ""
    return value.partition("undefined" if sought is NOTHING else sought)[0]


def _substring_after(value: Any, sought: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if sought == "":
        return value
    _before, found, after = value.partition("undefined" if sought is NOTHING else sought)
    return after if found else value


def _of_text(compute: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: NOTHING if value is NOTHING else compute(value)


def _trim(value: str) -> str:
    joined = re.sub(r"[ \t\n\r]+", " ", value)
    return joined.removeprefix(" ").removesuffix(" ")


def _pad(value: Any, width: Any, sign: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if width is NOTHING:
        return value
    missing = abs(width) - len(value)
    if missing <= 0:
        return value
    if missing != int(missing):
        raise JsonataError("U1004", value="a text is padded to a whole number of characters")
    if missing > _LONGEST_TEXT:
        raise JsonataError("U1003")
    filler = sign if _known(sign) and sign else " "
    padding = (filler * (int(missing) // len(filler) + 1))[: int(missing)]
    return value + padding if width > 0 else padding + value


def _join(texts: Any, separator: Any) -> Any:
    return NOTHING if texts is NOTHING else ("" if separator is NOTHING else separator).join(texts)


def _base64encode(value: str) -> str:
    return binascii.b2a_base64(units(value)[1::2], newline=False).decode()


_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def _base64decode(value: str) -> str:
    """What base64 says, as lenient as Node: of either alphabet, up to the first `=`, without what is none of it."""
    found = _NO_BASE64.sub("", value.partition("=")[0].replace("-", "+").replace("_", "/"))
    found = found[: len(found) - (len(found) % 4 == 1)]
    return binascii.a2b_base64(found + "=" * (-len(found) % 4)).decode("latin-1")


_KEPT_OF_PART = "!'()*-._~"
_KEPT_OF_URL = f";/?:@&=+$,#{_KEPT_OF_PART}"
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def _encoding(name: str, kept: str) -> Callable[[Any], Any]:
    def encode(value: str) -> str:
        from urllib.parse import quote

        try:
            return quote(value, safe=kept)
        except UnicodeEncodeError:
            raise JsonataError("D3140", value=value, functionName=name) from None

    return _of_text(encode)


def _decoding(name: str, kept: str) -> Callable[[Any], Any]:
    """Decodes all escapes but those of some signs, which stay as they are written."""
    escapes = re.compile("|".join(f"%{ord(sign):02x}" for sign in kept) or "(?!)", re.IGNORECASE)

    def decode(value: str) -> str:
        pieces, position = [], 0
        try:
            for held in escapes.finditer(value):
                pieces += [_decoded(value[position : held.start()]), held[0]]
                position = held.end()
            return "".join([*pieces, _decoded(value[position:])])
        except ValueError:
            raise JsonataError("D3140", value=value, functionName=name) from None

    return _of_text(decode)


def _decoded(value: str) -> str:
    if "%" in _ESCAPED.sub("", value):
        raise ValueError("a percent sign without its two digits")
    return _ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(), value)


# Patterns.


def matcher(pattern: str, compiled: Any) -> Native:
    """A regular expression as the function that JSONata makes of it."""

    def found(value: Any, start: Any) -> Any:
        begin = start if type(start) is int and start > 0 else 0
        match = compiled.search(value, begin) if type(value) is str and begin <= len(value) else None
        if match is None:
            return NOTHING

        def following(*_given: Any) -> Any:
            if match.end() >= len(value):
                return NOTHING
            after = found(value, match.end())
            if after is not NOTHING and not after["match"]:
                raise JsonataError("D1004", value=pattern)
            return after

        groups = Array(NOTHING if group is None else group for group in match.groups())
        return Object(
            match=match[0],
            start=match.start(),
            end=match.end(),
            groups=groups,
            next=Native(following, 0, is_truthy=False),
        )

    return Native(lambda value=NOTHING, start=NOTHING, *_rest: found(value, start), 2, is_truthy=False)


_Call = Callable[..., Any]


def _matched(call: _Call, function: Any, *value: Any) -> Any:
    found = call(function, *value)
    if found is None or found is False or (type(found) in (int, float) and not found) or found == "":
        return found
    fits = isinstance(found, dict) and (
        (type(found.get("start")) in (int, float))
        or isinstance(found.get("groups"), list)
        or isinstance(found.get("next"), Function)
    )
    if found is not NOTHING and not fits:
        raise JsonataError("T1010")
    return found


def _matches(call: _Call, function: Any, value: str, most: float) -> list[Any]:
    """The matches one after the other, as they are asked for, so many at most."""
    found: list[Any] = []
    match = _matched(call, function, value)
    while match is not NOTHING and len(found) < most:
        if not isinstance(match, dict):
            raise JsonataError("T1010")
        found.append(match)
        match = _matched(call, match.get("next", NOTHING))
    return found


def _limit(limit: Any, code: str) -> float:
    if limit is NOTHING:
        return math.inf
    if limit < 0:
        raise JsonataError(code, value=limit)
    return float(limit)


def _contains(call: _Call, value: Any, sought: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if sought is NOTHING:
        raise JsonataError("T1006")
    return sought in value if type(sought) is str else _matched(call, sought, value) is not NOTHING


def _match(call: _Call, value: Any, pattern: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    most = _limit(limit, "D3040")
    found = _matches(call, pattern, value, most) if most else []
    return Items(
        Object(
            match=each.get("match", NOTHING),
            index=_index(value, each.get("start", NOTHING)),
            groups=each.get("groups", NOTHING),
        )
        for each in found
    )


def _index(value: str, start: Any) -> Any:
    """A place in a text, counted in halves of characters."""
    if type(start) is not int or value.isascii():
        return start
    return len(units(value[:start])) // 2


def _replace(call: _Call, value: Any, pattern: Any, replacement: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if pattern == "" and type(pattern) is str:
        raise JsonataError("D3010", value=pattern)
    most = _limit(limit, "D3011")
    if not most:
        return value
    if pattern is NOTHING:
        raise JsonataError("T1006")
    if type(pattern) is str:
        if pattern not in value:
            return value
        replacement = "undefined" if replacement is NOTHING else replacement
        if type(replacement) is not str:
            raise JsonataError("D3012", value=replacement)
        grown = max(0, len(replacement) - len(pattern)) * value.count(pattern)
        if grown > _LONGEST_TEXT:
            raise JsonataError("U1003")
        return value.replace(pattern, replacement, -1 if most == math.inf else math.ceil(most))
    pieces, position = [], 0
    for each in _matches(call, pattern, value, most):
        pieces.append(value[position : each["start"]])
        put = _filled(replacement, each) if type(replacement) is str else call(replacement, each)
        if type(put) is not str:
            raise JsonataError("D3012", value=put)
        pieces.append(put)
        position = each["start"] + len(each["match"])
    return "".join(pieces) + value[position:]


def _filled(replacement: str, match: Any) -> str:
    """A replacement with `$0` for the match, `$1` for its first group, and `$$` for a dollar."""
    groups = match["groups"]
    digits = 1 if not groups else math.floor(math.log(len(groups)) * math.log10(math.e)) + 1

    def put(place: re.Match[str]) -> str:
        if place[1] == "$":
            return "$"
        if place[1].startswith("0"):
            return str(match["match"]) + place[1][1:]
        figures = place[1][:digits]
        if digits > 1 and int(figures) > len(groups):
            figures = figures[: digits - 1]
        index = int(figures)
        found = groups[index - 1] if 0 < index <= len(groups) else NOTHING
        return ("" if found is NOTHING else text(found)) + place[1][len(str(index)) :]

    return re.sub(rf"\$(\$|[0-9]{{1,{digits}}})", put, replacement)


def _split(call: _Call, value: Any, separator: Any, limit: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    most = _limit(limit, "D3020")
    if not most:
        return Array()
    if separator is NOTHING:
        raise JsonataError("T1006")
    if type(separator) is str:
        parts = value.split(separator) if separator else list(value)
        return Array(parts if most == math.inf else parts[: math.trunc(most)])
    found = _matches(call, separator, value, most)
    parts, start = Array(), 0
    for each in found:
        parts.append(value[start : each["start"]])
        start = each["end"]
    if len(found) < most:
        parts.append(value[start:])
    return parts


# Booleans, arrays and objects.


def _boolean(value: Any) -> Any:
    return NOTHING if value is NOTHING else is_true(value)


def _not(value: Any) -> Any:
    return NOTHING if value is NOTHING else not is_true(value)


def _count(values: Any) -> int:
    return 0 if values is NOTHING else len(values)


def _zip(*arrays: Any) -> Array:
    length = min((len(each) if isinstance(each, list) else 0 for each in arrays), default=0)
    return Array([Array(each[place] for each in arrays) for place in range(length)])


def _keys(value: Any) -> Items:
    if isinstance(value, list):
        merged: dict[str, Any] = {}
        for each in value:
            merged |= dict.fromkeys(_keys(each))
        return _keys(merged)
    return Items(key for key, _value in members(value)) if isinstance(value, dict) else Items()


def _spread(value: Any) -> Any:
    if isinstance(value, list):
        found: Any = Items()
        for each in value:
            found = appended(found, _spread(each))
        return found
    return Items(Object({key: each}) for key, each in members(value)) if isinstance(value, dict) else value


def _merge(objects: Any) -> Any:
    if objects is NOTHING:
        return NOTHING
    merged = Object()
    for each in objects:
        merged.update(each)
    return merged


def _reverse(values: Any) -> Any:
    return values if values is NOTHING or len(values) <= 1 else Array(reversed(values))


def _distinct(values: Any) -> Any:
    if not isinstance(values, list) or len(values) <= 1:
        return values
    found: Any = Items() if type(values) is Items else Array()
    seen: set[tuple[type, Any]] = set()
    for each in values:
        kind = float if type(each) is int else type(each)
        if kind in (float, str, bool, type(None)):
            if (kind, each) not in seen:
                seen.add((kind, each))
                found.append(each)
        elif not any(are_equal(each, other) for other in found):
            found.append(each)
    return found


def sort(values: Any, comes_after: Callable[[Any, Any], bool]) -> Any:
    """A sorted array: the halves are sorted first, then merged, and what is equal stays in its order."""
    if values is NOTHING or len(values) <= 1:
        return values
    return Array(_merge_sorted(list(values), comes_after))


def _merge_sorted(values: list[Any], comes_after: Callable[[Any, Any], bool]) -> list[Any]:
    if len(values) <= 1:
        return values
    middle = len(values) // 2
    left, right = _merge_sorted(values[:middle], comes_after), _merge_sorted(values[middle:], comes_after)
    merged, first, second = [], 0, 0
    while first < len(left) and second < len(right):
        if comes_after(left[first], right[second]):
            merged.append(right[second])
            second += 1
        else:
            merged.append(left[first])
            first += 1
    return [*merged, *left[first:], *right[second:]]


def _sort(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING or len(values) <= 1:
        return values
    if _known(function):
        return sort(values, lambda left, right: _is_truthy(call(function, left, right)))
    if not all(map(is_number, values)) and not all(type(each) is str for each in values):
        raise JsonataError("D3070")
    return sort(values, lambda left, right: is_before(right, left))


def _is_truthy(value: Any) -> bool:
    """Whether JavaScript takes a value for true: all arrays, objects and functions are."""
    if isinstance(value, list | dict | Function):
        return True
    return bool(value) and value == value


def _type(value: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    kinds = {str: "string", bool: "boolean", type(None): "null", dict: "object", Object: "object"}
    if type(value) in kinds:
        return kinds[type(value)]
    if isinstance(value, list):
        return "array"
    if isinstance(value, Function):
        return "function"
    return "number" if is_number(value) else "object"


def _error(message: Any) -> Any:
    raise JsonataError("D3137", message if _known(message) and message else "$error() function evaluated")


def _assert(condition: Any, message: Any) -> Any:
    if condition is NOTHING or not condition:
        raise JsonataError("D3141", message if _known(message) and message else "$assert() statement failed")
    return NOTHING


def clone(value: Any) -> Any:
    """A copy, whose numbers have 15 digits."""
    if isinstance(value, list):
        value = value[0] if isinstance(value, Array) and value.is_document else value
        if isinstance(value, list):
            return Array(None if each is NOTHING else clone(each) for each in value)
    if isinstance(value, dict):
        return Object((key, clone(each)) for key, each in value.items() if each is not NOTHING)
    if isinstance(value, Function):
        return ""
    if type(value) is not int and type(value) is not float:
        return value
    return number(rounded_to_digits(value)) if is_number(value) else None


# Functions of functions.


def _asked(function: Any, value: Any, place: Any, whole: Any) -> tuple[Any, ...]:
    """As many arguments as a function asks for, one at least."""
    return (value, place, whole)[: max(1, function.arity)]


def _map(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    found = (call(function, *_asked(function, each, place, values)) for place, each in enumerate(values))
    return Items(each for each in found if each is not NOTHING)


def _filter(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    return Items(
        each for place, each in enumerate(values) if is_true(call(function, *_asked(function, each, place, values)))
    )


def _single(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    found: Any = None
    for place, each in enumerate(values):
        if function is NOTHING or is_true(call(function, *_asked(function, each, place, values))):
            if found is not None:
                raise JsonataError("D3138")
            found = (each,)
    if found is None:
        raise JsonataError("D3139")
    return found[0]


def _reduce(call: _Call, values: Any, function: Any, initial: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    if function.arity < 2:
        raise JsonataError("D3050")
    result, start = (values[0], 1) if initial is NOTHING and values else (initial, 0)
    for place in range(start, len(values)):
        result = call(function, *(result, values[place], place, values)[: max(2, function.arity)])
    return result


def _each(call: _Call, value: Any, function: Any) -> Items:
    pairs = members(value) if isinstance(value, dict) else ()
    found = (call(function, *_asked(function, each, key, value)) for key, each in pairs)
    return Items(each for each in found if each is not NOTHING)


def _sift(call: _Call, value: Any, function: Any) -> Any:
    pairs = members(value) if isinstance(value, dict) else ()
    found = Object((key, each) for key, each in pairs if is_true(call(function, *_asked(function, each, key, value))))
    return found or NOTHING


LIBRARY: dict[str, Native] = {
    "sum": Native(_sum, 1, "<a<n>:n>"),
    "count": Native(_count, 1, "<a:n>"),
    "max": Native(_max, 1, "<a<n>:n>"),
    "min": Native(_min, 1, "<a<n>:n>"),
    "average": Native(_average, 1, "<a<n>:n>"),
    "string": Native(_string, 1, "<x-b?:s>"),
    "substring": Native(_substring, 3, "<s-nn?:s>"),
    "substringBefore": Native(_substring_before, 2, "<s-s:s>"),
    "substringAfter": Native(_substring_after, 2, "<s-s:s>"),
    "lowercase": Native(_of_text(str.lower), 1, "<s-:s>"),
    "uppercase": Native(_of_text(str.upper), 1, "<s-:s>"),
    "length": Native(_of_text(len), 1, "<s-:n>"),
    "trim": Native(_of_text(_trim), 1, "<s-:s>"),
    "pad": Native(_pad, 3, "<s-ns?:s>"),
    "match": Native(_match, 3, "<s-f<s:o>n?:a<o>>", calls=True),
    "contains": Native(_contains, 2, "<s-(sf):b>", calls=True),
    "replace": Native(_replace, 4, "<s-(sf)(sf)n?:s>", calls=True),
    "split": Native(_split, 3, "<s-(sf)n?:a<s>>", calls=True),
    "join": Native(_join, 2, "<a<s>s?:s>"),
    "formatNumber": Native(partial(decimals.format_number, rounded), 3, "<n-so?:s>"),
    "formatBase": Native(_format_base, 2, "<n-n?:s>"),
    "formatInteger": Native(integers.format_integer, 2, "<n-s:s>"),
    "parseInteger": Native(integers.parse_integer, 2, "<s-s:n>"),
    "number": Native(_number, 1, "<(nsb)-:n>"),
    "floor": Native(_of_number(math.floor), 1, "<n-:n>"),
    "ceil": Native(_of_number(lambda value: math.ceil(value) or math.copysign(0.0, value)), 1, "<n-:n>"),
    "round": Native(rounded, 2, "<n-n?:n>"),
    "abs": Native(_of_number(abs), 1, "<n-:n>"),
    "sqrt": Native(_sqrt, 1, "<n-:n>"),
    "power": Native(_power, 2, "<n-n:n>"),
    "boolean": Native(_boolean, 1, "<x-:b>"),
    "not": Native(_not, 1, "<x-:b>"),
    "map": Native(_map, 2, "<af>", calls=True),
    "zip": Native(_zip, 0, "<a+>"),
    "filter": Native(_filter, 2, "<af>", calls=True),
    "single": Native(_single, 2, "<af?>", calls=True),
    "reduce": Native(_reduce, 3, "<afj?:j>", calls=True),
    "sift": Native(_sift, 2, "<o-f?:o>", calls=True),
    "keys": Native(_keys, 1, "<x-:a<s>>"),
    "lookup": Native(member, 2, "<x-s:x>"),
    "append": Native(appended, 2, "<xx:a>"),
    "exists": Native(_known, 1, "<x:b>"),
    "spread": Native(_spread, 1, "<x-:a<o>>"),
    "merge": Native(_merge, 1, "<a<o>:o>"),
    "reverse": Native(_reverse, 1, "<a:a>"),
    "each": Native(_each, 2, "<o-f:a>", calls=True),
    "error": Native(_error, 1, "<s?:x>"),
    "assert": Native(_assert, 2, "<bs?:x>"),
    "type": Native(_type, 1, "<x:s>"),
    "sort": Native(_sort, 2, "<af?:a>", calls=True),
    "distinct": Native(_distinct, 1, "<x:x>"),
    "base64encode": Native(_of_text(_base64encode), 1, "<s-:s>"),
    "base64decode": Native(_of_text(_base64decode), 1, "<s-:s>"),
    "encodeUrlComponent": Native(_encoding("encodeUrlComponent", _KEPT_OF_PART), 1, "<s-:s>"),
    "encodeUrl": Native(_encoding("encodeUrl", _KEPT_OF_URL), 1, "<s-:s>"),
    "decodeUrlComponent": Native(_decoding("decodeUrlComponent", ""), 1, "<s-:s>"),
    "decodeUrl": Native(_decoding("decodeUrl", ";/?:@&=+$,#"), 1, "<s-:s>"),
    "toMillis": Native(moments.to_millis, 2, "<s-s?:n>", timed=True),
    "fromMillis": Native(moments.from_millis, 3, "<n-s?s?:s>"),
    "now": Native(lambda run, picture, zone: moments.from_millis(run.now(), picture, zone), 2, "<s?s?:s>", timed=True),
    "millis": Native(lambda run: run.now(), 0, "<:n>", timed=True),
    "clone": Native(clone, 1, "<(oa)-:o>"),
}
"""The functions that do the same in every execution, by their names; `$eval` is none of Step Functions."""
