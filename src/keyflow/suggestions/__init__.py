"""What a definition does not say: for each call that changes something, how it is undone, as code."""

from keyflow.suggestions.states import suggested_states
from keyflow.suggestions.suggestion import Suggestion
from keyflow.suggestions.tasks import hint, suggested_compensations

__all__ = ["Suggestion", "hint", "suggested_compensations", "suggested_states"]
