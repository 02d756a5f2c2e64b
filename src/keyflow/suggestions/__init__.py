"""What a definition does not say: for each call that changes something, how it is undone, as code."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.suggestions.suggestion import Suggestion
    from keyflow.suggestions.tasks import hint, suggested_compensations
    from keyflow.suggestions.undoing_states import suggested_states

__all__ = ["Suggestion", "hint", "suggested_compensations", "suggested_states"]

_MODULES = {
    "keyflow.suggestions.undoing_states": ("suggested_states",),
    "keyflow.suggestions.suggestion": ("Suggestion",),
    "keyflow.suggestions.tasks": ("hint", "suggested_compensations"),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
