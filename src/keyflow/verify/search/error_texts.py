"""Whether a definition makes more of an error that it has caught than a handler does.

A catcher decides by names, a Choice may compare an error with a text of the definition, and a Fail may end with it. Of
all that, classes of faults know. Whatever else reads an error's name or cause could tell any two apart: it compares it
with another value, makes a text of it, looks for a part of it, or calls something by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.asl.records import dump_record
from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.lazy import lazy_pattern

_READS = lazy_pattern(r"(?:\.|\[\s*['\"]|\.`)(?:Error|Cause)\b")
_COMPARED = lazy_pattern(
    r"[\w$.`]+\.Error\s*=\s*\"[^\"\\]*\"|\"[^\"\\]*\"\s*=\s*[\w$.`]+\.Error\b|\$type\([\w$.`]+\.Error\) = \"string\""
)
"""An error held against a text that stands there, in JSONata."""
_PLAIN = lazy_pattern(r"\{%\s*\$[\w.$`]*\s*%\}")
"""An expression that only leads to a value."""
_PATH = lazy_pattern(r"\$[^\s,()]*")
_MANY = lazy_pattern(r"\[[*?]|\.\.|\.\*")
_OPERATORS = lazy_pattern(r"(?:StringEquals|StringMatches|String(?:Less|Greater)Than(?:Equals)?|Is[A-Z]\w+)$")
_COPYING = ("Pass", "Map", "Parallel")
"""Types of state whose templates only move data."""


def looks_into_errors(machine: asl.StateMachine, *, by_hand: bool) -> bool:
    """Whether something in a definition could tell any two errors apart.

    Args:
        machine: The definition.
        by_hand: Whether an author wrote its states: of what keyflow compiles, it is known where errors go.
    """
    states = [state for _name, state in asl.all_states(machine)]
    places = {place for state in states for place in _places(state)}
    return any(_looks(dump_record(state), state.type, places, by_hand=by_hand) for state in states)


def _places(state: asl.State) -> Iterator[str]:
    """Where a state's catchers put errors, as paths; `$` where an error becomes all of the data, or in JSONata."""
    if isinstance(state, asl.Task | asl.Parallel | asl.Map):
        places = (catcher.result_path for catcher in state.catch or ())
        yield from ("$" if place is ABSENT else str(place) for place in places if place is not None)


def _looks(state: Mapping[str, JSON], kind: str, places: set[str], *, by_hand: bool) -> bool:
    for key, value in state.items():
        if key in ("Branches", "ItemProcessor", "Iterator", "Comment"):
            continue  # the states in it are looked at by themselves
        if key in ("Parameters", "Arguments") and kind == "Task" and _only_sends(state):
            continue
        if kind == "Fail" and isinstance(value, str) and _is_plain(value):
            continue
        if not by_hand and key in ("Parameters", "ResultSelector", "Output") and kind in _COPYING:
            value = _without_moved(value)
        moves = by_hand and key in ("Parameters", "ItemSelector", "Assign") and kind in _COPYING
        if any(_tells(each, places, by_hand=by_hand, moves=moves) for each in _expressions(key, value, state)):
            return True
    return False


def _expressions(key: str, value: JSON, holder: Mapping[str, JSON]) -> Iterator[str]:
    """The paths, intrinsic functions and JSONata in a field, but for a Choice's question about one error."""
    if isinstance(value, str):
        is_asked = key == "Variable" and any(map(_OPERATORS.match, holder))
        is_known = key == "ResultPath" or (is_asked and ".Cause" not in value and "[?" not in value)
        if value.startswith(("$", "States.", "{%")) and not is_known:
            yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _expressions(name, each, value)
    elif isinstance(value, list):
        for each in value:
            yield from _expressions(key, each, holder)


def _tells(text: str, places: set[str], *, by_hand: bool, moves: bool) -> bool:
    """Whether an expression could make a difference between two errors."""
    if text.startswith("{%"):
        return bool(_READS.search(_COMPARED.sub("", text))) or (by_hand and bool(places) and not _PLAIN.fullmatch(text))
    if _READS.search(text):
        return True
    makes = text.startswith("States.")
    if not (makes or moves or "[?" in text):
        return False
    return any(_holds(path, places, whole=makes or "[?" in text) for path in _PATH.findall(text))


def _holds(path: str, places: set[str], *, whole: bool) -> bool:
    """Whether an error lies at a path or, where the `whole` of what lies there is read, in it."""
    base = _MANY.split(path)[0]
    return any(
        base == place or base.startswith(f"{place}.") or (whole and (base == "$" or place.startswith(f"{base}.")))
        for place in places
        if place != "$" or base == "$"
    )


def _is_plain(text: str) -> bool:
    """Whether an expression is a path, and no function."""
    return _PLAIN.fullmatch(text) is not None or (text.startswith("$") and _MANY.search(text) is None)


def _without_moved(template: JSON) -> JSON:
    """A template of keyflow's own without what moves an error under its own name, or makes a text of marks."""
    if not isinstance(template, dict):
        return template
    return {
        key: _without_moved(value)
        for key, value in template.items()
        if not (key in ("Error.$", "Error") and str(value).rstrip(" %}").endswith(".Error")) and value != _MARKS
    }


_MARKS = "States.JsonToString($[*].marks)"
"""Which branches failed with a declared error: no text of a service is in it."""


def _only_sends(task: Mapping[str, JSON]) -> bool:
    """Whether a call only carries what it is given to somebody: nothing is made, changed or deleted by that name."""
    integration = resource_of(str(task.get("Resource"))).integration
    return integration is None or effect_of(integration.model).effect in (Effect.SENDS, Effect.UNKNOWN)
