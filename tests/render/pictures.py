"""Definitions that pictures are tested with."""

from __future__ import annotations

from typing import Any

TRIP: dict[str, Any] = {
    "Comment": "A trip",
    "StartAt": "Book",
    "States": {
        "Book": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Catch": [{"ErrorEquals": ["Full", "States.Timeout"], "Next": "Unbook"}],
            "Next": "Paid?",
        },
        "Paid?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.paid", "BooleanEquals": True, "Next": "Both"}],
            "Default": "Unpaid",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Mail", "States": {"Mail": {"Type": "Pass", "End": True}}},
                {"StartAt": "Text", "States": {"Text": {"Type": "Wait", "Seconds": 5, "End": True}}},
            ],
            "End": True,
        },
        "Unpaid": {"Type": "Fail", "Error": "Unpaid"},
        "Unbook": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:deleteItem", "Next": "Failed"},
        "Failed": {"Type": "Fail", "Error": "Failed"},
    },
}
"""A Task with a catcher that leads to what undoes it, a Choice, and a Parallel."""


def one_state(name: str, **fields: Any) -> dict[str, Any]:
    """A definition of one state."""
    return {"StartAt": name, "States": {name: {"Type": "Succeed", **fields}}}
