"""What only one execution can have written, told from a definition: its own name, a UUID, what AWS gave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keyflow.aws import JsonText, RuntimeValue
from keyflow.aws.effects import Effect
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.steps import Chosen
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
        case Reference(source=Chosen(step=step)):
            return all(is_own(option, workflow) for option in step.candidates)
        case Intrinsic(name="States.UUID"):
            return True
        case _:
            return False


def same(left: Any, right: Any) -> bool:
    """Whether two trees of values and literals are one and the same for an execution."""
    match left, right:
        case Reference(), Reference():
            return _source(left) == _source(right) and left.keys == right.keys
        case Intrinsic(), Intrinsic():
            return left.name == right.name and same(left.arguments, right.arguments)
        case Value(), Value():
            text = left.deployed_text()
            return left is right or (text is not None and text == right.deployed_text())
        case JsonText(), JsonText():
            return same(left.tree, right.tree)
        case (RuntimeValue(), _) | (_, RuntimeValue()):
            return False
        case Mapping(), Mapping():
            return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
        case (str(), str()):
            return left == right
        case Sequence(), Sequence():
            return len(left) == len(right) and all(map(same, left, right))
        case _:
            return bool(left == right)


def _source(reference: Reference) -> object:
    source = reference.source
    return (
        source.task
        if isinstance(source, TaskResult)
        else type(source)
        if isinstance(source, Input | Context)
        else source
    )
