"""What only one execution can have written: its own name, a UUID, what AWS gave it, what a workflow says it owns."""

from __future__ import annotations

from typing import Any

from keyflow.aws.effects import Effect
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.tasks import TaskResult
from keyflow.dsl.values import Context, Input, Intrinsic, Reference
from keyflow.dsl.workflow import Workflow


def is_own(tree: Any, workflow: Workflow | None = None) -> bool:
    """Whether something in a tree of values is the execution's own."""
    return any(_is_own(value, workflow) for value in values_in(tree))


def _is_own(value: Value, workflow: Workflow | None) -> bool:
    match value:
        case Reference(source=Context(), keys=keys):
            return keys[:2] in (("Execution", "Id"), ("Execution", "Name"))
        case Reference(source=TaskResult(task=task)):
            return task.call.effect is not Effect.READS
        case Reference(source=Input(), keys=keys):
            return workflow is not None and any(keys[: len(owned.keys)] == owned.keys for owned in workflow.owned)
        case Intrinsic(name="States.UUID"):
            return True
        case _:
            return False
