"""Single states, run with their mocks: what TestState answered, against what a run of the state gives.

What is compared: refusals of mocks that the service's model does not allow, and else the status, the output, the error,
the cause and the next state. What TestState shows of the way (`inspectionData`) is not: `keyflow run -v` has another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws.resources import resource_of
from keyflow.aws.result_checks import result_problem
from keyflow.dataclass import dataclass
from keyflow.diagnostics import KeyflowError
from keyflow.engine import Execution, Failure, Outcome, Success, TaskCall, run
from tests.recordings.recorded import differences

_REFUSAL = "Mock result schema validation error: "
_REQUIRES = {"STRICT": True, "PRESENT": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of TestState, and what differs here; None where it is of something that a run has not."""

    name: str
    differs: tuple[str, ...] | None


def compared(recordings: list[Mapping[str, Any]]) -> Iterator[Answer]:
    """Each recorded call of TestState. The answers of one test stand beside each of its calls, in their order."""
    calls: dict[str, int] = {}
    for recording in recordings:
        key = recording["name"] + json.dumps(sorted(recording["recorded"]))
        number = calls[key] = calls.get(key, -1) + 1
        answers = list(recording["recorded"].values())
        if number < len(answers):
            yield Answer(recording["name"], _differs(recording, answers[number]))


def _differs(recording: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[str, ...] | None:
    options, definition = recording["options"], recording["definition"]
    mock = options.get("mock", {})
    refusal = answer.get("message")
    state = _state(definition, options)
    if state is None:
        return None  # within another one, or nowhere
    if refusal is not None:
        if not str(refusal).startswith(_REFUSAL):
            return None  # of the call of TestState itself, or of the definition, which `keyflow check` refuses
        problem = _problem(state, mock)
        return () if problem == refusal.removeprefix(_REFUSAL) else (f"{refusal} was recorded, not {problem}",)
    if {"stateConfiguration", "context"} & options.keys() or state["Type"] in ("Map", "Parallel") or "error" in mock:
        return None  # an attempt in the midst of a run, a context of its own, results of what is inside a state
    if "result" in mock and _problem(state, mock) is not None:
        return (f"{_problem(state, mock)} was not recorded",)
    if state["Type"] == "Task" and not mock:
        return None  # TestState called the service
    return tuple(_of_run(recording, state, answer))


def _state(definition: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state, which may stand in a definition, with the language of what is around it."""
    if "States" not in definition:
        return dict(definition)
    name = options.get("stateName", definition["StartAt"])
    if name not in definition["States"]:
        return None
    state = dict(definition["States"][name])
    if "QueryLanguage" in definition:
        state.setdefault("QueryLanguage", definition["QueryLanguage"])
    return state


def _problem(state: Mapping[str, Any], mock: Mapping[str, Any]) -> str | None:
    mode = mock.get("fieldValidationMode", "STRICT")
    if mode not in _REQUIRES or state["Type"] != "Task":
        return None
    resource = resource_of(state["Resource"])
    return result_problem(resource, json.loads(mock["result"]), requires=_REQUIRES[mode])


def _of_run(recording: Mapping[str, Any], state: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    options = recording["options"]
    try:
        ours = run(_machine(state, options), recording["input"], _Mocked(options.get("mock", {})))
    except KeyflowError as error:
        yield str(error)
        return
    exits = (event for event in ours.history if event.type.endswith("StateExited"))
    left = next((event for event in exits if event.details["name"] == "StateName"), None)
    expected = {"SUCCEEDED": "SUCCEEDED", "CAUGHT_ERROR": "SUCCEEDED", "FAILED": "FAILED"}.get(answer["status"])
    yield from differences(expected, ours.status, "status")
    if "output" in answer and left is not None:
        found = json.dumps(_without_execution(left.details["output"]))
        yield from differences(_without_execution(answer["output"]), found, "output")
    if answer["status"] == "FAILED":
        yield from differences(answer.get("error"), ours.error, "error")
    if "nextState" in answer:
        yield from differences(answer["nextState"], _next(ours), "nextState")


def _without_execution(value: Any) -> Any:
    """A value without the Execution of context objects: TestState has an Express one, made for the call."""
    if isinstance(value, dict):
        is_context = value.keys() >= {"Execution", "StateMachine"}
        kept = {key: each for key, each in value.items() if not (is_context and key == "Execution")}
        return {key: _without_execution(each) for key, each in kept.items()}
    return value


def _machine(state: Mapping[str, Any], options: Mapping[str, Any]) -> asl.StateMachine:
    """A machine of the state, and of ends where it leads; TestState's variables are assigned before."""
    targets = {value for key in ("Next", "Default") for value in _values(state, key) if isinstance(value, str)}
    ends: dict[str, Any] = {name: {"Type": "Succeed"} for name in targets}
    variables = json.loads(options.get("variables", "{}"))
    states: dict[str, Any] = {"StateName": state, **ends}
    if not variables:
        return asl.parse({"StartAt": "StateName", "States": states})
    states["Variables"] = {"Type": "Pass", "Assign": variables, "Next": "StateName"}
    return asl.parse({"StartAt": "Variables", "States": states})


def _values(document: Any, key: str) -> Iterator[Any]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield from [value] if name == key else _values(value, key)
    elif isinstance(document, list):
        for each in document:
            yield from _values(each, key)


def _next(execution: Execution) -> str | None:
    """The state that was entered after the one that is looked at."""
    path = list(execution.path)
    following = path[path.index("StateName") + 1 :]
    return following[0] if following else None


class _Mocked:
    """Answers with the mock."""

    def __init__(self, mock: Mapping[str, Any]) -> None:
        self._mock = mock

    def call(self, _call: TaskCall) -> Outcome:
        if "errorOutput" in self._mock:
            error = self._mock["errorOutput"]
            return Failure(error.get("error", ""), error.get("cause"))
        return Success(json.loads(self._mock["result"]))
