"""Comments of states and machines, with what the definition says of effects: who reads the file alone knows it, too.

`keyflow verify FILE` reads them again (see `keyflow.verify.subjects.told_effects`).
"""

from __future__ import annotations

from collections.abc import Iterable

from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow


def task_comment(task: Task) -> str | None:
    """A task's comment, and that what it does may stay."""
    kept = None if task.kept is None else f"effect: kept, {task.kept}"
    return _joined((task.comment, kept, "effect: reads" if task.call.is_read else None))


def machine_comment(workflow: Workflow) -> str | None:
    """A workflow's comment, that nothing is ever undone, and what is handed over to it."""
    owned = ", ".join(".".join(map(str, value.keys)) for value in workflow.owned)
    return _joined((workflow.comment, None if workflow.saga else "effect: kept", f"owns: {owned}" if owned else None))


def _joined(parts: Iterable[str | None]) -> str | None:
    return "; ".join(part for part in parts if part is not None) or None
