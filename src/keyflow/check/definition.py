"""A definition as it was written, right or wrong: its scopes and states, each with its path and its language.

Nothing here expects a document to be well-formed: what is not of the right kind is passed over, and the rule whose
business it is says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from keyflow.asl import JSON
from keyflow.asl.constants import with_constants
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Edit
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import SUBSTITUTION

JSONPATH, JSONATA = "JSONPath", "JSONata"
DISTRIBUTED = "DISTRIBUTED"
T = TypeVar("T")

_PLACEHOLDER = lazy_pattern(r"<[^<>]*>|\{\{[^{}]*\}\}|%\w++%|__(?:[^\W_]|_(?!_))++__|^_\w+_$")
_CAPITALS = lazy_pattern(r"[A-Z][A-Z0-9_]*")
Locate = Callable[[Path, bool], tuple[int, int]]
"""Line and column of a path into the definition, or of its key."""


@dataclass(frozen=True)
class Scope:
    """A set of states: the definition itself, a branch, or a Map's processor."""

    path: Path
    document: dict[str, Any]
    language: str
    parent: State | None = None

    @cached_property
    def states(self) -> dict[str, Any]:
        """The states that are objects, by name."""
        found = self.document.get("States")
        if not isinstance(found, dict):
            return {}
        return {name: state for name, state in found.items() if isinstance(state, dict)}

    @cached_property
    def targets(self) -> Mapping[str, Sequence[tuple[Path, Any]]]:
        """What the transitions of each state name, each with its place in the state."""
        return {name: list(_targets_of(state)) for name, state in self.states.items()}

    @property
    def is_endless(self) -> bool:
        """Whether there are states, and none that ends the scope."""
        states = self.states.values()
        return bool(states) and not any(
            state.get("End") is True or state.get("Type") in ("Succeed", "Fail") for state in states
        )


