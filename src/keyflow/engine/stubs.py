"""Answers that a test gives: for each state, or each AWS call, an outcome or a sequence of them.

`from_mock_configuration` reads the file that Step Functions Local and LocalStack take
(https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws.error_names import impossible_name
from keyflow.aws.resources import resource_of
from keyflow.aws.result_checks import result_problem
from keyflow.diagnostics import Diagnostic, EngineError, did_you_mean
from keyflow.engine.runner import Failure, Outcome, Runner, Success, TaskCall, Waiting
from keyflow.lazy import lazy_pattern

_UNANSWERED = (
    "give it one by either name; or let `keyflow run --local` answer with services in this process, "
    "`keyflow run --samples` or run_workflow(..., samples=True) with samples of the service's model"
)

Answer = Outcome | Sequence[Outcome]


class Stubs:
    """A runner whose answers are given by the name of a state, or by a resource (`apigateway:createApiKey`).

    Of a sequence, each attempt takes the next outcome, however often the state is entered, and the last one stands for
    all that follow. A task without an answer gets `default`, or what the runner `otherwise` says; without either it
    ends the run. The name of a Map answers its ItemReader, with the items or with what S3 answers; a ResultWriter needs
    no answer. Results that no service gives are refused, unless `strict` is False.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer] | None = None,
        *,
        default: Outcome | None = None,
        otherwise: Runner | None = None,
        strict: bool = True,
    ) -> None:
        self._strict = strict
        self.answers: Mapping[str, Answer] = dict(answers or {})
        self._default = default
        self._otherwise = otherwise
        self._taken: dict[str, int] = {}
        self.calls: list[TaskCall] = []

    def call(self, call: TaskCall) -> Outcome:
        self.calls.append(call)
        writes = _WRITES.fullmatch(call.resource) is not None
        key: str | None = call.state
        if key not in self.answers or writes:
            key = next((name for name in _resource_names(call.resource) if name in self.answers), None)
        if key is None:
            if self._otherwise is not None:
                return self._otherwise.call(call)
            if self._default is None and writes:
                return Success({})
            if self._default is None:
                raise EngineError(
                    Diagnostic("KF603", f"no stub answers {call.state!r} ({call.resource})", hint=_UNANSWERED)
                )
            return self._default
        answer = self.answers[key]
        if isinstance(answer, Success | Failure | Waiting):
            return _named(answer, call.resource)
        index = self._taken.get(key, 0)
        self._taken[key] = index + 1
        return _named(answer[min(index, len(answer) - 1)], call.resource)

    def check(self, *machines: asl.StateMachine, others: Iterable[str] = ()) -> None:
        """Refuses stubs for what the definitions do not have.

        Args:
            machines: The definitions.
            others: What else a stub may name.

        Raises:
            EngineError: KF602, a stub names no state and no resource of the definitions; KF611, an error that the call
                cannot have; KF612, a result that the service cannot give.
        """
        known = dict.fromkeys(others, "") | {name: each for one in machines for name, each in _stubbed(one)}
        for name, answer in self.answers.items():
            if name not in known:
                hint = did_you_mean(name, known)
                raise EngineError(Diagnostic("KF602", f"there is no task {name!r} to stub", hint=hint))
            for outcome in (answer,) if isinstance(answer, Success | Failure | Waiting) else answer:
                if isinstance(outcome, Failure):
                    _check_error(outcome, name, known[name])
                elif isinstance(outcome, Success) and self._strict:
                    _check_result(outcome, name, known[name])


def _stubbed(machine: asl.StateMachine) -> Iterator[tuple[str, str]]:
    """What a stub may name, each with its resource: tasks, the readers and the writers of Maps, and their resources."""
    for name, state in asl.all_states(machine):
        if isinstance(state, asl.Task):
            yield from dict.fromkeys((name, *_resource_names(state.resource)), state.resource).items()
        elif isinstance(state, asl.Map):
            reader, writer = state.item_reader, state.result_writer
            if reader is not None:
                yield from dict.fromkeys((name, *_resource_names(reader.resource)), reader.resource).items()
            if writer is not None and writer.resource is not None:
                yield from dict.fromkeys(_resource_names(writer.resource), writer.resource).items()


_WRITES = lazy_pattern(r"arn:aws[a-z-]*:states:::s3:putObject")
"""How a ResultWriter names its call; a task that writes to S3 calls the SDK's."""


def _named(outcome: Outcome, resource: str) -> Outcome:
    """The outcome; an error of a service's model under the name that the call's integration gives it."""
    if not isinstance(outcome, Failure) or isinstance(outcome.error, str):
        return outcome
    integration = resource_of(resource).integration
    error = outcome.error.name if integration is None else integration.error_name(outcome.error.name)
    return Failure(error, outcome.cause, outcome.seconds)


