"""What IAM asks for a call: its actions, and the narrowest resources that the call's arguments name."""

from __future__ import annotations

from keyflow.aws.authorization.jobs import child_executions, result_writing
from keyflow.aws.authorization.operations import iam_prefix
from keyflow.aws.authorization.permission import LOG_DELIVERY, Permission, policy_document
from keyflow.aws.authorization.granting import Note, Required, permissions, required

__all__ = [
    "LOG_DELIVERY",
    "Note",
    "Permission",
    "Required",
    "child_executions",
    "iam_prefix",
    "permissions",
    "policy_document",
    "required",
    "result_writing",
]
