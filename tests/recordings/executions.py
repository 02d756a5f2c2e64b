"""Executions replayed: each call is answered as AWS's service answered it, and what comes of it is compared."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow import asl
from keyflow.dataclass import dataclass
from keyflow.diagnostics import KeyflowError
from keyflow.engine import Event, Execution, Failure, Outcome, Success, TaskCall, Waiting, run
from tests.recordings.recorded import differences

ASPECTS = ("status", "output", "error", "cause", "events")
_ATTEMPTS = ("Task", "LambdaFunction", "Activity")
_ENDLESS = 10.0**8
"""Seconds that no limit of a recorded state allows."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The aspects of one recording in which the engine differs, each with what differs in it."""

    name: str
    differs: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Different:
    """Why some aspects of a recording differ here."""

    aspects: tuple[str, ...]
    reason: str


DIFFERENT: Mapping[str, Different] = {
    "local_mocking/TestBaseScenarios::test_map_state_lambda#0": Different(
        ("output", "events"),
        "the answers of its child executions stand in histories of their own, which were not recorded",
    ),
    "test_sfn_api/test_stop_execution#0": Different(
        ("status", "output", "events"), "StopExecution was called from outside: nothing stops a run here"
    ),
}
"""The recordings that differ, one by one."""


def compared(recording: Mapping[str, Any]) -> Comparison:
    """Replays a recorded execution and compares it."""
    history = recording["history"]
    try:
        ours = run(asl.parse(recording["definition"]), _input(recording), Replay(history))
    except KeyflowError as refused:
        return Comparison(recording["name"], {aspect: [str(refused)] for aspect in ASPECTS})
    expected = _end(history[-1])
    output = json.dumps(ours.output) if ours.status == "SUCCEEDED" else None
    found = {"status": ours.status, "output": output, "error": ours.error, "cause": ours.cause}
    by_aspect = {aspect: list(differences(expected[aspect], found[aspect])) for aspect in found}
    by_aspect["events"] = list(_events(history, ours))
    return Comparison(recording["name"], {aspect: found for aspect, found in by_aspect.items() if found})


def _input(recording: Mapping[str, Any]) -> Any:
    """The input; as the history has it where words of the recorder stand in it, which then stand in answers, too."""
    noted = _details(recording["history"][0])["input"]
    own = recording["input"]
    return noted if isinstance(noted, dict) and any(differences(noted, own)) else own


def _end(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the last event says that the execution ended."""
    kind = event["type"].removeprefix("Execution")
    status = "TIMED_OUT" if kind == "TimedOut" else kind.upper()
    details = _details(event)
    error = details.get("error", "States.Timeout" if status == "TIMED_OUT" else None)
    return {"status": status, "output": details.get("output"), "error": error, "cause": details.get("cause")}


def _events(recorded: Sequence[Mapping[str, Any]], ours: Execution) -> Iterator[str]:
    made: Sequence[Event] = ours.history
    kinds, own = [each["type"] for each in recorded], [each.type for each in made]
    if kinds != own:
        yield f"{' '.join(kinds)} were recorded, not {' '.join(own)}"
        return
    for one, other in zip(recorded, made, strict=True):
        document = other.document()
        yield from differences(one, document, f"{one['id']} {one['type']}")


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details of an event, whatever they are called."""
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


class Replay:
    """A runner that gives each state's calls the recorded answers, in the order of their events."""

    def __init__(self, history: Sequence[Mapping[str, Any]]) -> None:
        self._answers: dict[str, deque[Outcome]] = {}
        by_id = {event["id"]: event for event in history}
        for event in history:
            if event["type"] in {f"{family}Scheduled" for family in _ATTEMPTS}:
                self._answers.setdefault(_state(event, by_id), deque()).append(_answer(event, history))

    def call(self, call: TaskCall) -> Outcome:
        """The next recorded answer of the state; one that waits for ever where none was recorded."""
        answers = self._answers.get(call.state)
        return answers.popleft() if answers else Success(None, _ENDLESS)


def _state(event: Mapping[str, Any], by_id: Mapping[int, Mapping[str, Any]]) -> str:
    """The name of the state that an event belongs to."""
    while not event["type"].endswith("StateEntered"):
        event = by_id[event["previousEventId"]]
    name: str = _details(event)["name"]
    return name


def _answer(scheduled: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Outcome:
    """What became of a call: the events that follow it lead there."""
    last, submitted = scheduled["id"], None
    for event in history:
        if event["previousEventId"] != last or not event["type"].startswith(_ATTEMPTS):
            continue
        last, details = event["id"], _details(event)
        if event["type"].endswith("Submitted"):
            submitted = details["output"]
        elif event["type"].endswith("Succeeded"):
            return Success(_result(details["output"]), submitted=submitted)
        elif event["type"].endswith("Failed"):
            return Failure(details.get("error", ""), _text(details.get("cause")), submitted=submitted)
    return Waiting(submitted=submitted) if submitted is not None else Success(None, _ENDLESS)


def _result(output: Any) -> Any:
    """A result; one that is no object is the JSON that AWS gave, as text."""
    try:
        return json.loads(output) if isinstance(output, str) else output
    except ValueError:
        return output


def _text(cause: Any) -> str | None:
    """A cause as the text that it was before the recorder parsed it."""
    return cause if cause is None or isinstance(cause, str) else json.dumps(cause, ensure_ascii=False)
