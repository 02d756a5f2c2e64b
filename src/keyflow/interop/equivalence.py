"""One form for definitions that say the same in other words: what an import must keep."""

from __future__ import annotations

import re
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
