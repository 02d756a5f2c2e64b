"""Placeholders of templates that are named after operations."""

from __future__ import annotations

from keyflow.asl import JSON
from keyflow.aws.resources import integration_named
from keyflow.placeholders import PARAMETER


def with_operations(document: JSON) -> JSON:
    """The document with the operation's own ARN for a Task's placeholder that is named after it.

    SAM's templates hand resources in under such names: `${DynamoDbGetItem}` is `arn:aws:states:::dynamodb:getItem`.
    """
    match document:
        case dict():
            found = {key: with_operations(value) for key, value in document.items()}
            resource = found.get("Resource")
            named = PARAMETER.fullmatch(resource) if isinstance(resource, str) and found.get("Type") == "Task" else None
            integration = None if named is None else integration_named(named[1])
            return found if integration is None else {**found, "Resource": integration.arn}
        case list():
            return [with_operations(element) for element in document]
        case _:
            return document
