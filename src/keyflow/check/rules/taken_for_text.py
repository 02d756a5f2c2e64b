"""A path or an expression stands where it is taken for text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.asl.fields import is_expression
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.expressions import template_values, texts_in
from keyflow.check.jsonata_expressions import texts_of
from keyflow.check.paths import Path
from keyflow.check.rule import Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.lazy import lazy_pattern

_PATH = lazy_pattern(r"\$(?:\$?\.[A-Za-z_]|\$?\[|\.\.)|States\.[A-Z]\w*\(")
_UNBRACED = lazy_pattern(r"\$(?:states\.(?:input|result|context|errorOutput)\b|\$?\.[A-Za-z_])")
_PARTIAL = lazy_pattern(r"\{%.*%\}", re.DOTALL)
_MEANT = ("$", "States.", "{%")
"""How what was meant as an expression begins."""
_NAMED = ("Error", "Cause")


def check(definition: Definition) -> Iterator[Finding]:
    """Templates, fixed results and messages in JSONPath; payloads in JSONata."""
    for each in template_values(definition):
        if not each.is_computed and each.value.startswith(_MEANT) and not is_substitution(each.value):
            yield from _template(each.path, each.value)
    for state in definition.states:
        if state.language != JSONATA:
            yield from _fixed(state)
    for text in texts_of(definition):
        hint = None if text.expression is not None or is_substitution(text.text) else _missed(text.text)
        if hint is not None:
            yield Finding(text.path, f"{text.text!r} is plain text", hint)


def _missed(text: str) -> str | None:
    """How to write a text that was to be an expression of JSONata, or to have one in it."""
    if _UNBRACED.match(text):
        path = re.sub(r"^\$(\$?)\.", lambda root: "$states.context." if root[1] else "$states.input.", text)
        return f"write {'{% ' + path + ' %}'!r}"
    if _PARTIAL.search(text) is None or text.startswith("{%") or text.endswith("%}"):
        return None
    if is_expression(text.strip()):
        return f"no spaces in front of {{% and after %}}: write {text.strip()!r}"
    return "an expression is the whole text: \"{% 'to ' & $states.input.name %}\""


def _template(place: Path, text: str) -> Iterator[Finding]:
    if is_expression(text):
        yield Finding(place, f"{text!r} is plain text", 'the state is in JSONPath: "QueryLanguage": "JSONata"')
    elif _PATH.match(text) and not _names_a_path(place):
        if isinstance(place[-1], int):
            hint = "an element of an array is fixed: States.Array(...) makes one of paths"
        else:
            hint = f"write '{place[-1]}.$' for its value"
        yield Finding(place, f"{text!r} is plain text", hint)


def _fixed(state: State) -> Iterator[Finding]:
    """What holds no expressions at all."""
    if state.type == "Pass":
        for place, text in texts_in(state.document.get("Result"), state.at("Result")):
            if _PATH.match(text) and not is_substitution(text):
                yield Finding(place, f"{text!r} is plain text: a Result is fixed", "Parameters are filled in")
    for key in _NAMED:
        told = state.document.get(key)
        if state.type == "Fail" and isinstance(told, str) and _PATH.match(told):
            yield Finding(state.at(key), f"{told!r} is plain text", f"{key}Path takes a path")


def _names_a_path(place: Path) -> bool:
    """Whether a parameter is meant to hold a path as text, as EventBridge's InputPath is."""
    return any(isinstance(key, str) and "path" in key.lower() for key in place)


RULE = Rule(
    code="KF853",
    title="A path or an expression is taken for text",
    why=(
        "In a payload template a path counts only under a key that ends in .$, and in JSONata an expression only "
        "between {% and %}. Anywhere else it is the text that goes on."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"order": "$.order"}, "End": True}},
    good={"A": {"Type": "Pass", "Parameters": {"order.$": "$.order"}, "End": True}},
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html",
    check=check,
    severity=Severity.WARNING,
)
