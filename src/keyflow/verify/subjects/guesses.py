"""The input of a definition, where nobody says what it is, and the arrays that its Maps go through.

Each run ends at what it cannot do without; that is put there, and it is run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keyflow import asl
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import Execution, TaskCall, run
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.engine.paths import parsed
from keyflow.lazy import lazy_pattern
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.results import SAMPLE_ITEMS, Keys, sample_result, value_at, with_default
from keyflow.verify.world.runner import Slowest, World
from keyflow.verify.world.things import Things

_MOST_GUESSES = 100
_ITEM = "$$.Map.Item.Value"


@dataclass(frozen=True, slots=True)
class _Missing:
    """What an execution has ended for: a path into the data of a state, which may lead to `an array`."""

    state: str
    path: str
    is_array: bool


@dataclass(frozen=True, slots=True)
class _Lies:
    """Where data comes from: a task's result, or (None) the input, and the keys that lead there."""

    task: str | None
    keys: Keys


def guessed(subject: Subject) -> Subject:
    """The subject with an input that the definition gets through with, as far as guessing leads."""
    around = dict(_maps_around(subject.machine, None))
    arrays: dict[str, _Lies] = {}
    for _ in range(_MOST_GUESSES):
        execution = _run(subject)
        missing = _missing(execution)
        if missing is None:
            return subject
        if missing.is_array:
            arrays[missing.state] = _source(subject, execution, missing)
        completed = subject
        for lies in _lying(missing, arrays, around):
            completed = _completed(completed, lies)
        if completed == subject:
            return subject
        subject = completed
    return subject


def _completed(subject: Subject, lies: _Lies) -> Subject:
    """The subject with something where it is missing; a text that stands where an array or an object must, goes."""
    if lies.task is None:
        data = with_default(subject.input, lies.keys, f"input.{'.'.join(map(str, lies.keys))}")
        return replace(subject, input=data)
    read = (*subject.read.get(lies.task, ()), lies.keys)
    return replace(subject, read={**subject.read, lies.task: tuple(dict.fromkeys(read))})


def _lying(missing: _Missing, arrays: Mapping[str, _Lies], around: Mapping[str, str | None]) -> Iterator[_Lies]:
    """Where what is missing has to lie: of an item, in each item of its Map's array."""
    within = missing.state if missing.path.startswith(_ITEM) else around.get(missing.state)
    steps = parsed(missing.path.replace(_ITEM, "$", 1)).steps or ()
    array = arrays.get(missing.state) if missing.is_array else arrays.get(within or "")
    if array is not None:
        inside = () if missing.is_array else steps
        yield from (_Lies(array.task, (*array.keys, index, *inside)) for index in range(SAMPLE_ITEMS))
    elif not missing.path.startswith("$$"):
        yield _Lies(None, steps)


def _source(subject: Subject, execution: Execution, missing: _Missing) -> _Lies:
    """Where a Map's array comes from: a text of a sample says which task's result it stands in, and where."""
    steps = parsed(missing.path).steps or ()
    entered = [each for each in execution.history if each.type == "MapStateEntered"]
    found = value_at(entered[-1].details["input"], steps) if entered else None
    tasks = (name for name in subject.read if isinstance(found, str) and found.startswith(f"{name}."))
    task = max(tasks, key=len, default=None)
    return _Lies(None, steps) if task is None else _Lies(task, tuple(str(found).removeprefix(f"{task}.").split(".")))


def _maps_around(scope: asl.StateMachine | asl.Branch, around: str | None) -> Iterator[tuple[str, str | None]]:
    """By state, the innermost Map around it."""
    for name, state in scope.states.items():
        yield name, around
        for inner in asl.scopes_in(state):
            yield from _maps_around(inner, name if isinstance(state, asl.Map) else around)


def _run(subject: Subject) -> Execution:
    def result_of(call: TaskCall, _rounds: int) -> JSON:
        sample = sample_result(call.resource, call.state, subject.read.get(call.state, ()))
        return subject.results.get(call.state, sample)

    world = World((), result_of, Things.empty())
    return run(subject.bounded, subject.input, world, randomness=Slowest())


def _missing(execution: Execution) -> _Missing | None:
    """What an execution has ended for, where it is a path that leads nowhere, or to no array."""
    if execution.error == QUERY_EVALUATION:
        return _undefined(execution)
    if execution.error != RUNTIME:
        return None
    array = _NO_ARRAY.search(execution.cause or "")
    found = array or _NOT_FOUND.search(execution.cause or "")
    path = None if found is None else next(each for each in found.groups() if each is not None)
    if path is None or (path.startswith("$$") and not path.startswith(_ITEM)):
        return None
    return _Missing(execution.path[-1], path, array is not None)


def _undefined(execution: Execution) -> _Missing | None:
    """What a JSONata expression asks for that gives nothing; one that does more than ask for a member is not told."""
    found = _NOTHING.search(execution.cause or "")
    if found is None:
        return None
    _all, item, keys, field = found.groups("")
    return _Missing(execution.path[-1], f"{_ITEM if item else '$'}{keys}", field == "Items")


_NOTHING = lazy_pattern(
    r"expression '(\$states\.(?:input|context\.Map(\.Item\.Value))((?:\.\w+)*))' specified for the field '([^']*)'"
    r" (?:returned nothing|returned an unexpected result type)"
)
"""What Step Functions says of an expression of JSONata that gives nothing, or no array."""
_NOT_FOUND = lazy_pattern(
    r"(?:JSONPath|Invalid path|JsonPath argument for the field) '(\$[^']*)'"
    r"|does not reference an input value: (\$.*)"
)
"""What Step Functions says of paths that lead nowhere: in templates, conditions, functions and waits."""
_NO_ARRAY = lazy_pattern(r'Reference path "(\$[^"]*)" must point to array')
"""What it says of a Map whose items are none."""
