"""By what a call says which thing it is about, as far as a service's model shows that."""

from __future__ import annotations

import re
from functools import cache

from keyflow.aws.models import OperationModel, Shape
from keyflow.lazy import lazy_pattern

_NAMES_A_THING = lazy_pattern(r"(?:ids?|arns?|names?|urls?|identifiers?|identity|key|bucket|alias)$", re.IGNORECASE)
_IS_WRITTEN = lazy_pattern(r"(?:target|new|source|destination|desired)", re.IGNORECASE)


@cache
def identified_by(operation: OperationModel) -> tuple[str, ...]:
    """The members by which a call that changes a thing says which one: what it writes into it is none of them.

    Of those that the model requires, the ones that are called after a name or an identifier; all of them where none
    is. `UpdateAlias` is about its AliasName, and writes a TargetKeyId.
    """
    if operation.input is None:
        return ()
    required = operation.input.required
    named = [name for name in required if names_a_thing(name, operation.input.members[name])]
    return tuple([name for name in named if not _IS_WRITTEN.match(name)] or named or required)


def names_a_thing(name: str, shape: Shape) -> bool:
    """Whether a member is called after a name or an identifier, and holds texts."""
    is_text = shape.kind == "string" or (shape.type == "list" and shape.element.kind == "string")
    return is_text and _NAMES_A_THING.search(name) is not None


@cache
def undoes(operation: str, undone_by: tuple[str, ...]) -> bool:
    """Whether an operation is one of those that undo a call, or does the same to several things at once.

    Services call that `delete_objects` beside `delete_object`, `batch_delete_image`, `delete_message_batch`.
    """
    forms = ("{}", "{}s", "batch_{}", "batch_{}s", "{}_batch")
    return any(operation == form.format(each) for each in undone_by for form in forms)
