"""A suggestion: what a call does that nothing undoes, and the code that undoes it."""

from __future__ import annotations

from keyflow.aws.effects import Effect, OperationEffect
from keyflow.aws.effects.effect import with_article
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location

_DOES = {
    Effect.CREATES: "makes {}",
    Effect.CHANGES: "changes {}",
    Effect.DELETES: "deletes {}",
    Effect.SENDS: "sends {}",
    Effect.STARTS: "starts {}",
    Effect.UNKNOWN: "runs what no model knows",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """What a task does that nothing undoes, and what to write.

    `code` are lines to paste, after which nothing of that task is forgotten; `notes` say what else it takes, in words.
    """

    name: str
    does: str
    code: tuple[str, ...]
    notes: tuple[str, ...] = ()
    location: Location | None = None


def words_for(effect: OperationEffect) -> str:
    """What a call does, in words: `makes an api key`."""
    return _DOES.get(effect.effect, "reads").format(with_article(effect.noun))


def undoing_name(task: str, operation: str, undoing: str) -> str:
    """A name for the state that undoes a task: `Create Key` -> `Delete Key`."""
    words = task.split()
    verb, undoing_verb = (
        name.removeprefix("admin_").removeprefix("batch_").split("_")[0] for name in (operation, undoing)
    )
    synonyms = (verb, "create", "make", "add", "put", "save", "store", "start", "register", "claim", "open", "insert")
    if len(words) > 1 and words[0].lower() in synonyms:
        others = ["From" if word == "To" and undoing_verb == "remove" else word for word in words[1:]]
        return " ".join([undoing_verb.capitalize(), *others])
    return f"Undo {task}"
