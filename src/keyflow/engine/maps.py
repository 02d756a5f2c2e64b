"""Attempts of a Map: its iterations, their tolerated failures, and the calls that it makes for itself."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol
from uuid import NAMESPACE_OID, uuid5

from keyflow.asl import JSON
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import steps
from keyflow.engine.clock import Join, Process
from keyflow.engine.context import ARN, context_object
from keyflow.engine.errors import FAILURE_TOLERANCE, ITEM_READER, RESULT_WRITER, RUNTIME, FieldError, StatesError
from keyflow.engine.history import timestamp
from keyflow.engine.items import Inputs, inputs_of, items_of, items_of_reader, tolerated
from keyflow.engine.results import Child, failed, files, given
from keyflow.engine.runner import Failure, Success, TaskCall, Waiting
from keyflow.engine.tasks import AddEvent, Attempt, Simulation
from keyflow.engine.visit import Around, Visit

RunScope = Callable[[steps.Scope, JSON, Around, Mapping[str, JSON], int, tuple[int, ...]], Process]


AT_ONCE, AT_ONCE_IN_ALL = 10_000, 20_000
"""Iterations of a Map that run side by side, as many as child executions of a distributed one; and of all Maps.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""


class ChildExecution(Protocol):
    """The execution of an iteration of a distributed Map; its process gives the `Ended`."""

    def process(
        self, data: JSON, around: Around | None, variables: Mapping[str, JSON] | None, iteration: tuple[int, ...]
    ) -> Process:
        """Runs it on an item."""


class Ended(Protocol):
    """How a child execution ended."""

    status: str
    output: JSON
    error: str | None
    cause: str | None


BeginChild = Callable[[steps.Map, steps.Scope, str, str], ChildExecution]
"""Makes one for a Map, its processor, the ARN of the map run, and the execution's name."""


