"""Attempts of a Map: its iterations, their tolerated failures, and the calls that it makes for itself."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from functools import partial
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import steps
from keyflow.engine.clock import Join, Process
from keyflow.engine.context import ARN
from keyflow.engine.errors import FAILURE_TOLERANCE, ITEM_READER, RESULT_WRITER, RUNTIME, StatesError
from keyflow.engine.items import Inputs, inputs_of, items_of, tolerated
from keyflow.engine.runner import Failure, Success, TaskCall, Waiting
from keyflow.engine.tasks import AddEvent, Attempt, Simulation
from keyflow.engine.visit import Around, Visit

RunScope = Callable[[steps.Scope, JSON, Around, Mapping[str, JSON], int, tuple[int, ...]], Process]


AT_ONCE, AT_ONCE_IN_ALL = 10_000, 20_000
"""Iterations of a Map that run side by side, as many as child executions of a distributed one; and of all Maps.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""


class Maps:
    """Runs the Maps of one execution, whose `events` are; `run_scope` runs the states of an iteration."""

    def __init__(
        self,
        simulation: Simulation,
        events: Sized,
        add_event: AddEvent,
        run_scope: RunScope,
        machine_name: str,
    ) -> None:
        self._simulation = simulation
        self._events = events
        self._event = add_event
        self._scope = run_scope
        self._machine_name = machine_name

    def attempt(self, step: steps.Map, visit: Visit) -> Attempt:
        """One attempt; gives the results of the iterations, or raises `StatesError`."""
        processor = step.processor
        if processor is None:
            raise StatesError(RUNTIME, f"{visit.name!r} has no ItemProcessor")
        items = items_of(step, visit, partial(self._called, visit, ITEM_READER))
        limit = step.limit(visit) or 0
        run_arn = f"{ARN}:mapRun:{self._machine_name}/{step.label}"
        log = _Log(self._event, visit, run_arn, step.is_distributed)
        log.started(len(items))
        try:
            with _uncollected(len(items)):
                inputs = inputs_of(step, visit, items)
                iterations = (
                    self._iteration(step, processor, visit, inputs, index) for index in range(len(inputs.data))
                )
                ended = yield Join(iterations, min(limit or AT_ONCE, AT_ONCE))
            failed = inputs.items(index for index, end in enumerate(ended) if isinstance(end, StatesError))
            if failed and failed > tolerated(step, visit, len(items)):
                raise StatesError(FAILURE_TOLERANCE, f"{failed} of {len(items)} items failed")
        except StatesError as error:
            log.failed(len(self._events), error)
            raise
        log.succeeded(len(self._events))
        results = [each.details() if isinstance(each, StatesError) else each for each in ended]
        return results if step.writer is None else self._written(step.writer, visit, log.arn, results)

    def _iteration(self, step: steps.Map, processor: steps.Scope, visit: Visit, inputs: Inputs, index: int) -> Attempt:
        """One iteration; gives its output, or its error where the Map tolerates it.

        What a child execution fails with is its own: the Map fails for it.
        """
        about = (_about, visit.name, index)
        started = self._event("MapIterationStarted", visit.event, about)
        iteration = (*visit.iteration, index)
        self._simulation.iterations += 1
        if self._simulation.iterations > AT_ONCE_IN_ALL:
            message = f"more than {AT_ONCE_IN_ALL:,} iterations run at one time"
            raise EngineError(Diagnostic("KF605", message, hint="give the outer Map a MaxConcurrency"))
        try:
            around = visit.in_iteration(index, inputs.about[index])
            scope = self._scope(processor, inputs.data[index], around, visit.variables, started, iteration)
            output, last = yield from scope
        except StatesError as error:
            self._event("MapIterationFailed", started, about)
            if step.tolerates:
                return error
            if step.is_distributed:
                raise StatesError(FAILURE_TOLERANCE, f"item {index} failed: {error.error}") from error
            raise
        finally:
            self._simulation.iterations -= 1
        self._event("MapIterationSucceeded", last, about)
        return output

    def _written(self, writer: steps.Call, visit: Visit, run_arn: str, results: JSON) -> JSON:
        """What a Map gives whose ResultWriter stores its results: the place of the manifest beside them.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
        """
        target = writer.arguments(visit)
        folder = f"{target.get('Prefix', '')}/{self._simulation.randomness.uuid()}".lstrip("/")
        written = {"Bucket": target.get("Bucket"), "Key": f"{folder}/SUCCEEDED_0.json", "Body": results}
        self._answered(visit, RESULT_WRITER, writer.resource, written)
        manifest = {"Bucket": target.get("Bucket"), "Key": f"{folder}/manifest.json"}
        return {"MapRunArn": run_arn, "ResultWriterDetails": manifest}

    def _called(self, visit: Visit, failing: str, call: steps.Call) -> JSON:
        return self._answered(visit, failing, call.resource, call.arguments(visit))

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
                raise StatesError(RUNTIME, f"{visit.name!r} cannot wait for a token")


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


@dataclass(slots=True)
class _Log:
    """Writes the events of a Map: of its iterations in place, or of the map run that a distributed one is."""

    event: AddEvent
    visit: Visit
    arn: str
    distributed: bool

    def started(self, length: int) -> None:
        self._add("MapStateStarted", self.visit.event, {"length": length})
        if self.distributed:
            self._add("MapRunStarted", self.visit.event, {"mapRunArn": self.arn})

    def failed(self, last: int, error: StatesError) -> None:
        if self.distributed:
            last = self._add("MapRunFailed", last, error.details())
        self._add("MapStateFailed", last, {})

    def succeeded(self, last: int) -> None:
        if self.distributed:
            last = self._add("MapRunSucceeded", last, {})
        self._add("MapStateSucceeded", last, {})

    def _add(self, kind: str, previous: int, details: Mapping[str, Any]) -> int:
        self.visit.event = self.event(kind, previous, details)
        return self.visit.event
