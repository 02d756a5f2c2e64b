"""Definitions of templates: CloudFormation's functions as placeholders, and placeholders that name operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.aws.resources import integration_named

_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_DOTTED = re.compile(r"\$\{([A-Za-z0-9]+)\.([A-Za-z0-9.]+)\}")


def with_placeholders(document: JSON) -> JSON:
    """The document with `Ref`, `Fn::GetAtt` and `Fn::Sub` as placeholders: `!GetAtt Job.Arn` is `${JobArn}`.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
    """
    match document:
        case {"Ref": str(name), **rest} if not rest:
            return f"${{{name}}}"
        case {"Fn::GetAtt": found, **rest} if not rest:
            parts = found.split(".") if isinstance(found, str) else [str(part) for part in found]
            return f"${{{''.join(re.findall(r'[A-Za-z0-9]+', ''.join(parts)))}}}"
        case {"Fn::Sub": str(text), **rest} if not rest:
            return _plain(text)
        case {"Fn::Sub": [str(text), Mapping() as values], **rest} if not rest:
            return _filled(text, values)
        case dict():
            return {key: with_placeholders(value) for key, value in document.items()}
        case list():
            return [with_placeholders(element) for element in document]
        case _:
            return document


def with_operations(document: JSON) -> JSON:
    """The document with the operation's own ARN for a Task's placeholder that is named after it.

    SAM's templates hand resources in under such names: `${DynamoDbGetItem}` is `arn:aws:states:::dynamodb:getItem`.
    """
    match document:
        case dict():
            found = {key: with_operations(value) for key, value in document.items()}
            resource = found.get("Resource")
            named = _NAMED.fullmatch(resource) if isinstance(resource, str) and found.get("Type") == "Task" else None
            integration = None if named is None else integration_named(named[1])
            return found if integration is None else {**found, "Resource": integration.arn}
        case list():
            return [with_operations(element) for element in document]
        case _:
            return document


def _filled(text: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        known = with_placeholders(value)
        text = text.replace(f"${{{name}}}", known if isinstance(known, str) else f"${{{name}}}")
    return _plain(text)


def _plain(text: str) -> str:
    return _DOTTED.sub(lambda match: f"${{{match[1]}{match[2].replace('.', '')}}}", text)
