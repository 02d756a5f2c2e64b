"""An expression is one that DynamoDB refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.rule import Finding, Rule
from keyflow.check.service_names import calls_in


def check(definition: Definition) -> Iterator[Finding]:
    """What the expressions of a call hold, against each other and DynamoDB's grammar."""
    for state, resource in calls_in(definition):
        field = "Arguments" if state.language == JSONATA else "Parameters"
        given = state.known.get(field)
        if resource.service != "dynamodb" or not isinstance(given, dict) or not _has_expressions(given):
            continue
        from keyflow.dynamodb.problems import problems

        for problem in problems(_known(given)):
            yield Finding(state.at(field), problem.message, problem.hint, on_key=True)


def _has_expressions(tree: JSON) -> bool:
    match tree:
        case dict():
            return any("Expression" in key or _has_expressions(value) for key, value in tree.items())
        case list():
            return any(map(_has_expressions, tree))
        case _:
            return False


class _Unknown:
    """What only an execution, or a deployment, knows."""


def _known(tree: JSON) -> Any:
    """The parameters under their own names, with `_Unknown` for what is computed."""
    match tree:
        case dict():
            return {
                key.removesuffix(".$"): _Unknown() if key.endswith(".$") else _known(value)
                for key, value in tree.items()
            }
        case list():
            return [_known(each) for each in tree]
        case str() if is_expression(tree) or is_substitution(tree):
            return _Unknown()
        case _:
            return tree


_UPDATE: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:updateItem",
    "Parameters": {
        "TableName": "t",
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET #status = :s",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":s": {"S": "done"}},
    },
    "End": True,
}
RULE = Rule(
    code="KF861",
    title="An expression is one that DynamoDB refuses",
    why=(
        "DynamoDB refuses a call whose expression cannot be read, names an attribute by a reserved word, calls a "
        "function that does not exist, or has other names and values than stand beside it."
    ),
    bad={
        "A": {
            **_UPDATE,
            "Parameters": {"TableName": "t", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET total = :t"},
        }
    },
    good={"A": _UPDATE},
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html",
    check=check,
)
