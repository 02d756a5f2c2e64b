"""One form for definitions that say the same in other words: what an import must keep."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.fields import braced, is_expression, unbraced
from keyflow.compiler.dialects.jsonpath_text import path
from keyflow.interop.expressions import keys_of

_RETRY_DEFAULTS: dict[str, Any] = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}
_RENAMED = {"Iterator": "ItemProcessor"}
_CONNECTIVES = ("And", "Or")
_PATHS = re.compile(
    r"'(?:[^'\\]|\\.)*'|\$(?:[^,()\s'\"\[]|\[(?:[^\]'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*\])*|\s+"
)
_ROOT = re.compile(r"\$\$|\$[A-Za-z_][A-Za-z0-9_]*|\$")


def canonical(document: JSON) -> JSON:
    """The definition with defaults written out and one spelling of paths, conditions and older fields' names.

    Two definitions with the same canonical form have the same states, which do the same.
    """
    match document:
        case dict():
            return _object(document)
        case list():
            return [canonical(element) for element in document]
        case str() if is_expression(document):
            return braced(unbraced(document))
        case _:
            return document


def _object(document: dict[str, Any]) -> JSON:
    if "ErrorEquals" in document and "Next" not in document:
        kept = {key: value for key, value in document.items() if (key, value) != ("JitterStrategy", "NONE")}
        return {**_RETRY_DEFAULTS, **kept}
    if document.get("Type") == "Map":
        return _map(document)
    if "Variable" in document or any(key in document for key in (*_CONNECTIVES, "Not")):
        rest = {key: value for key, value in document.items() if key in ("Next", "Comment", "Assign", "Output")}
        condition = {key: value for key, value in document.items() if key not in rest}
        return {**_condition(condition), **{key: canonical(value) for key, value in rest.items()}}
    return {key: _member(key, value) for key, value in document.items()}


def _member(key: str, value: JSON) -> JSON:
    if isinstance(value, str) and (key.endswith((".$", "Path"))):
        return _expression(value)
    return canonical(value)


def _map(document: dict[str, Any]) -> JSON:
    renamed = {_RENAMED.get(key, key): value for key, value in document.items()}
    if "Parameters" in renamed and "ItemSelector" not in renamed:
        renamed["ItemSelector"] = renamed.pop("Parameters")
    return {key: _member(key, value) for key, value in renamed.items()}


def _expression(text: str) -> str:
    """A path or an intrinsic function in one spelling."""
    return _PATHS.sub(lambda match: _piece(match[0]), text)


def _piece(piece: str) -> str:
    if piece.isspace():
        return ""
    root = _ROOT.match(piece)
    keys = None if root is None else keys_of(piece[root.end() :])
    return piece if root is None or keys is None else path(keys, root[0])


def _condition(condition: dict[str, Any]) -> dict[str, Any]:
    for key in _CONNECTIVES:
        if isinstance(condition.get(key), list):
            inner = [_condition(each) if isinstance(each, dict) else each for each in condition[key]]
            flat = [deeper for each in inner for deeper in (each[key] if set(each) == {key} else [each])]
            return {**condition, key: flat} if len(flat) != 1 or len(condition) > 1 else flat[0]
    negated = condition.get("Not")
    if isinstance(negated, dict):
        inner_condition = _condition(negated)
        tests = [key for key in inner_condition if key.startswith("Is")]
        if tests and set(inner_condition) == {"Variable", tests[0]} and len(condition) == 1:
            return {**inner_condition, tests[0]: not inner_condition[tests[0]]}
        return {**condition, "Not": inner_condition}
    return {
        key: _expression(value) if isinstance(value, str) and (key == "Variable" or key.endswith("Path")) else value
        for key, value in condition.items()
    }


def texts_respelt(document: JSON, made: JSON) -> frozenset[str]:
    """The paths and functions of a definition that its compiled form spells in another way."""
    pairs = _differing(document, made, "")
    return frozenset(old for _key, old, _new in pairs if isinstance(old, str) and old.startswith(("$", "States.")))


def differences(document: JSON, made: JSON) -> Mapping[str, int]:
    """What the compiled form of a definition writes differently, and how often: `{"Iterator -> ItemProcessor": 2}`."""
    return Counter(_word(key, old, new) for key, old, new in _differing(document, made, ""))


_GONE = object()


def _differing(old: Any, new: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """The places at which two documents differ: the key, and both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys() and not _CONDITION.isdisjoint((*old, *new)):
            yield "form of conditions", old, new
            return
        names = _names(old, new)
        for name, target in names.items():
            if name != target:
                yield f"{name} -> {target}", old[name], new[target]
            yield from _differing(old.get(name, _GONE), new.get(target, _GONE), name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            yield from _differing(before, after, key)
    elif type(old) is not type(new) or old != new:
        yield key, old, new


def _names(old: dict[str, Any], new: dict[str, Any]) -> Mapping[str, str]:
    """The keys of both objects: each of the old one with that of the new one, which has a Map's newer names."""
    found = {name: name for name in (*old, *new)}
    for name, target in _NEWER.items() if old.get("Type") == "Map" else ():
        if name in old and name not in new and target in new and target not in old:
            found[name] = target
            del found[target]
    return found


_NEWER = {"Iterator": "ItemProcessor", "Parameters": "ItemSelector"}
_CONDITION = frozenset({"Not", "Variable", *_CONNECTIVES})


def _word(key: str, old: Any, new: Any) -> str:
    """What a difference is called."""
    if isinstance(old, str) and isinstance(new, str):
        return "spelling of expressions" if is_expression(old) else "spelling of paths"
    return "form of conditions" if key in _CONDITION or key.startswith("Is") else key