def _targets_of(state: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for key in ("Next", "Default"):
        if key in state:
            yield (key,), state[key]
    for key in ("Catch", "Choices"):
        entries = state.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and "Next" in entry:
                yield (key, index, "Next"), entry["Next"]


_OTHER_STATES = ("Branches", "ItemProcessor", "Iterator")


@dataclass(frozen=True, kw_only=True)
class State:
    """One state, and where it stands. `type` is what its Type says, and empty where it says nothing."""

    path: Path
    name: str
    type: str
    document: dict[str, Any]
    scope: Scope
    language: str
    _entries: dict[str, Sequence[tuple[int, dict[str, Any]]]] = field(default_factory=dict, init=False, compare=False)

    @property
    def known(self) -> dict[str, Any]:
        """Its document with what constant expressions of JSONata give in their places; other states in it stay."""
        return self._evaluated if self.language == JSONATA else self.document

    @cached_property
    def _evaluated(self) -> dict[str, Any]:
        return {key: value if key in _OTHER_STATES else with_constants(value) for key, value in self.document.items()}

    def at(self, *keys: str | int) -> Path:
        """The path of something in the state."""
        return (*self.path, *keys)

    def entries(self, key: str) -> Sequence[tuple[int, dict[str, Any]]]:
        """The objects in one of the state's arrays (`Retry`, `Catch`, `Choices`), with their indexes."""
        if key not in self.document:
            return ()
        if key not in self._entries:  # one rule after the other asks
            found = self.document[key]
            listed = enumerate(found) if isinstance(found, list) else ()
            self._entries[key] = [(index, entry) for index, entry in listed if isinstance(entry, dict)]
        return self._entries[key]

    @cached_property
    def error_names(self) -> Sequence[tuple[Path, str]]:
        """The names of errors in its retriers and catchers, each with its place in the state."""
        return [
            ((key, index, "ErrorEquals", place), name)
            for key in ("Retry", "Catch")
            for index, entry in self.entries(key)
            if isinstance(names := entry.get("ErrorEquals"), list)
            for place, name in enumerate(names)
            if isinstance(name, str)
        ]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A whole definition. `type` is EXPRESS or STANDARD where it is known; `size` counts bytes.

    `name` is its resource's in a template, and `file` has its places. `word` gives the plain word of a YAML file at a
    path, and `edit` what writes another text at a path, or as its key.
    """

    document: JSON
    locate: Locate
    type: str | None = None
    size: int = 0
    duplicates: tuple[Path, ...] = ()
    name: str | None = None
    file: str = ""
    word: Callable[[Path], str | None] = lambda _path: None
    edit: Callable[[Path, bool, str], Edit | None] = lambda _path, _key, _new: None
    _memo: dict[str, Any] = field(default_factory=dict, init=False, compare=False)

    def once(self, name: str, analysis: Callable[[Definition], T]) -> T:
        """What an analysis finds, which several rules share."""
        if name not in self._memo:
            self._memo[name] = analysis(self)
        found: T = self._memo[name]
        return found

    @property
    def scopes(self) -> Sequence[Scope]:
        """The outermost scope first, then those inside, in the order written."""
        return self._content[0]

    @property
    def states(self) -> Sequence[State]:
        """Every state, those of one scope after those of the other."""
        return self._content[1]

    def having(self, *fields: str) -> Sequence[State]:
        """The states that have one of the fields, in their order; they are looked for once."""
        present = tuple([field for field in fields if field in self._by_field])
        if len(present) < 2:
            return self._by_field[present[0]] if present else ()
        wanted = frozenset(present)
        return self.once(
            f"having {present}",
            lambda given: [state for state in given.states if not wanted.isdisjoint(state.document)],
        )

    def entries(self, field: str) -> Sequence[tuple[State, int, dict[str, Any]]]:
        """The objects in an array that states have (`Retry`, `Catch`, `Choices`), each with its state and its index."""
        return self.once(
            f"entries {field}",
            lambda given: [
                (state, index, entry) for state in given.having(field) for index, entry in state.entries(field)
            ],
        )

    def of_type(self, name: str) -> Sequence[State]:
        """The states whose Type says so, in their order."""
        return self._by_type.get(name, ())

    @property
    def tasks(self) -> Sequence[tuple[State, str]]:
        """The Tasks whose Resource is a text, each with that; they are looked for once."""
        return self.once("tasks", _tasks_of)

    @cached_property
    def _by_field(self) -> Mapping[str, Sequence[State]]:
        found: dict[str, list[State]] = {}
        for state in self.states:
            for key in state.document:
                found.setdefault(key, []).append(state)
        return found

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[State]]:
        found: dict[str, list[State]] = {}
        for state in self.states:
            found.setdefault(state.type, []).append(state)
        return found

    @cached_property
    def _content(self) -> tuple[list[Scope], list[State]]:
        """All scopes and states. A scope does not hold its states, which know it: that would be a circle."""
        scopes, states = list[Scope](), list[State]()
        if not isinstance(self.document, dict):
            return scopes, states
        language = self.document.get("QueryLanguage")
        pending = [Scope((), self.document, language if language in (JSONPATH, JSONATA) else JSONPATH)]
        while pending:
            scope = pending.pop()
            own = list(_states_of(scope))
            scopes.append(scope)
            states += own
            pending += reversed([each for state in own for each in _scopes_in(state)])
        return scopes, states


def _tasks_of(definition: Definition) -> Sequence[tuple[State, str]]:
    found = ((state, state.document.get("Resource")) for state in definition.of_type("Task"))
    return [(state, resource) for state, resource in found if isinstance(resource, str)]


def _states_of(scope: Scope) -> Iterator[State]:
    for name, document in scope.states.items():
        own, written = document.get("QueryLanguage"), document.get("Type")
        yield State(
            path=(*scope.path, "States", name),
            name=name,
            type=written if isinstance(written, str) else "",
            document=document,
            scope=scope,
            language=own if own in (JSONPATH, JSONATA) else scope.language,
        )


def _scopes_in(state: State) -> Iterator[Scope]:
    """The scopes inside a state: whatever its type says, what looks like one is one.

    The language inside is the definition's: that of the state is its own alone.
    """
    language = state.scope.language
    for index, branch in state.entries("Branches"):
        yield Scope(state.at("Branches", index), branch, language, state)
    for key in ("ItemProcessor", "Iterator"):
        processor = state.document.get(key)
        if isinstance(processor, dict):
            yield Scope(state.at(key), processor, language, state)


def processor_config(processor: JSON) -> dict[str, Any]:
    """The ProcessorConfig of a Map's processor; empty where it has none, or none that is an object."""
    found = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return found if isinstance(found, dict) else {}


def execution_config(scope: Scope) -> dict[str, Any] | None:
    """The ProcessorConfig of the nearest distributed Map around a scope, whose child executions run the scope's states.

    None where the definition's own execution runs them.
    """
    config = processor_config(scope.document)
    if config.get("Mode") == DISTRIBUTED:
        return config
    return None if scope.parent is None else execution_config(scope.parent.scope)


def states_turned_back(definition: Definition) -> Iterator[State]:
    """The states that say JSONPath in a definition that says JSONata."""
    document = definition.document
    if isinstance(document, dict) and document.get("QueryLanguage") == JSONATA:
        for state in definition.states:
            if state.document.get("QueryLanguage") == JSONPATH:
                yield state


def is_substitution(value: JSON) -> bool:
    """Whether a value is known only when it is deployed: text with `${...}`, a placeholder, or a template function."""
    if isinstance(value, str):
        return _is_put_in(value)
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


@lru_cache(maxsize=16_384)
def _is_put_in(text: str) -> bool:
    return has_substitution(text) or _PLACEHOLDER.fullmatch(text) is not None


@lru_cache(maxsize=16_384)
def has_substitution(text: str) -> bool:
    """Whether a deployment puts something into a text: `${...}`."""
    return SUBSTITUTION.search(text) is not None


@lru_cache(maxsize=1024)
def has_placeholder(resource: str) -> bool:
    """Whether a Resource, or a part of it, waits for what somebody puts in by hand: `<name>`, `{{name}}`, `THE_ARN`."""
    return _PLACEHOLDER.search(resource) is not None or _CAPITALS.fullmatch(resource) is not None
