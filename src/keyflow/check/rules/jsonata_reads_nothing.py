"""A JSONata expression reads what is not there."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.jsonata_expressions import Text, reads, texts_of
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean

_WORKING = ("Task", "Map", "Parallel")
_MEMBERS = ("input", "result", "errorOutput", "context")


def check(definition: Definition) -> Iterator[Finding]:
    """An input document, which expressions here have none of, and members of $states that their field has not."""
    for each in texts_of(definition):
        if each.expression is not None:
            for name in sorted(reads(each.expression)):
                finding = None if name.startswith("-") else _finding(each, name)
                if finding is not None:
                    yield finding


def _finding(text: Text, name: str) -> Finding | None:
    if name.startswith("$states"):
        return _member(text, name.partition(".")[2])
    if name == "$eval":
        return Finding(text.path, "Step Functions has no $eval", "$parse reads JSON text")
    hint = "the state's input is $states.input; a variable is $name"
    return Finding(text.path, f"{name!r} is a part of an input document, which an expression here has not", hint)


def _member(text: Text, name: str) -> Finding | None:
    match name, text.field:
        case "input" | "context" | "", _:
            return None
        case "result", ("Output" | "Assign", *_) if text.state.type in _WORKING:
            return None
        case "errorOutput", ("Catch", int(), "Output" | "Assign", *_):
            return None
        case "result", _:
            hint = "a Task, a Map and a Parallel have one, in Output and Assign"
            return Finding(text.path, "there is no $states.result here", hint)
        case "errorOutput", _:
            hint = "Output and Assign of a catcher have it"
            return Finding(text.path, "there is no $states.errorOutput here", hint)
        case _:
            return Finding(text.path, f"$states has no {name!r}", did_you_mean(name, _MEMBERS))


RULE = Rule(
    code="KF844",
    title="A JSONata expression reads what is not there",
    why=(
        "An expression is given no document: a name alone, $ and $$ lead nowhere, only variables do. And each member "
        "of $states has its fields: the result before there is one, or an error outside of a Catch, is not there."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $.total %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.total %}", "End": True}},
    source=f"{SPEC}#jsonata-restrictions",
    check=check,
)
