"""DynamoDB: batches, transactions and PartiQL name their tables within, and a transaction is its parts' actions.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.arns import ANY, ResourceArn, is_arn, pattern, regional, text, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_PARTS: Mapping[str, str] = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
}
_VERBS: Mapping[str, str] = {
    "SELECT": "dynamodb:PartiQLSelect",
    "INSERT": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE": "dynamodb:PartiQLDelete",
    "EXISTS": "dynamodb:PartiQLSelect",
}
_STATEMENT = lazy_pattern(
    r"\s*(?P<verb>SELECT|INSERT|UPDATE|DELETE|EXISTS)\b(?:.*?\b(?:FROM|INTO)\b|(?<=UPDATE))\s*"
    r"(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[\w.${}-]+))(?:\.\"(?P<index>[^\"]+)\")?",
    re.IGNORECASE | re.DOTALL,
)


def grants(call: OperationCall, known: tuple[Grant, ...]) -> Iterator[Grant]:
    """The actions of the parts that a transaction, or the statements that PartiQL has; all where nobody can tell."""
    parts = {part for part, _table in _transacted(call)} if "TransactItems" in call.known else None
    statements = _statements(call)
    needed = {_PARTS.get(part, "") for part in parts} if parts is not None else None
    if statements:
        needed = {action for action, _resource in statements}
    for grant in known:
        if not needed or "" in needed or ANY in needed or grant.action in needed:
            yield grant


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The tables within the call; None where the call names its table itself."""
    if "TransactItems" in call.known:
        return iter(
            _distinct(table for part, table in _transacted(call) if _PARTS.get(part, grant.action) == grant.action)
        )
    if "RequestItems" in call.known:
        return iter(_requested(call.known["RequestItems"]))
    statements = _statements(call)
    if statements:
        return iter(_distinct(table for action, table in statements if action in (grant.action, ANY)))
    return None


def _transacted(call: OperationCall) -> Iterator[tuple[str, ResourceArn]]:
    items = call.known["TransactItems"]
    if not isinstance(items, list | tuple):
        yield "", _table(None, "TransactItems")
        return
    for item in items:
        for part, about in item.items() if isinstance(item, Mapping) else (("", None),):
            given = about.get("TableName") if isinstance(about, Mapping) else None
            yield part, _table(given, "TransactItems")


def _requested(items: Any) -> list[ResourceArn]:
    if not isinstance(items, Mapping):
        return [_table(None, "RequestItems")]
    return [_table(name, "RequestItems") for name in items]


def _statements(call: OperationCall) -> list[tuple[str, ResourceArn]]:
    """The action and the table of each statement of PartiQL; `*` for both where only an execution knows it."""
    written = call.known
    entries = written.get("Statements", written.get("TransactStatements"))
    if "Statement" in written:
        given, member = [written["Statement"]], "Statement"
    elif isinstance(entries, list | tuple):
        given = [each.get("Statement") if isinstance(each, Mapping) else None for each in entries]
        member = "Statements" if "Statements" in written else "TransactStatements"
    elif entries is not None:
        given, member = [None], "Statements" if "Statements" in written else "TransactStatements"
    else:
        return []
    return [_statement(each, member) for each in given]


def _statement(given: Any, member: str) -> tuple[str, ResourceArn]:
    known = text(given)
    match = _STATEMENT.match(known) if known is not None else None
    if match is None:
        return ANY, _table(None, member)
    table = _table(match["quoted"] or match["plain"].split(".")[0], member)
    if match["index"]:
        table = ResourceArn(f"{table.arn}/index/{match['index']}", table.unknown)
    return _VERBS[match["verb"].upper()], table


def _table(given: Any, member: str) -> ResourceArn:
    name = pattern(given)
    if is_arn(name):
        return ResourceArn(name)
    return ResourceArn(regional("dynamodb", f"table/{name}"), unknown(name, member))


def _distinct(found: Iterator[ResourceArn]) -> list[ResourceArn]:
    return list(dict.fromkeys(found))
