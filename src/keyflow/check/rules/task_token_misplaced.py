"""A task token is asked for where there is none, or sent to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.resources import TASK_TOKEN
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.expressions import template_values, texts_in
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.lazy import lazy_pattern

_GIVEN = ("Parameters", "Arguments")
_TOKEN = lazy_pattern(r"(?:\$\$|\$states\.context)\.Task\.Token")
_WHOLE = lazy_pattern(r"\$\$(?:\.Task)?(?![\w.\[])|\$states\.context(?:\.Task)?(?![\w.\[])")
"""The context object, or all of it that is the task's: the token is in both."""


def check(definition: Definition) -> Iterator[Finding]:
    """Tokens in Tasks that get none, and Tasks that wait for one and do not tell it."""
    for state, resource in definition.tasks:
        if _waits(resource) and not any(map(_tells, _texts_given(state))) and not _is_unknown(state):
            message = f"{state.name!r} waits for its task token to come back, and sends it to no one"
            yield Finding(state.at("Resource"), message, "give it among the parameters: $$.Task.Token")
    for state, path, text in _texts(definition):
        if _TOKEN.search(text) is not None and _gets_none(state):
            hint = "only a resource that ends in .waitForTaskToken has one"
            yield Finding(path, f"{state.name!r} waits for no token, so there is none", hint)


def _waits(resource: str) -> bool:
    return resource.endswith(f".{TASK_TOKEN}")


def _gets_none(state: State) -> bool:
    resource = state.document.get("Resource")
    return state.type == "Task" and isinstance(resource, str) and not (_waits(resource) or is_substitution(resource))


def _texts(definition: Definition) -> Iterator[tuple[State, Path, str]]:
    """The texts that calls are given, each with its place, but for paths of names alone: these lead to no token."""
    for each in template_values(definition):
        if each.field == "Parameters" and isinstance(each.value, str):
            yield each.state, each.path, each.value
    for field in _GIVEN:
        for state in definition.having(field):
            if field == "Arguments" or state.language == JSONATA:
                for path, text in texts_in(state.document[field], state.at(field)):
                    yield state, path, text


def _texts_given(state: State) -> Iterator[str]:
    return (text for field in _GIVEN if field in state.document for _, text in texts_in(state.document[field], ()))


def _tells(text: str) -> bool:
    return any(each.search(text) is not None for each in (_WHOLE, _TOKEN)) or is_substitution(text)


def _is_unknown(state: State) -> bool:
    """Whether what the call is given is not written here: then it is the state's input."""
    return not any(field in state.document for field in _GIVEN)


RULE = Rule(
    code="KF846",
    title="A task token is asked for where there is none, or sent to no one",
    why=(
        "Only a Task that waits for a callback has a token, and it goes on when the token comes back: so it "
        "must be among what the Task sends."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            "TimeoutSeconds": 60,
            "End": True,
        }
    },
    source=f"{GUIDE}/connect-to-resource.html#connect-wait-token",
    check=check,
    severity=Severity.WARNING,
)
