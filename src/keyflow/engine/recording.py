"""A run's calls and what they came to, written to a file and replayed from it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine.history import EPOCH
from keyflow.engine.runner import Failure, Outcome, Runner, Success, TaskCall, Waiting

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recording:
    """What has to be known to run an execution again. Results are kept as they were: secrets, too.

    `calls` holds, for each call, its state, resource, parameters and outcome, in the order made.
    """

    input: JSON
    calls: tuple[Mapping[str, Any], ...]
    start: datetime = EPOCH
    parameters: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The recording as a JSON file's content."""
        document = {
            "version": _VERSION,
            "start": self.start.isoformat(),
            "parameters": dict(self.parameters),
            "input": self.input,
            "calls": list(self.calls),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def recording_of(document: JSON) -> Recording:
    """The recording that a JSON document holds.

    Raises:
        EngineError: KF604, the document is no recording.
    """
    try:
        if document["version"] != _VERSION:
            raise ValueError(f"its version is {document['version']!r}, not {_VERSION}")
        calls = tuple(document["calls"])
        for call in calls:
            _outcome(call)
            call["state"], call["parameters"]
        return Recording(document["input"], calls, datetime.fromisoformat(document["start"]), document["parameters"])
    except (KeyError, TypeError, ValueError) as error:
        message = f"this is no recording: {type(error).__name__}: {error}"
        raise EngineError(Diagnostic("KF604", message, hint="keyflow run --record makes one")) from error


class Recorder:
    """A runner that lets another answer, and keeps what it said."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.calls: list[Mapping[str, Any]] = []

    def call(self, call: TaskCall) -> Outcome:
        outcome = self._runner.call(call)
        about = {"state": call.state, "resource": call.resource, "parameters": call.parameters}
        self.calls.append({**about, **_document(outcome)})
        return outcome


class Recorded:
    """A runner that answers from a recording: each call must be one that was recorded, with the same parameters."""

    def __init__(self, recording: Recording) -> None:
        self._answers: dict[str, deque[tuple[JSON, Outcome]]] = {}
        for call in recording.calls:
            self._answers.setdefault(call["state"], deque()).append((call["parameters"], _outcome(call)))

    def call(self, call: TaskCall) -> Outcome:
        """The recorded outcome.

        Raises:
            EngineError: KF608, the recording has no such call.
        """
        answers = self._answers.get(call.state, deque())
        for index, (parameters, outcome) in enumerate(answers):
            if parameters == call.parameters:
                del answers[index]
                return outcome
        found = f"its parameters were {json.dumps(answers[0][0])}" if answers else "it was not called so often"
        message = f"the recording has no call of {call.state!r} with {json.dumps(call.parameters)}: {found}"
        raise EngineError(Diagnostic("KF608", message, hint="record the run again"))


def _document(outcome: Outcome) -> dict[str, JSON]:
    beside: dict[str, JSON] = {"Seconds": outcome.seconds} if outcome.seconds else {}
    if outcome.submitted is not None:
        beside["Submitted"] = outcome.submitted
    match outcome:
        case Success(result):
            return {"Return": result, **beside}
        case Failure(cause=cause) as failure:
            return {"Throw": {"Error": failure.name, "Cause": cause}, **beside}
        case Waiting():
            return {"Waits": True, **beside}


def _outcome(call: Mapping[str, Any]) -> Outcome:
    seconds, submitted = call.get("Seconds", 0), call.get("Submitted")
    if "Return" in call:
        return Success(call["Return"], seconds, submitted)
    if call.get("Waits"):
        return Waiting(seconds, submitted)
    return Failure(call["Throw"]["Error"], call["Throw"].get("Cause"), seconds, submitted)
