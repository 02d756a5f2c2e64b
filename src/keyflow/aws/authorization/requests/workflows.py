"""Step Functions: IAM asks for the state machine, whichever version or alias of it is started.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.authorization.arns import ANY, ResourceArn, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall

_PARTS = 7
"""How many parts the ARN of a state machine has; a version or an alias is the eighth."""


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The state machine that is started, or the executions that are asked for or stopped."""
    if grant.action in ("states:StartExecution", "states:StartSyncExecution"):
        given = pattern(call.known.get("stateMachineArn"))
        if given == ANY:
            return iter([ResourceArn(regional("states", "stateMachine:*"), ("stateMachineArn",))])
        unqualified = ":".join(given.split(":")[:_PARTS]) if given.startswith("arn:") else given
        return iter([ResourceArn(unqualified, unknown(given, "stateMachineArn"))])
    if "executionArn" in call.known and "execution" in grant.types:
        given = pattern(call.known["executionArn"])
        arn = regional("states", "execution:*") if given == ANY else given
        return iter([ResourceArn(arn, unknown(given, "executionArn"))])
    return None
