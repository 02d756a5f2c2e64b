"""The name of an error is nearly one of the language's."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.check.rules.misplaced_error_name import KNOWN
from keyflow.diagnostics import Severity

_PREFIX, _EVERY = "States.", "States.ALL"
_KNOWN = {each.removeprefix(_PREFIX).casefold(): each for each in KNOWN}


def check(definition: Definition) -> Iterator[Finding]:
    """Names in retriers and catchers; those that begin as the language's do are the business of KF824."""
    for state in definition.having("Retry", "Catch"):
        for keys, name in state.error_names:
            meant = _meant(name)
            if meant is not None:
                yield Finding(
                    state.at(*keys), f"no error of the language is named {name!r}", f"did you mean {meant!r}?"
                )


def _meant(name: str) -> str | None:
    """`State.ALL`, `states.Timeout`, `ALL` and `*`: what they were to be."""
    if name.startswith(_PREFIX):
        return None
    if name.casefold() in ("*", "all"):
        return _EVERY
    prefix, dot, rest = name.partition(".")
    return _KNOWN.get(rest.casefold()) if dot and prefix.casefold() in ("state", "states") else None


def _caught(error: str) -> dict[str, object]:
    return {
        "A": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Fail"}}},
            "Catch": [{"ErrorEquals": [error], "ResultPath": "$.error", "Next": "C"}],
            "End": True,
        },
        "C": {"Type": "Pass", "End": True},
    }


RULE = Rule(
    code="KF856",
    title="The name of an error is nearly one of the language's",
    why=(
        "Names are compared letter by letter, and there are no wildcards: a catcher of State.ALL catches an error of"
        " that name, and nothing else. A warning, for a function may end with any name."
    ),
    bad=_caught("State.ALL"),
    good=_caught("States.ALL"),
    source=f"{SPEC}#errors",
    check=check,
    severity=Severity.WARNING,
)