def _check_error(failure: Failure, stub: str, arn: str) -> None:
    resource = resource_of(arn)
    integration = resource.integration
    if integration is None:
        return
    if isinstance(failure.error, str):
        hint = impossible_name(integration, failure.error, waits=bool(resource.pattern))
    else:
        belongs = failure.error.service == integration.model.service.name
        hint = None if belongs else f"it is an error of {failure.error.service}"
    if hint is not None:
        message = f"the stub of {stub!r}: no error of {arn.rpartition(':::')[2]} is named {failure.name!r}"
        raise EngineError(Diagnostic("KF611", message, hint=hint))


def _check_result(success: Success, stub: str, arn: str) -> None:
    problem = result_problem(resource_of(arn), success.result)
    if problem is not None:
        message = f"the stub of {stub!r}: {arn.rpartition(':::')[2]} cannot give this result. {problem}"
        raise EngineError(Diagnostic("KF612", message))


@lru_cache(maxsize=1024)
def _resource_names(resource: str) -> tuple[str, ...]:
    """How a stub may name a resource: the ARN, or its end without the parts that all have."""
    return resource, re.sub(r"^arn:aws[a-z-]*:states:[^:]*:[^:]*:(aws-sdk:)?", "", resource)


def stubs_from(
    document: JSON, machine: str, test_case: str | None, otherwise: Runner | None = None, *, strict: bool = True
) -> Stubs:
    """The stubs of a file: outcomes by state or resource, or with `test_case` a mock configuration.

    What they do not answer goes to `otherwise`.

    Raises:
        EngineError: KF604, the document is neither.
    """
    if test_case is not None:
        return from_mock_configuration(document, machine, test_case, otherwise, strict=strict)
    if not isinstance(document, dict):
        raise EngineError(Diagnostic("KF604", "stubs are an object of outcomes by state or resource"))
    return Stubs(
        {
            name: [outcome_of(each) for each in answer] if isinstance(answer, list) and answer else outcome_of(answer)
            for name, answer in document.items()
        },
        otherwise=otherwise,
        strict=strict,
    )


def from_mock_configuration(
    document: JSON, machine: str, test_case: str, otherwise: Runner | None = None, *, strict: bool = True
) -> Stubs:
    """The stubs of one test case of one state machine in a mock configuration.

    Its numbers count the calls of a state in an execution, however often the state is entered: a loop that polls ends.

    Raises:
        EngineError: KF604, the configuration has no such machine, case or response, or is malformed.
    """
    states = _member(document, "StateMachines", machine, "TestCases", test_case)
    answers: dict[str, Answer] = {}
    for state, response in states.items():
        outcomes: list[Outcome] = []
        for attempts, outcome in _member(document, "MockedResponses", response).items():
            outcomes += [outcome_of(outcome)] * _length(attempts)
        answers[state] = outcomes
    return Stubs(answers, otherwise=otherwise, strict=strict)


def _length(attempts: str) -> int:
    """How many attempts a key like `0` or `1-3` stands for."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", attempts)
    if match is None:
        raise EngineError(Diagnostic("KF604", f"attempts are numbered '0' or '0-2', not {attempts!r}"))
    return int(match[2] or match[1]) - int(match[1]) + 1


def _member(document: JSON, *keys: str) -> Any:
    for key in keys:
        if not isinstance(document, dict) or key not in document:
            hint = did_you_mean(key, document) if isinstance(document, dict) else None
            raise EngineError(Diagnostic("KF604", f"the mock configuration has no {'/'.join(keys)}", hint=hint))
        document = document[key]
    return document


def outcome_of(document: JSON) -> Outcome:
    """`Return`, `Throw`, or `"Waits": true` for a call whose token comes back from elsewhere.

    keyflow's own stubs may say how many `Seconds` of virtual time the call takes, and what the service answers when a
    call is `Submitted` that ends later.
    """
    is_one = isinstance(document, dict) and len({"Return", "Throw", "Waits"} & document.keys()) == 1
    if is_one and isinstance(document, dict) and isinstance(document.get("Seconds", 0), int | float):
        seconds, submitted = document.get("Seconds", 0), document.get("Submitted")
        if "Return" in document:
            return Success(document["Return"], seconds, submitted)
        if document.get("Waits") is True:
            return Waiting(seconds, submitted)
        thrown = document.get("Throw")
        if isinstance(thrown, dict) and isinstance(thrown.get("Error"), str):
            return Failure(thrown["Error"], thrown.get("Cause"), seconds, submitted)
    message = f"an outcome is an object with Return, or with Throw and its Error, not {document!r}"
    raise EngineError(Diagnostic("KF604", message))
