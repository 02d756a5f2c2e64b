"""`${Parameter}` in what was built becomes the stage's values, each escaped for the place where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from keyflow.http import PLACEHOLDER

_ARN_IN_ARN = re.compile(r"^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[a-z-]+[:/])?(arn:.+)$")
_QUEUE_URL_IN_ARN = re.compile(r"^(arn:[^:]*:sqs:[^:]*:[^:]*:)https?://.*/([^/]+)$")


def substituted(definition: Any, values: Mapping[str, str]) -> Any:
    """A state machine's definition with its parameters filled in.

    Text under a key that ends in `.$`, and a `...Path`, is an expression: there a value stands inside a string
    literal of an intrinsic function, whose quotes, braces and backslashes are escaped. So is text between {% and %}:
    there it stands inside a string of JSONata.
    """
    match definition:
        case Mapping():
            return {key: _entry(key, value, values) for key, value in definition.items()}
        case list():
            return [substituted(element, values) for element in definition]
        case str() if definition.startswith("{%"):
            return _filled(definition, {name: json.dumps(text)[1:-1] for name, text in values.items()})
        case str():
            return _filled(definition, values)
        case _:
            return definition


def _entry(key: str, value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str) and (key.endswith((".$", "Path"))):
        escaped = {name: re.sub(r"(['\\{}])", r"\\\1", text) for name, text in values.items()}
        return _filled(value, escaped)
    return substituted(value, values)


def substituted_policy(policy: Any, values: Mapping[str, str]) -> Any:
    """A policy with its parameters filled in.

    A parameter may hold an ARN, or a queue's URL, where the policy expects a name: the resource is then that one.
    """
    match policy:
        case Mapping():
            return {key: substituted_policy(value, values) for key, value in policy.items()}
        case list():
            return [substituted_policy(element, values) for element in policy]
        case str():
            text = _ARN_IN_ARN.sub(r"\1", _filled(policy, values))
            return _QUEUE_URL_IN_ARN.sub(r"\1\2", text)
        case _:
            return policy


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
