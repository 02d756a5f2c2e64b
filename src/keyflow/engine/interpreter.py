"""Runs a definition: each scope of states is a process on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import jsonata
from keyflow.engine.choice import holds
from keyflow.engine.clock import Join, Process, Scheduler, Sleep
from keyflow.engine.errors import (
    FAILURE_TOLERANCE,
    HEARTBEAT_TIMEOUT,
    NO_CHOICE_MATCHED,
    QUERY_EVALUATION,
    RUNTIME,
    TIMEOUT,
    StatesError,
    matches,
)
from keyflow.engine.history import EPOCH, Event, timestamp
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.paths import Frame, placed
from keyflow.engine.runner import Failure, Runner, Success, TaskCall
from keyflow.engine.templates import expression, filled

STEP_LIMIT = 100_000
"""States that one scope may enter before it is taken for a loop without end."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Execution:
    """How an execution ended, and what it did. `seconds` are of virtual time."""

    status: str
    output: JSON
    error: str | None
    cause: str | None
    history: Sequence[Event]
    calls: Sequence[TaskCall]
    seconds: float

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the states entered, in order."""
        return tuple(event.details["name"] for event in self.history if event.type.endswith("StateEntered"))


def run(
    machine: asl.StateMachine,
    data: JSON,
    runner: Runner,
    *,
    name: str = "execution",
    machine_name: str = "StateMachine",
    seed: int = 0,
    start: datetime = EPOCH,
) -> Execution:
    """Runs a definition on an input, on virtual time.

    Args:
        machine: The definition.
        data: The execution's input.
        runner: Who answers the tasks.
        name: The execution's name, as the context object has it.
        machine_name: The state machine's name, as the context object has it.
        seed: Of random numbers, UUIDs and jitter: the same seed gives the same run.
        start: The moment at which the execution begins.

    Raises:
        EngineError: KF601, a transition leads nowhere; KF603, a task has no answer; KF605, a loop has no end.
    """
    check_transitions(machine)
    return _Interpreter(machine, runner, name, machine_name, seed, start).run(data)


def check_transitions(machine: asl.StateMachine) -> None:
    """Raises KF601 where a scope starts at, or a state goes on with, a state that its scope does not have."""
    pending: list[asl.Branch | asl.StateMachine] = [machine]
    while pending:
        scope = pending.pop()
        for source, target in [("StartAt", scope.start_at), *_transitions(scope.states)]:
            if target not in scope.states:
                raise EngineError(Diagnostic("KF601", f"{source} leads to {target!r}, and there is no such state"))
        for state in scope.states.values():
            match state:
                case asl.Parallel(branches=branches):
                    pending += branches
                case asl.Map(item_processor=processor, iterator=iterator):
                    pending += [each for each in (processor, iterator) if each is not None]
                case _:
                    pass


def _transitions(states: Mapping[str, asl.State]) -> Iterator[tuple[str, str]]:
    for name, state in states.items():
        match state:
            case asl.Choice(choices=choices, default=default):
                yield from ((f"a rule of {name!r}", rule.next) for rule in choices)
                if default is not None:
                    yield f"Default of {name!r}", default
            case asl.Succeed() | asl.Fail():
                pass
            case _ if isinstance(state.next, str):
                yield f"Next of {name!r}", state.next
        if isinstance(state, asl.Task | asl.Parallel | asl.Map):
            yield from ((f"a catcher of {name!r}", catcher.next) for catcher in state.catch or ())


@dataclass(slots=True)
class _Visit:
    """One stay in a state: what came in, what paths can lead into, and the last event of its scope."""

    name: str
    data: JSON
    context: dict[str, Any]
    variables: dict[str, JSON]
    uses_jsonata: bool
    event: int

    def frame(self, data: JSON) -> Frame:
        return Frame(data, self.context, self.variables)

    def bindings(self, **states: JSON) -> dict[str, JSON]:
        """What JSONata sees: the variables and `$states`."""
        return {**self.variables, "states": {"input": self.data, "context": self.context, **states}}


@dataclass(frozen=True, slots=True)
class _Left:
    """How a state was left: its output, and where to go on (None ends the scope)."""

    output: JSON
    next: str | None


_Steps = Generator["Sleep | Join", Any, _Left]


class _Interpreter:
    def __init__(
        self, machine: asl.StateMachine, runner: Runner, name: str, machine_name: str, seed: int, start: datetime
    ) -> None:
        self._machine = machine
        self._runner = runner
        self._name = name
        self._machine_name = machine_name
        self._start = start
        self._scheduler = Scheduler()
        self._randomness = Randomness(seed)
        self._events: list[Event] = []
        self._calls: list[TaskCall] = []
        self._jsonata = machine.query_language is asl.QueryLanguage.JSONATA

    def run(self, data: JSON) -> Execution:
        """Runs the whole definition."""
        prefix = "arn:aws:states:us-east-1:123456789012"
        context = {
            "Execution": {
                "Id": f"{prefix}:execution:{self._machine_name}:{self._name}",
                "Input": data,
                "Name": self._name,
                "RoleArn": "arn:aws:iam::123456789012:role/execution",
                "StartTime": timestamp(0, self._start),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": f"{prefix}:stateMachine:{self._machine_name}", "Name": self._machine_name},
        }
        started = self._event("ExecutionStarted", 0, {"input": data})
        process = self._scope(self._machine.start_at, self._machine.states, data, context, {}, started)
        try:
            output, last = self._scheduler.run(process, self._machine.timeout_seconds)
        except TimeoutError:
            self._event("ExecutionTimedOut", len(self._events), {})
            return self._ended("TIMED_OUT", None, TIMEOUT, None)
        except StatesError as error:
            self._event("ExecutionFailed", len(self._events), _described(error))
            return self._ended("FAILED", None, error.error, error.cause)
        self._event("ExecutionSucceeded", last, {"output": output})
        return self._ended("SUCCEEDED", output, None, None)

    def _ended(self, status: str, output: JSON, error: str | None, cause: str | None) -> Execution:
        return Execution(status, output, error, cause, self._events, self._calls, self._scheduler.now)

    def _event(self, kind: str, previous: int, details: Mapping[str, Any]) -> int:
        number = len(self._events) + 1
        self._events.append(Event(number, previous, kind, self._scheduler.now, details))
        return number

    # Scopes.

    def _scope(
        self,
        start_at: str,
        states: Mapping[str, asl.State],
        data: JSON,
        context: Mapping[str, Any],
        variables: Mapping[str, JSON],
        event: int,
    ) -> Process:
        """Runs a scope; gives its output and its last event. Variables assigned in it end with it."""
        own = dict(variables)
        name: str | None = start_at
        for _ in range(STEP_LIMIT):
            if name is None:
                return data, event
            state = states[name]
            in_state = {**context, "State": {"Name": name, "EnteredTime": self._now(), "RetryCount": 0}}
            entered = self._event(f"{state.type}StateEntered", event, {"name": name, "input": data})
            visit = _Visit(name, data, in_state, own, self._is_jsonata(state), entered)
            left = yield from self._stay(state, visit)
            if not isinstance(state, asl.Fail):
                event = self._event(f"{state.type}StateExited", visit.event, {"name": name, "output": left.output})
            data, name = left.output, left.next
        if name is None:
            return data, event
        message = f"{name!r} was entered after {STEP_LIMIT} other states: a loop without an end"
        raise EngineError(Diagnostic("KF605", message))

    def _is_jsonata(self, state: asl.State) -> bool:
        return self._jsonata or state.query_language is asl.QueryLanguage.JSONATA

    def _now(self) -> str:
        return timestamp(self._scheduler.now, self._start)

    def _stay(self, state: asl.State, visit: _Visit) -> _Steps:
        match state:
            case asl.Task():
                return (yield from self._tried(state, visit, lambda: self._task(state, visit)))
            case asl.Parallel():
                return (yield from self._tried(state, visit, lambda: self._parallel(state, visit)))
            case asl.Map():
                return (yield from self._tried(state, visit, lambda: self._map(state, visit)))
            case asl.Wait():
                yield Sleep(self._wait(state, visit))
                return self._passed(state, visit)
            case asl.Pass():
                return self._pass(state, visit)
            case asl.Choice():
                return self._choice(state, visit)
            case asl.Succeed():
                return _Left(self._output(state, visit, self._input(state, visit)), None)
            case asl.Fail():
                raise self._failed(state, visit)

    # Input and output, in the order of
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html

    def _at(self, path: str | None | asl.Absent, visit: _Visit, data: JSON) -> JSON:
        """What InputPath or OutputPath lets through: everything where it is absent, nothing where it is null."""
        if path is ABSENT:
            return data
        return {} if path is None else expression(path, visit.frame(data), self._randomness)

    def _input(self, state: Any, visit: _Visit) -> JSON:
        return visit.data if visit.uses_jsonata else self._at(state.input_path, visit, visit.data)

    def _output(self, state: Any, visit: _Visit, data: JSON, **states: JSON) -> JSON:
        """The state's output: through OutputPath, or what the JSONata field Output makes."""
        if not visit.uses_jsonata:
            return self._at(state.output_path, visit, data)
        return data if state.output is ABSENT else jsonata.filled(state.output, visit.bindings(**states))

    def _arguments(self, state: asl.Task | asl.Parallel, visit: _Visit) -> JSON:
        """What a task's call, or a parallel block's branches, are given."""
        if visit.uses_jsonata:
            return visit.data if state.arguments is ABSENT else jsonata.filled(state.arguments, visit.bindings())
        data = self._input(state, visit)
        return data if state.parameters is ABSENT else filled(state.parameters, visit.frame(data), self._randomness)

    def _assign(self, assign: Mapping[str, JSON] | None, visit: _Visit, data: JSON, **states: JSON) -> None:
        """Assigns variables; each sees those from before the state."""
        if not assign:
            return
        if visit.uses_jsonata:
            assigned = jsonata.filled(dict(assign), visit.bindings(**states))
        else:
            assigned = filled(dict(assign), visit.frame(data), self._randomness)
        visit.variables.update(assigned)

    def _finished(self, state: asl.Task | asl.Parallel | asl.Map, visit: _Visit, result: JSON) -> _Left:
        """A result on its way out: ResultSelector, ResultPath, OutputPath; or Output."""
        following = state.next if isinstance(state.next, str) else None
        if visit.uses_jsonata:
            output = self._output(state, visit, result, result=result)
            self._assign(state.assign, visit, result, result=result)
            return _Left(output, following)
        raw = result
        if state.result_selector is not ABSENT:
            result = filled(state.result_selector, visit.frame(result), self._randomness)
        output = self._output(state, visit, _merged(visit.data, state.result_path, result))
        self._assign(state.assign, visit, raw)
        return _Left(output, following)

    # Plain states.

    def _pass(self, state: asl.Pass, visit: _Visit) -> _Left:
        following = state.next if isinstance(state.next, str) else None
        data = self._input(state, visit)
        if visit.uses_jsonata:
            output = self._output(state, visit, data)
            self._assign(state.assign, visit, data)
            return _Left(output, following)
        result = data
        if state.parameters is not ABSENT:
            result = filled(state.parameters, visit.frame(data), self._randomness)
        if state.result is not ABSENT:
            result = state.result
        output = self._output(state, visit, _merged(visit.data, state.result_path, result))
        self._assign(state.assign, visit, result)
        return _Left(output, following)

    def _passed(self, state: asl.Wait, visit: _Visit) -> _Left:
        data = self._input(state, visit)
        output = self._output(state, visit, data)
        self._assign(state.assign, visit, data)
        return _Left(output, state.next if isinstance(state.next, str) else None)

    def _wait(self, state: asl.Wait, visit: _Visit) -> float:
        value = self._scalar(state.seconds if state.seconds is not None else state.timestamp, visit)
        if state.seconds is not None:
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise StatesError(RUNTIME, f"{value!r} is no number of seconds")
            return float(value)
        try:
            moment = datetime.fromisoformat(value)
            return max(0.0, (moment - self._start).total_seconds() - self._scheduler.now)
        except (TypeError, ValueError) as error:
            raise StatesError(RUNTIME, f"{value!r} is no timestamp") from error

    def _scalar(self, value: JSON, visit: _Visit) -> JSON:
        """The value of a field that may be a literal, a path, or an expression."""
        if isinstance(value, asl.Path):
            return expression(value, visit.frame(visit.data), self._randomness)
        if visit.uses_jsonata and jsonata.is_expression(value):
            return jsonata.evaluate(value, visit.bindings())
        return value

    def _choice(self, state: asl.Choice, visit: _Visit) -> _Left:
        data = self._input(state, visit)
        for rule in state.choices:
            if self._applies(rule.condition, visit, data):
                output = self._output(state, visit, data)
                if rule.output is not ABSENT:
                    output = jsonata.filled(rule.output, visit.bindings())
                self._assign(rule.assign, visit, data)
                return _Left(output, rule.next)
        if state.default is None:
            raise StatesError(NO_CHOICE_MATCHED, f"no rule of {visit.name!r} holds, and it has no Default")
        output = self._output(state, visit, data)
        self._assign(state.assign, visit, data)
        return _Left(output, state.default)

    def _applies(self, condition: asl.Condition, visit: _Visit, data: JSON) -> bool:
        if not isinstance(condition, asl.Expression):
            return holds(condition, visit.frame(data))
        value = jsonata.filled(condition.text, visit.bindings())
        if not isinstance(value, bool):
            raise StatesError(QUERY_EVALUATION, f"the condition {condition.text!r} is {value!r}, not true or false")
        return value

    def _failed(self, state: asl.Fail, visit: _Visit) -> StatesError:
        error, cause = (self._scalar(each, visit) for each in (state.error, state.cause))
        return StatesError(error or "", cause)

    # States that can be tried again.

    def _tried(
        self,
        state: asl.Task | asl.Parallel | asl.Map,
        visit: _Visit,
        attempt: Callable[[], Generator[Sleep | Join, Any, JSON]],
    ) -> _Steps:
        """An attempt with its retries; an error that is left goes to the catchers."""
        used: dict[int, int] = {}
        while True:
            try:
                result = yield from attempt()
                return self._finished(state, visit, result)
            except StatesError as error:
                delay = self._delay(state.retry or (), used, error)
                if delay is None:
                    return self._caught(state, visit, error)
                yield Sleep(delay)
                visit.context["State"]["RetryCount"] += 1

    def _delay(self, retriers: Sequence[asl.Retrier], used: dict[int, int], error: StatesError) -> float | None:
        """Seconds to the next attempt, None where there is none. Each retrier counts its own attempts."""
        for index, retrier in enumerate(retriers):
            if not matches(retrier.error_equals, error.error):
                continue
            count = used.get(index, 0)
            if count >= (3 if retrier.max_attempts is None else retrier.max_attempts):
                return None
            used[index] = count + 1
            interval = 1 if retrier.interval_seconds is None else retrier.interval_seconds
            rate = 2.0 if retrier.backoff_rate is None else retrier.backoff_rate
            delay = interval * min(rate**count, _MILLION)
            if retrier.max_delay_seconds is not None:
                delay = min(delay, retrier.max_delay_seconds)
            return delay * self._randomness.fraction() if retrier.jitter_strategy == "FULL" else delay
        return None

    def _caught(self, state: asl.Task | asl.Parallel | asl.Map, visit: _Visit, error: StatesError) -> _Left:
        for catcher in state.catch or ():
            if matches(catcher.error_equals, error.error):
                described = {"Error": error.error, "Cause": error.cause or ""}
                if visit.uses_jsonata:
                    output: JSON = described
                    if catcher.output is not ABSENT:
                        output = jsonata.filled(catcher.output, visit.bindings(errorOutput=described))
                else:
                    output = _merged(visit.data, catcher.result_path, described)
                self._assign(catcher.assign, visit, described, errorOutput=described)
                return _Left(output, catcher.next)
        raise error

    # Tasks.

    def _task(self, state: asl.Task, visit: _Visit) -> Generator[Sleep | Join, Any, JSON]:
        visit.context["Task"] = {"Token": f"token-{len(self._calls) + 1}"}
        parameters = self._arguments(state, visit)
        timeout, heartbeat = (self._scalar(each, visit) for each in (state.timeout, state.heartbeat))
        kind, resource = _kind(state.resource)
        about = {"resourceType": kind, "resource": resource}
        visit.event = self._event("TaskScheduled", visit.event, {**about, "parameters": parameters})
        visit.event = self._event("TaskStarted", visit.event, about)
        call = TaskCall(visit.name, state.resource, parameters, visit.context["State"]["RetryCount"])
        self._calls.append(call)
        outcome = self._runner.call(call)
        limit, error = _first_limit(timeout, heartbeat)
        if limit is not None and outcome.seconds > limit:
            yield Sleep(limit)
            visit.event = self._event("TaskTimedOut", visit.event, {**about, "error": error})
            raise StatesError(error, None)
        if outcome.seconds:
            yield Sleep(outcome.seconds)
        match outcome:
            case Success(result):
                visit.event = self._event("TaskSucceeded", visit.event, {**about, "output": result})
                return result
            case Failure(error, cause):
                raised = StatesError(error, cause)
                kind = "TaskTimedOut" if error == TIMEOUT else "TaskFailed"
                visit.event = self._event(kind, visit.event, {**about, **_described(raised)})
                raise raised

    # Branches and iterations.

    def _parallel(self, state: asl.Parallel, visit: _Visit) -> Generator[Sleep | Join, Any, JSON]:
        data = self._arguments(state, visit)
        started = visit.event = self._event("ParallelStateStarted", visit.event, {})
        context = {key: value for key, value in visit.context.items() if key not in ("State", "Task")}
        branches = (
            self._scope(branch.start_at, branch.states, data, context, visit.variables, started)
            for branch in state.branches
        )
        try:
            ended = yield Join(branches)
        except StatesError:
            visit.event = self._event("ParallelStateFailed", len(self._events), {})
            raise
        visit.event = self._event("ParallelStateSucceeded", len(self._events), {})
        return [output for output, _event in ended]

    def _map(self, state: asl.Map, visit: _Visit) -> Generator[Sleep | Join, Any, JSON]:
        processor = state.item_processor or state.iterator
        if processor is None:
            raise StatesError(RUNTIME, f"{visit.name!r} has no ItemProcessor")
        items = self._items(state, visit)
        limit = self._scalar(state.max_concurrency, visit) or 0
        visit.event = self._event("MapStateStarted", visit.event, {"length": len(items)})
        tolerates = state.tolerated_failure_count is not None or state.tolerated_failure_percentage is not None
        iterations = (self._iteration(state, processor, visit, index, item) for index, item in enumerate(items))
        try:
            ended = yield Join(iterations, limit, tolerates)
        except StatesError:
            visit.event = self._event("MapStateFailed", len(self._events), {})
            raise
        failed = sum(isinstance(each, StatesError) for each in ended)
        if failed and failed > self._tolerated(state, visit, len(items)):
            visit.event = self._event("MapStateFailed", len(self._events), {})
            raise StatesError(FAILURE_TOLERANCE, f"{failed} of {len(items)} iterations failed")
        visit.event = self._event("MapStateSucceeded", len(self._events), {})
        return [_described(each) if isinstance(each, StatesError) else each for each in ended]

    def _iteration(
        self, state: asl.Map, processor: asl.Branch, visit: _Visit, index: int, item: JSON
    ) -> Generator[Sleep | Join, Any, JSON]:
        about = {"name": visit.name, "index": index}
        started = self._event("MapIterationStarted", visit.event, about)
        context = {key: value for key, value in visit.context.items() if key not in ("State", "Task")}
        context["Map"] = {"Item": {"Index": index, "Value": item}}
        data = item
        if state.item_selector is not ABSENT or state.parameters is not ABSENT:
            data = self._selected(state, visit, context)
        try:
            output, last = yield from self._scope(
                processor.start_at, processor.states, data, context, visit.variables, started
            )
        except StatesError:
            self._event("MapIterationFailed", started, about)
            raise
        self._event("MapIterationSucceeded", last, about)
        return output

    def _selected(self, state: asl.Map, visit: _Visit, context: dict[str, Any]) -> JSON:
        """What ItemSelector makes of an item."""
        here = _Visit(visit.name, visit.data, context, visit.variables, visit.uses_jsonata, visit.event)
        if visit.uses_jsonata:
            return jsonata.filled(state.item_selector, here.bindings())
        template = state.item_selector if state.item_selector is not ABSENT else state.parameters
        return filled(template, here.frame(self._input(state, here)), self._randomness)

    def _items(self, state: asl.Map, visit: _Visit) -> list[JSON]:
        """The items: those of the data, or what the runner says that the ItemReader reads; in batches where asked."""
        if state.item_reader is not None:
            items = self._read(state.item_reader, visit)
        elif visit.uses_jsonata:
            items = visit.data if state.items is ABSENT else jsonata.filled(state.items, visit.bindings())
        else:
            data = self._input(state, visit)
            items = expression(state.items_path or "$", visit.frame(data), self._randomness)
        if isinstance(items, dict) and visit.uses_jsonata:
            items = [{"Key": key, "Value": value} for key, value in items.items()]
        if not isinstance(items, list):
            raise StatesError(RUNTIME, f"the items of {visit.name!r} are no array")
        if state.item_batcher is None:
            return items
        return self._batches(state.item_batcher, visit, items)

    def _read(self, reader: asl.ItemReader, visit: _Visit) -> JSON:
        if visit.uses_jsonata:
            parameters = {} if reader.arguments is ABSENT else jsonata.filled(reader.arguments, visit.bindings())
        else:
            template = {} if reader.parameters is ABSENT else reader.parameters
            parameters = filled(template, visit.frame(visit.data), self._randomness)
        call = TaskCall(visit.name, reader.resource, parameters, 0)
        self._calls.append(call)
        match self._runner.call(call):
            case Success(result):
                return result
            case Failure(error, cause):
                raise StatesError(error, cause)

    def _batches(self, batcher: asl.ItemBatcher, visit: _Visit, items: list[JSON]) -> list[JSON]:
        size = self._scalar(batcher.max_items_per_batch, visit) or len(items) or 1
        batches: list[JSON] = []
        for start in range(0, len(items), size):
            batch: dict[str, JSON] = {"Items": items[start : start + size]}
            if batcher.batch_input is not ABSENT:
                template = batcher.batch_input
                batch["BatchInput"] = (
                    jsonata.filled(template, visit.bindings())
                    if visit.uses_jsonata
                    else filled(template, visit.frame(visit.data), self._randomness)
                )
            batches.append(batch)
        return batches

    def _tolerated(self, state: asl.Map, visit: _Visit, total: int) -> float:
        """How many iterations may fail; where both limits are given, the smaller one counts."""
        count = self._scalar(state.tolerated_failure_count, visit)
        percentage = self._scalar(state.tolerated_failure_percentage, visit)
        limits = [count] if count is not None else []
        if percentage is not None:
            limits.append(total * percentage / 100)
        return min(limits, default=0)


def _merged(data: JSON, path: str | None | asl.Absent, result: JSON) -> JSON:
    """The result in its place in the data: alone where no ResultPath is written, nowhere where it is null."""
    if path is ABSENT:
        return result
    return data if path is None else placed(data, path, result)


def _described(error: StatesError) -> dict[str, JSON]:
    return {"error": error.error} if error.cause is None else {"error": error.error, "cause": error.cause}


def _kind(resource: str) -> tuple[str, str]:
    """The resource's type and name as events have them: `apigateway` and `createApiKey`."""
    parts = resource.split(":")
    return (parts[-2], parts[-1]) if len(parts) >= 2 else ("", resource)


def _first_limit(timeout: JSON, heartbeat: JSON) -> tuple[float | None, str]:
    """The limit that strikes first, and its error."""
    if heartbeat is not None and (timeout is None or heartbeat < timeout):
        return heartbeat, HEARTBEAT_TIMEOUT
    return timeout, TIMEOUT
