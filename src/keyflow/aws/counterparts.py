"""Which operation undoes which: told from their names, for definitions that do not say it."""

from __future__ import annotations

from collections.abc import Mapping

from keyflow.aws.integrations import optimized
from keyflow.aws.resources import Integration

_UNDOING: Mapping[str, tuple[str, ...]] = {
    "create": ("delete",),
    "put": ("delete",),
    "register": ("deregister",),
    "allocate": ("release",),
    "run": ("terminate",),
    "add": ("remove",),
    "attach": ("detach",),
    "associate": ("disassociate",),
    "subscribe": ("unsubscribe",),
    "import": ("delete",),
    "copy": ("delete",),
    "restore": ("delete",),
    "authorize": ("revoke",),
}
"""The verbs of operations that make something, and those that undo it."""


def undone_by(integration: Integration) -> Integration | None:
    """The operation that deletes what this one makes (`delete_api_key` of `create_api_key`); None where none does."""
    service = integration.model.service
    verb, _, noun = integration.operation.partition("_")
    for undoing in _UNDOING.get(verb, ()):
        name = f"{undoing}_{noun}" if noun else undoing
        if name in service.operations:
            return Integration(service.operations[name], name, optimized(service.name, name))
    return None
