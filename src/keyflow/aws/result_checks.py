"""Results of calls against the service's model, as TestState holds a mock to it in its STRICT mode.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws.models import Shape
from keyflow.aws.resources import Integration, Resource

_NUMBERS = ("integer", "long", "float", "double", "bigdecimal", "biginteger")
_KINDS: Mapping[str, tuple[str, Any]] = {
    "structure": ("an object", (dict,)),
    "map": ("an object", (dict,)),
    "list": ("an array", (list, tuple)),
    "string": ("a string", (str,)),
    "character": ("a string", (str,)),
    "blob": ("a string", (str,)),
    "timestamp": ("a string", (str,)),
    "boolean": ("a boolean", (bool,)),
    **dict.fromkeys(_NUMBERS, ("a number", (int, float))),
}


def result_problem(resource: Resource, result: Any, *, requires: bool = True) -> str | None:
    """Why a service cannot give a result, in TestState's words; None where it can, or no model says.

    Args:
        resource: What a task calls. The result of a job that is waited for, or of a token, is another one.
        result: The result, spelt as Step Functions spells it.
        requires: Whether what the model requires must be there, as in the mode STRICT; the mode PRESENT asks only for
            the types of what is there.
    """
    integration = resource.integration
    if integration is None or resource.pattern or integration.model.output is None:
        return None
    return next(_problems(integration, integration.model.output, result, "", requires), None)


def _problems(
    integration: Integration, shape: Shape, value: Any, path: str, requires: bool, name: str = ""
) -> Iterator[str]:
    """What is wrong with a value at a path of members, `name` being its own as it is spelt."""
    if value is None or path in integration.json_members or shape.is_document:
        return
    what, types = _KINDS.get(shape.type, ("", object))
    fits: bool = isinstance(value, types)
    if not fits or (isinstance(value, bool) and shape.type in _NUMBERS):
        yield f"Field '{name}' must be {what}" if name else f"the result must be {what}"
    elif shape.type == "structure":
        yield from _members(integration, shape, value, path, requires)
    elif shape.type == "list":
        for each in value:
            yield from _problems(integration, shape.element, each, f"{path}[]", requires, name)
    elif shape.type == "map":
        for key, each in value.items():
            yield from _problems(integration, shape.element, each, f"{path}{{}}", requires, str(key))
    elif shape.enum and isinstance(value, str) and value not in shape.enum:
        yield f"Field '{name}' is not an expected value"


def _members(
    integration: Integration, shape: Shape, value: Mapping[str, Any], path: str, requires: bool
) -> Iterator[str]:
    spelt = {integration.spelling(member): member for member in shape.members}
    for member in shape.required if requires else ():
        if integration.spelling(member) not in value:
            yield f"Required field '{integration.spelling(member)}' is missing"
    by_lower_case = {each.lower(): each for each in spelt}
    for key, each in value.items():
        own = spelt.get(key)
        if own is not None:
            inner = f"{path}.{own}" if path else own
            yield from _problems(integration, shape.members[own], each, inner, requires, key)
        elif str(key).lower() in by_lower_case:
            yield f"Field '{key}' is spelt '{by_lower_case[str(key).lower()]}'"
