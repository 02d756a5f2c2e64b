"""A backslash in an intrinsic function's text escapes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import expressions_of
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.lazy import lazy_pattern

_TEXT = lazy_pattern(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = lazy_pattern(r"\\(.)", re.DOTALL)


def check(definition: Definition) -> Iterator[Finding]:
    r"""Everything behind a backslash but `'`, `{`, `}` and the backslash itself."""
    for each in expressions_of(definition):
        if not each.is_intrinsic or is_substitution(each.text):
            continue
        signs = [sign for text in _TEXT.findall(each.text) for sign in _ESCAPE.findall(text)]
        wrong = next((sign for sign in signs if sign not in "'{}\\"), None)
        if wrong is not None:
            message = f"the backslash in front of {wrong!r} in {each.text!r} escapes nothing"
            hint = r"Step Functions knows \' \{ \} and \\ in the text of a function; write other signs as they are"
            only_quotes = {sign for sign in signs if sign not in "'{}\\"} == {'"'}
            fix = _unquoted(each.text) if only_quotes else None
            yield Finding(each.path, message, hint, fix=fix)


def _unquoted(text: str) -> str:
    """The invocation with its double quotes as they are."""
    return _TEXT.sub(lambda found: re.sub(r"\\(.)", lambda sign: '"' if sign[1] == '"' else sign[0], found[0]), text)


RULE = Rule(
    code="KF850",
    title="A backslash in an intrinsic function's text escapes nothing",
    why=(
        "The text of an intrinsic function knows four escapes. Another one is refused when the definition is deployed, "
        "or fails an execution: a double quote needs none, and a new line is one."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"x.$": r"States.Format('say \"{}\"', $.x)"}, "End": True}},
    good={"A": {"Type": "Pass", "Parameters": {"x.$": "States.Format('say \"{}\"', $.x)"}, "End": True}},
    source=f"{GUIDE}/intrinsic-functions.html#amazon-states-language-intrinsic-functions-reserved-characters",
    check=check,
)
