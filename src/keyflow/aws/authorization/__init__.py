"""What IAM asks for a call: its actions, and the narrowest resources that the call's arguments name."""

from __future__ import annotations

from keyflow.aws.authorization.granting import Note, Required, permissions, required
from keyflow.aws.authorization.jobs import child_executions, result_writing
from keyflow.aws.authorization.operations import iam_prefix

__all__ = ["Note", "Required", "child_executions", "iam_prefix", "permissions", "required", "result_writing"]
