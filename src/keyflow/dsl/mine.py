"""How a compensation recognises what is the execution's own: by what its task wrote (S13)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any

from keyflow.aws import Call, OperationCall
from keyflow.aws.calls import Operation
from keyflow.diagnostics import definition_error
from keyflow.dsl.expressions import Condition
from keyflow.dsl.values import Reference
from keyflow.making import note_used

_CONDITIONAL = ("delete_item", "update_item", "put_item")
_CONDITION_FAILED = "ConditionalCheckFailedException"

Where = Callable[[Reference], Condition]


def takes_a_condition(call: Call) -> bool:
    """Whether a call can ask itself whose an item is."""
    return isinstance(call, OperationCall) and call.service.name == "dynamodb" and call.operation in _CONDITIONAL


def with_condition(call: OperationCall, mine: Mapping[str, Any]) -> tuple[OperationCall, str]:
    """A call of DynamoDB that asks for these attributes of the item, too, and the error by which it says no.

    `mine` has attributes' names, with dots where they lie in maps, and values with their types, as items have them.

    Raises:
        DefinitionError: KF263, a value has no type, or the call's own condition is known only to an execution.
    """
    note_used(call)
    written = dict(call.written)
    condition = written.get("ConditionExpression")
    if condition is not None and not isinstance(condition, str):
        raise definition_error("KF263", "mine= adds to a ConditionExpression that is text: write the condition whole")
    names: dict[str, Any] = dict(written.get("ExpressionAttributeNames") or {})
    values: dict[str, Any] = dict(written.get("ExpressionAttributeValues") or {})
    tests = [] if condition is None else [f"({condition})"]
    for attribute, value in mine.items():
        if not isinstance(value, Mapping) or len(value) != 1:
            raise definition_error(
                "KF263",
                f"mine= has no type for {attribute!r}: {value!r}",
                hint=f'write it as the item has it: mine={{"{attribute}": {{"S": ...}}}}',
            )
        path = [_unused("#mine", names, name) for name in attribute.split(".")]
        placeholder = _unused(":mine", values, value)
        tests.append(f"{'.'.join(path)} = {placeholder}")
    written |= {
        "ConditionExpression": " AND ".join(tests),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    made = Operation(call.model, call.operation)(**written)
    asking = replace(made, pattern=call.pattern, role=call.role, roles=call.roles, location=call.location)
    return asking, call.integration.error_name(_CONDITION_FAILED)


def _unused(prefix: str, taken: dict[str, Any], meaning: Any) -> str:
    """A placeholder for a name or a value, which is noted; the same name has one."""
    for number in itertools.count(1):
        placeholder = f"{prefix}{number}"
        if placeholder not in taken or (isinstance(meaning, str) and taken[placeholder] == meaning):
            taken[placeholder] = meaning
            return placeholder
    raise AssertionError


def fitting(mine: Mapping[str, Any], where: Where | None) -> Where:
    """A `where` that asks of a listed entry for these members, by boto3's names, and for what `where` asks."""

    def holds(found: Reference) -> Condition:
        tests: list[Condition] = [found[name] == value for name, value in mine.items()]
        return reduce(and_, tests if where is None else [where(found), *tests])

    return holds


def check_written(name: str, call: Call, mine: Mapping[str, Any]) -> None:
    """Raises KF263 where the task's call does not write what `mine` is recognised by."""
    if not isinstance(mine, Mapping) or not mine or not all(isinstance(each, str) for each in mine):
        raise definition_error(
            "KF263", f"mine= has members and their values, not {mine!r}", hint='for instance mine={"owner": me}'
        )
    written = frozenset(_written(call))
    missing = [each for each in mine if each.split(".")[0] not in written]
    if written and missing:
        raise definition_error(
            "KF263",
            f"{name!r} does not write {', '.join(missing)}: nothing would be recognised by it",
            hint=f"it writes {', '.join(sorted(written))}",
        )


def _written(call: Call) -> Iterator[str]:
    """The members or attributes that a call writes, as far as its arguments say it."""
    if not isinstance(call, OperationCall):
        return
    if call.service.name != "dynamodb":
        yield from call.written
        return
    actions = [
        action
        for each in call.written.get("TransactItems", ())
        if isinstance(each, Mapping)
        for action in each.values()
        if isinstance(action, Mapping)
    ]
    for given in (call.written, *actions):
        yield from given.get("Item") or ()
        yield from given.get("Key") or ()
        update, names = given.get("UpdateExpression"), given.get("ExpressionAttributeNames") or {}
        if isinstance(update, str):
            yield from (names.get(word, word) for word in re.findall(r"#?\w+", update))
