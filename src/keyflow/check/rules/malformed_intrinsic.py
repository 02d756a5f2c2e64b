"""An intrinsic function cannot be called so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import ARITIES, NESTING, Call, NotAnIntrinsic, calls_in, expressions_of, numeric_problem
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import did_you_mean

_NAMED = ("ErrorPath", "CausePath")
_TEXTS = ("Format", "JsonToString", "ArrayGetItem", "Base64Encode", "Base64Decode", "Hash", "UUID")
"""https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_stepfunctions/FailProps.html lists what both take."""


def check(definition: Definition) -> Iterator[Finding]:
    """Every invocation, those among arguments included."""
    for each in expressions_of(definition):
        if not each.is_intrinsic or is_substitution(each.text):
            continue
        try:
            calls = calls_in(each.text)
        except NotAnIntrinsic as problem:
            yield Finding(each.path, f"{each.text!r} cannot be read: {problem}")
            continue
        if each.field in _NAMED and calls[-1].name in ARITIES and calls[-1].name not in _TEXTS:
            refusal = f"{each.field} takes a function that makes a text, which States.{calls[-1].name} is not"
            yield Finding(each.path, refusal, f"one of {', '.join(f'States.{name}' for name in _TEXTS)}")
        for call in calls:
            message = _problem(call)
            if message is not None:
                yield Finding(
                    each.path, message, did_you_mean(call.name, ARITIES) if call.name not in ARITIES else None
                )


def _problem(call: Call) -> str | None:
    name = f"States.{call.name}"
    if call.name not in ARITIES:
        return f"there is no intrinsic function {name}"
    fewest, most = ARITIES[call.name]
    if len(call.kinds) < fewest or (most is not None and len(call.kinds) > most):
        wanted = str(fewest) if most == fewest else f"{fewest} to {most}" if most is not None else f"at least {fewest}"
        return f"{name} takes {wanted} arguments, not {len(call.kinds)}"
    index = numeric_problem(call)
    if index is not None:
        return f"argument {index + 1} of {name} must be a number, not text"
    if call.depth > NESTING:
        return f"{name} stands in {call.depth} calls; at most {NESTING} may be nested"
    if call.name == "Format" and call.template is not None:
        places = len(re.findall(r"(?<!\\)\{\}", call.template))
        if places != len(call.kinds) - 1:
            return f"{name} has {places} places {{}} for {len(call.kinds) - 1} values"
    return None


RULE = Rule(
    code="KF819",
    title="An intrinsic function cannot be called so",
    why=(
        "A function that does not exist, another number of arguments, text where a number is wanted, more than "
        "ten calls inside one another, or one that makes no text for ErrorPath or CausePath."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"x.$": "States.MathAdd(1, '2')"}, "End": True}},
    good={"A": {"Type": "Pass", "Parameters": {"x.$": "States.MathAdd(1, 2)"}, "End": True}},
    source=f"{GUIDE}/intrinsic-functions.html",
    check=check,
)
