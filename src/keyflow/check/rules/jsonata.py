"""A JSONata expression cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from keyflow.asl import JSON
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.json5 import Path
from keyflow.check.rule import GUIDE, Finding, Rule

_UNREAD = ("Comment", "Resource", "Next", "Default", "Type", "StartAt")


def check(definition: Definition) -> Iterator[Finding]:
    """Expressions that are not closed, and those that are no JSONata."""
    for state in definition.states:
        if state.language == JSONATA:
            inner = ("Branches", "ItemProcessor", "Iterator")
            for key, value in state.document.items():
                if key not in (*_UNREAD, *inner):
                    yield from _texts(value, state.at(key))


def _texts(tree: JSON, path: Path) -> Iterator[Finding]:
    match tree:
        case dict():
            for key, value in tree.items():
                if key not in _UNREAD:
                    yield from _texts(value, (*path, key))
        case list():
            for index, element in enumerate(tree):
                yield from _texts(element, (*path, index))
        case str():
            problem = _problem(tree)
            if problem is not None:
                yield Finding(path, problem)


def _problem(text: str) -> str | None:
    opens, closes = text.startswith("{%"), text.endswith("%}")
    if opens != closes and not is_substitution(text):
        return f"{text!r} is no expression: it {'does not end with %}' if opens else 'does not begin with {%'}"
    if not opens or len(text) < 4 or is_substitution(text):
        return None
    return syntax_problem(text[2:-2].strip())


@lru_cache(maxsize=4096)
def syntax_problem(expression: str) -> str | None:
    """Why a text is no JSONata; None where it is, or where the library that tells is not installed."""
    try:
        from jsonata import Jsonata  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return None
    try:
        Jsonata(expression)
    except Exception as error:  # the library raises errors of many types
        return f"{expression!r} is no JSONata: {error}"
    return None


RULE = Rule(
    code="KF820",
    title="A JSONata expression cannot be read",
    why=(
        "An expression stands between {% and %}, and is JSONata. Anything else is "
        "text, or a mistake that shows only in an execution."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum($states.input.n %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum($states.input.n) %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
)
