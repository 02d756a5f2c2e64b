"""What Step Functions itself has against a definition: ValidateStateMachineDefinition, as diagnostics with places.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from keyflow.check.definition import Definition
from keyflow.check.paths import Path
from keyflow.deploy.target import Clients, aws_errors
from keyflow.diagnostics import Diagnostic, Location, Severity
from keyflow.json_values import with_stand_ins
from keyflow.lazy import lazy_pattern

CODE = "KF552"
_INDEX = lazy_pattern(r"(?P<name>[^\[\]]*)(?P<indexes>(?:\[\d+\])+)")


def validated(clients: Clients, definition: Definition) -> Iterator[Diagnostic]:
    """AWS's findings, in the order of its answer.

    Args:
        clients: For the account that is asked. The call reads nothing there, and makes nothing.
        definition: What is validated, with what its template puts in; AWS is sent 1 for a number that is not known.

    Raises:
        DeployError: KF504, AWS could not be reached; KF503, it refused the call itself.
    """
    with aws_errors():
        answer = clients.client("stepfunctions").validate_state_machine_definition(
            definition=json.dumps(with_stand_ins(definition.document)),
            type=definition.type or "STANDARD",
            severity="WARNING",
        )
    for each in answer["diagnostics"]:
        path = path_of(each.get("location", ""), definition.document)
        message = f"AWS: {each['code']}: {each['message']}"
        severity = Severity.ERROR if each["severity"] == "ERROR" else Severity.WARNING
        place = Location(definition.file, *definition.locate(path, False))
        yield Diagnostic(CODE, message, place, severity=severity)
    if answer.get("truncated"):
        more = "AWS has found more than it lists"
        yield Diagnostic(CODE, more, Location(definition.file, 1), severity=Severity.WARNING)


def path_of(pointer: str, document: Any) -> Path:
    """The path that AWS's location leads to: `/States/Is It?/Choices[0]/Next`.

    A name may have slashes and brackets in it: the longest that is there is taken. Where the rest leads nowhere, the
    path ends.
    """
    path: list[str | int] = []
    rest, found = pointer.removeprefix("/"), document
    while rest:
        step = _step(rest, found)
        if step is None:
            break
        keys, rest = step
        for key in keys:
            found = found[key]
        path += keys
    return tuple(path)


def _step(rest: str, found: Any) -> tuple[list[str | int], str] | None:
    """The keys at the beginning of a pointer that the value has, and what follows them."""
    parts = rest.split("/")
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        following = "/".join(parts[length:])
        for each in (name, name.replace("~1", "/").replace("~0", "~")):
            if isinstance(found, dict) and each in found:
                return [each], following
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            return [int(name)], following
        indexed = _INDEX.fullmatch(name)
        if indexed is not None and isinstance(found, dict) and indexed["name"] in found:
            keys = _indexes(found[indexed["name"]], [int(each) for each in re.findall(r"\d+", indexed["indexes"])])
            return [indexed["name"], *keys], following
    return None


def _indexes(found: Any, indexes: list[int]) -> list[int]:
    """Those of the indexes that lead to elements."""
    keys: list[int] = []
    for index in indexes:
        if not isinstance(found, list) or index >= len(found):
            break
        keys.append(index)
        found = found[index]
    return keys
