"""A path stands where only a reference path may."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import (
    REFERENCE_PATHS,
    SINGLE,
    PathExpression,
    expressions_of,
    is_reference_path,
    leads_to_one,
    path_problem,
)
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """ResultPath, bounds and times, and what a Choice compares."""
    for each in expressions_of(definition):
        if is_substitution(each.text) or (path_problem(each.text) is not None and not each.is_intrinsic):
            continue
        if not _is_single(each):
            message = f"{each.text!r} leads to no single place in the data"
            yield Finding(each.path, message, "names and indexes only: $.a.b[0]")
        elif each.field == "Variable" and each.is_intrinsic:
            yield Finding(each.path, "a Choice compares what a path leads to, not what a function makes")


def _is_single(each: PathExpression) -> bool:
    if each.field in REFERENCE_PATHS:
        return is_reference_path(each.text)
    return each.field not in SINGLE or leads_to_one(each.text)


RULE = Rule(
    code="KF816",
    title="A path stands where only a reference path may",
    why=(
        "ResultPath says one place to write to: a path with filters, wildcards or slices, the context object "
        "and variables are no places. A bound and a time are one value: SecondsPath and its like lead to one."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "ResultPath": "$.a[*].b",
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "ResultPath": "$.a.b",
            "End": True,
        }
    },
    source=f"{SPEC}#path",
    check=check,
)