class Maps:
    """Runs the Maps of one execution."""

    def __init__(self, simulation: Simulation, add_event: AddEvent, machine_name: str) -> None:
        self._simulation = simulation
        self._event = add_event
        self._machine_name = machine_name

    def attempt(self, step: steps.Map, visit: Visit, run_scope: RunScope, begin_child: BeginChild) -> Attempt:
        """One attempt; gives the results of the iterations, or raises `StatesError`.

        `run_scope` runs the states of an iteration in place; `begin_child` makes the execution that one of a
        distributed Map is.
        """
        processor = step.processor
        if processor is None:
            raise FieldError(RUNTIME, f"{visit.name!r} has no ItemProcessor")
        limit = step.limit(visit) or 0
        items = [] if step.reader is not None else items_of(step, visit)
        visit.event = self._event("MapStateStarted", visit.event, {"length": len(items)})
        most = tolerated(step, visit)
        visit.failing = "MapStateFailed"
        run_arn = self._run_arn(step, visit)
        if step.is_distributed:
            visit.event = self._event("MapRunStarted", visit.event, {"mapRunArn": run_arn})
        try:
            if step.reader is not None:
                items = items_of_reader(step.reader, visit, partial(self._read, visit))
            with _uncollected(len(items)):
                inputs = inputs_of(step, visit, items)
                run = _Run(step, processor, visit, inputs, visit.event, run_arn, run_scope, begin_child)
                iterations = (self._iteration(run, index) for index in range(len(inputs.data)))
                ended = yield Join(iterations, min(limit or AT_ONCE, AT_ONCE))
            lost = inputs.items(index for index, end in enumerate(ended) if isinstance(end, StatesError))
            if lost > most(len(items)):
                raise StatesError(FAILURE_TOLERANCE, _EXCEEDED)
            results = self._results(run, ended)
        except StatesError as error:
            if step.is_distributed:
                visit.event = self._event("MapRunFailed", visit.event, error.details())
            raise
        self._succeeded(run)
        return results

    def _run_arn(self, step: steps.Map, visit: Visit) -> str:
        """The ARN of an attempt's map run; the same one in each run of an execution."""
        run_id = uuid5(
            NAMESPACE_OID, f"{step.label} {visit.iteration} {visit.entered} {visit.entered_event} {visit.retries}"
        )
        return f"{ARN}:mapRun:{self._machine_name}/{step.label}:{run_id}"

    def _succeeded(self, run: _Run) -> None:
        """Notes that all is done; leaving the state follows what these events follow."""
        visit = run.visit
        last = visit.event = run.ended
        if run.step.is_distributed:
            last = self._event("MapRunSucceeded", last, {})
        self._event("MapStateSucceeded", last, {})

    def _iteration(self, run: _Run, index: int) -> Process:
        """One iteration: gives its output, or its error where the Map tolerates it. It follows what made room for it.

        What a child execution fails with is its own: the Map fails for it.
        """
        return self._ran(run, index, run.last)

    def _ran(self, run: _Run, index: int, previous: int) -> Process:
        step, began = run.step, self._simulation.scheduler.now
        self._simulation.iterations += 1
        if self._simulation.iterations > AT_ONCE_IN_ALL:
            message = f"more than {AT_ONCE_IN_ALL:,} iterations run at one time"
            raise EngineError(Diagnostic("KF605", message, hint="give the outer Map a MaxConcurrency"))
        try:
            if step.is_distributed:
                output = yield from self._child(run, index)
            else:
                output = yield from self._in_place(run, index, previous)
        except StatesError as error:
            if step.is_distributed and not step.tolerates:
                raise StatesError(FAILURE_TOLERANCE, _EXCEEDED) from error
            if not step.tolerates:
                raise
            self._simulation.tolerated.append(error.error)
            output = error.without_frames()
        finally:
            self._simulation.iterations -= 1
        run.times[index] = (began, self._simulation.scheduler.now)
        return output

    def _in_place(self, run: _Run, index: int, previous: int) -> Process:
        """An iteration whose events are the execution's own."""
        visit, about = run.visit, (_about, run.visit.name, index)
        started = self._event("MapIterationStarted", previous, about)
        around, iteration = visit.in_iteration(index, run.inputs.about[index]), (*visit.iteration, index)
        try:
            scope = run.run_scope(run.processor, run.inputs.data[index], around, visit.variables, started, iteration)
            output, last = yield from scope
        except StatesError as error:
            error.event = self._event("MapIterationFailed", error.event, about)
            raise
        run.last, run.ended = last, self._event("MapIterationSucceeded", last, about)
        return output

    def _child(self, run: _Run, index: int) -> Process:
        """An iteration that is an execution of its own; without one where nobody reads histories."""
        visit, data, name = run.visit, run.inputs.data[index], run.name_of(index)
        outer = visit.in_iteration(index, run.inputs.about[index])
        began = timestamp(self._simulation.scheduler.now, self._simulation.start)
        own = context_object(f"{self._machine_name}/{run.step.label}", name, data, began)["Execution"]

        def around() -> Mapping[str, Any]:
            return {**outer(), "Execution": own}

        iteration = (*visit.iteration, index)
        if not self._simulation.keeps_history:
            output, _last = yield from run.run_scope(run.processor, data, around, visit.variables, 0, iteration)
            return output
        child = run.begin_child(run.step, run.processor, run.arn, name)
        ended: Ended = yield from child.process(data, around, visit.variables, iteration)
        if ended.status != "SUCCEEDED":
            raise StatesError(ended.error, ended.cause)
        return ended.output

    # Readers and writers.

    def _read(self, visit: Visit, resource: str, parameters: Any) -> JSON:
        return self._answered(visit, ITEM_READER, resource, parameters)

    def _results(self, run: _Run, ended: Sequence[Any]) -> JSON:
        """What a Map gives: its results, or the place of the manifest where a ResultWriter stores them."""
        writer, machine = run.step.writer, f"{self._machine_name}/{run.step.label}"
        if writer is None:
            return [failed(each) if isinstance(each, StatesError) else each for each in ended]
        children = [self._described(run, index, each) for index, each in enumerate(ended)]
        if writer.resource is None:
            return given(children, machine, writer.config)
        target = writer.arguments(run.visit)
        bucket, prefix = (target.get(name) for name in ("Bucket", "Prefix"))
        folder = "/".join(filter(None, (str(prefix or "").rstrip("/"), run.arn.rpartition(":")[2])))
        key = ""
        for file in files(children, machine, writer.config, folder, bucket, run.arn):
            key = file.key
            written = {"Bucket": bucket, "Key": key, "Body": file.text}
            self._answered(run.visit, RESULT_WRITER, writer.resource, written)
        return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}

    def _described(self, run: _Run, index: int, result: Any) -> Child:
        began, stopped = (timestamp(each, self._simulation.start) for each in run.times[index])
        return Child(
            name=run.name_of(index), input=run.inputs.data[index], result=result, started=began, stopped=stopped
        )

    def _answered(self, visit: Visit, failing: str, resource: str, parameters: JSON) -> JSON:
        """What a call that a Map makes for itself gives; where it fails, the Map does with the error `failing`."""
        call = TaskCall(visit.name, resource, parameters, 0, iteration=visit.iteration)
        self._simulation.calls.append(call)
        match self._simulation.runner.call(call):
            case Success(result):
                return result
            case Failure(cause=cause) as failure:
                raise StatesError(failing, cause or failure.name)
            case Waiting():
                raise StatesError(failing, f"{visit.name!r} cannot wait for a token")


_EXCEEDED = "The specified tolerated failure threshold was exceeded"


class _Run:
    """An attempt of a Map that has its items: what its iterations share.

    `last` is the event that the next iteration follows, and `ended` the one that leaving the state follows: those of
    the iteration that ended last, or that of the start. `times` has the moments at which each began and ended.
    """

    __slots__ = ("arn", "begin_child", "ended", "inputs", "last", "processor", "run_scope", "step", "times", "visit")

    def __init__(
        self,
        step: steps.Map,
        processor: steps.Scope,
        visit: Visit,
        inputs: Inputs,
        last: int,
        arn: str,
        run_scope: RunScope,
        begin_child: BeginChild,
    ) -> None:
        self.run_scope = run_scope
        self.begin_child = begin_child
        self.arn = arn
        self.step = step
        self.processor = processor
        self.visit = visit
        self.inputs = inputs
        self.last = self.ended = last
        self.times: dict[int, tuple[float, float]] = {}

    def name_of(self, index: int) -> str:
        """The name of the child execution that runs an item, the same one in each run."""
        return str(uuid5(NAMESPACE_OID, f"{self.arn} {index}"))


def _about(name: str, index: int) -> Mapping[str, Any]:
    """What the events of an iteration say."""
    return {"name": name, "index": index}


@contextmanager
def _uncollected(items: int) -> Iterator[None]:
    """Keeps the garbage collector from going through a large Map's iterations again and again: none is garbage yet."""
    pauses = items >= _MANY and gc.isenabled()
    if pauses:
        gc.disable()
    try:
        yield
    finally:
        if pauses:
            gc.enable()


_MANY = 1_000
