"""Names of errors stand in the wrong order, or are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean

KNOWN = (
    "States.ALL", "States.BranchFailed", "States.DataLimitExceeded", "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout", "States.Http.Socket", "States.IntrinsicFailure", "States.ItemReaderFailed",
    "States.NoChoiceMatched", "States.ParameterPathFailure", "States.Permissions", "States.QueryEvaluationError",
    "States.ResultPathMatchFailure", "States.ResultWriterFailed", "States.Runtime", "States.TaskFailed",
    "States.Timeout",
)  # fmt: skip
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""


def check(definition: Definition) -> Iterator[Finding]:
    """Retriers and catchers. A name that a Fail state of the definition ends with is its author's own."""
    errors = (state.known.get("Error") for state in definition.of_type("Fail"))
    thrown = {error for error in errors if isinstance(error, str)}
    for state in definition.having("Retry", "Catch"):
        for key in ("Retry", "Catch"):
            entries = state.entries(key)
            for index, entry in entries:
                names, is_last = entry.get("ErrorEquals"), index == entries[-1][0]
                if isinstance(names, list) and "States.ALL" in names and not (len(names) == 1 and is_last):
                    yield from _of_every_error(state.at(key, index, "ErrorEquals"), names, is_last)
        for keys, name in state.error_names:
            if name.startswith("States.") and not (_is_known(name) or name in thrown):
                yield Finding(state.at(*keys), f"the language has no error {name}", did_you_mean(name, KNOWN))


def _of_every_error(path: Path, names: list[Any], is_last: bool) -> Iterator[Finding]:
    """`States.ALL` beside other names, or before other entries."""
    if len(names) > 1:
        yield Finding(path, "States.ALL stands alone: it covers the others")
    if not is_last:
        yield Finding(path, f"States.ALL stands in the last entry of {path[-3]}: those after it are never asked")


def _is_known(name: str) -> bool:
    return name in KNOWN or name.startswith("States.Http.StatusCode.") or is_substitution(name)


RULE = Rule(
    code="KF824",
    title="Names of errors stand in the wrong order, or are none",
    why=(
        "States.ALL stands alone, in the last retrier or catcher: what stands after it is never asked. Names"
        " that begin with States. are the language's own."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}, {"ErrorEquals": ["Mine"], "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "End": True},
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Catch": [{"ErrorEquals": ["Mine"], "Next": "B"}, {"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "End": True},
    },
    source=f"{SPEC}#errors",
    check=check,
)
