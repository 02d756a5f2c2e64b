"""The context object of an execution, and the names that a simulated account gives.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

from typing import Any

from keyflow.asl import JSON

REGION = "us-east-1"
ACCOUNT = "123456789012"
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/execution"
EXECUTION_NAME = "execution"
"""The name of an execution that is given none."""


def execution_arn(machine: str, name: str) -> str:
    """The ARN of an execution."""
    return f"{ARN}:execution:{machine}:{name}"


def context_object(machine: str, name: str, data: JSON, start: str) -> dict[str, Any]:
    """What every state of an execution sees; each state adds what is its own.

    Args:
        machine: The state machine's name.
        name: The execution's name.
        data: The execution's input.
        start: The moment at which it began, as RFC 3339 has it.
    """
    return {
        "Execution": {
            "Id": execution_arn(machine, name),
            "Input": data,
            "Name": name,
            "RoleArn": ROLE_ARN,
            "StartTime": start,
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": f"{ARN}:stateMachine:{machine}", "Name": machine},
    }
