"""`${Parameter}` in what was built becomes the stage's values, each escaped for the place where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from keyflow.asl.fields import is_expression
from keyflow.json_values import Unquoted, with_leaves
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import filled, value_at

_ARN_IN_ARN = lazy_pattern(r"^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[a-z-]+[:/])*(arn:.+)$")
_QUEUE_URL_IN_ARN = lazy_pattern(
    r"^(?P<here>(?P<service>arn:[^:]*:sqs:)[^:]*:[^:]*:)"
    r"https?://(?:sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com[.a-z]*/(?P<account>\d{12})/|.*/)(?P<name>[^/]+)$"
)
_SLASHES = lazy_pattern(r"(:ssm:[^:]*:[^:]*:parameter/)/")


def substituted(definition: Any, values: Mapping[str, str]) -> Any:
    """A state machine's definition with its parameters filled in.

    Text under a key that ends in `.$`, and a `...Path`, is an expression: there a value stands inside a string
    literal of an intrinsic function, whose quotes, braces and backslashes are escaped. So is text between {% and %}:
    there it stands inside a string of JSONata. One without quotes becomes a number, true, false or other JSON.
    It is its stand-in where it has no value.

    Raises:
        ProjectError: KF520, what stands without quotes becomes no JSON.
    """
    match definition:
        case Mapping():
            return {key: _entry(key, value, values) for key, value in definition.items()}
        case list():
            return [substituted(element, values) for element in definition]
        case Unquoted():
            return value_at(definition, values)
        case str() if "${" not in definition:
            return definition
        case str() if is_expression(definition):
            return filled(definition, {name: json.dumps(text)[1:-1] for name, text in values.items()})
        case str():
            return filled(definition, values)
        case _:
            return definition


def _entry(key: str, value: Any, values: Mapping[str, str]) -> Any:
    if type(value) is str and "${" in value and key.endswith((".$", "Path")):
        escaped = {name: re.sub(r"(['\\{}])", r"\\\1", text) for name, text in values.items()}
        return filled(value, escaped)
    return substituted(value, values)


def substituted_policy(policy: Any, values: Mapping[str, str]) -> Any:
    """A policy with its parameters filled in.

    A parameter may hold an ARN, or a queue's URL, where the policy expects a name: the resource is then that one.
    """

    def text(leaf: Any) -> Any:
        if not isinstance(leaf, str):
            return leaf
        resource = _ARN_IN_ARN.sub(r"\1", filled(leaf, values))
        return _SLASHES.sub(r"\1", _QUEUE_URL_IN_ARN.sub(_queue, resource))

    return with_leaves(policy, text)


def _queue(match: re.Match[str]) -> str:
    """A queue's ARN by its URL: in the URL's region and account, where it has them."""
    if match["account"]:
        return f"{match['service']}{match['region']}:{match['account']}:{match['name']}"
    return f"{match['here']}{match['name']}"
