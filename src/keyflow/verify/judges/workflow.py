"""What an execution did, held against its workflow: the steps, the compensations, their order, the end (P0 to P4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from keyflow.asl import JSON
from keyflow.aws import Call
from keyflow.aws.effects import Effect
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import RawState, declared_failures
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import COMPENSATION_FAILED, UNHANDLED_ERROR, Workflow
from keyflow.engine import Execution
from keyflow.engine.context import context_object
from keyflow.engine.errors import DATA_LIMIT, HEARTBEAT_TIMEOUT, QUERY_EVALUATION, RUNTIME
from keyflow.engine.history import timestamp
from keyflow.verify.judges import conduct
from keyflow.verify.judges.account import Account
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.dependencies import all_needed_by, early_in, needs_result
from keyflow.verify.judges.deviations import REPORT
from keyflow.verify.judges.ends import end, told_by
from keyflow.verify.judges.expected import Expected, expected
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.known import Known, Read, agrees
from keyflow.verify.judges.malformed import Malformed
from keyflow.verify.judges.map_results import map_results
from keyflow.verify.judges.obligations import Obligation, in_doubt, owed
from keyflow.verify.world.faults import Place
from keyflow.verify.world.own import OWN_NAME
from keyflow.verify.world.runner import Entry
from keyflow.verify.world.things import Things

_DOCUMENTED = "nothing to do: AWS documents them. If one were missing, not all would be undone"
_LOOKUP = "let find list what the task has made, and where choose that and nothing else; else keyflow is at fault"


@dataclass(frozen=True, eq=False)
class WorkflowJudge:
    """The measure that a workflow is: it judges executions of what was compiled from it.

    `block` are its steps as they are scheduled, `repeats` the states that make the call of another one, by name;
    `account` judges what executions leave in the world.
    """

    workflow: Workflow
    block: Block
    repeats: Mapping[str, str]
    account: Account

    @property
    def knows_more(self) -> bool:
        """Whether the workflow has compensations."""
        return self.account.knows_more

    @property
    def may_loop(self) -> bool:
        """Whether the author wrote states, which may lead anywhere."""
        return any(isinstance(step, RawState) for step in self.workflow.steps())

    @property
    def declared(self) -> Declared:
        """What the workflow says of its states."""
        return self.account.declared

    def error_lists(self, state: str) -> Sequence[Sequence[str]]:
        """The names of errors by which it judges how a state's call ended."""
        return (*self._declared_errors, *self._lists.get(self.repeats.get(state, state), ()))

    @cached_property
    def _declared_errors(self) -> Sequence[Sequence[str]]:
        declared = [failure.error for failure in declared_failures(self.workflow.steps())]
        return [[error] for error in (*declared, UNHANDLED_ERROR, COMPENSATION_FAILED)]

    @cached_property
    def _lists(self) -> Mapping[str, Sequence[Sequence[str]]]:
        """By state, the lists of handlers, retries, what leaves open what was done, and what counts as undone."""
        found: dict[str, list[Sequence[str]]] = {}
        for task in self._tasks.values():
            retries = [[task.call.error_name(each) for each in retry.errors] for retry in task.retry]
            open_ = (task.call.ambiguous_errors, task.call.definite_errors or (), [HEARTBEAT_TIMEOUT])
            found[task.name] = [*(handler.errors for handler in task.handlers), *retries, *open_]
            for undo in task.compensations:
                found[undo.name] = [[undo.call.error_name(each) for each in undo.retry.errors], undo.gone_errors]
            if task.lookup is not None:
                found[task.lookup.name] = [task.lookup.call.gone_errors]
        return found

    def findings(
        self, data: JSON, malformed: Sequence[Malformed], execution: Execution, log: Sequence[Entry], things: Things
    ) -> Iterator[Finding]:
        """What an execution on this input violates; `malformed` are results that are not as models say."""
        found = list(self.account.findings(data, malformed, execution, log, things))
        yield from found
        if not any(finding.weight is Weight.VIOLATION for finding in found):  # else that says what is wrong already
            yield from self._deviations(data, malformed, execution, log)

    def left(self, execution: Execution, log: Sequence[Entry], things: Things) -> Iterator[str]:
        """What an execution leaves, in words, but for what is said to stay; what functions did, too."""
        yield from self.account.left(execution, log, things)
        done = [self._by_first_name(entry) for entry in log if entry.took_effect]
        for index, entry in enumerate(done):
            task = self._tasks.get(entry.call.state)
            if task is not None and task.compensations and task.call.effect is Effect.UNKNOWN:
                undoing = {undo.name for undo in task.compensations}
                if not any(later.call.state in undoing for later in done[index + 1 :]):
                    yield f"what {task.name!r} did"

    def _deviations(
        self, data: JSON, malformed: Sequence[Malformed], execution: Execution, log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """Where the states do not do what the definition says."""
        log = [self._by_first_name(entry) for entry in log]
        calls: dict[Place, list[Entry]] = {}
        for entry in log:
            calls.setdefault(entry.place, []).append(entry)
        context = context_object(self.workflow.name, OWN_NAME, data, timestamp(0))
        wanted = expected(self.block, Known(input=data, context=context, readings=self._readings), calls)
        obligations, unprovable = owed(wanted, calls, self._by_result)
        stray = self._assign(obligations, log, wanted)
        if execution.error in (RUNTIME, QUERY_EVALUATION) or (malformed and execution.error == DATA_LIMIT):
            yield from _cut_short(execution, malformed, obligations)
            return
        yield from unprovable
        told = replace(wanted.known, left_over=told_by(execution.cause or ""))
        letter = None if self.workflow.dead_letter_call is None else lambda each: self._is_letter(each, told)
        violated = itertools.chain(
            conduct.steps(self._tasks, self._early, wanted, calls),
            conduct.undone(execution, wanted, obligations, stray),
            conduct.tolerated(execution, wanted, log),
            map_results(wanted, calls),
            conduct.lookups(wanted, calls),
            conduct.late(self._tasks, obligations, log),
            conduct.order(self._needed, obligations),
            end(execution, wanted, obligations, list(in_doubt(wanted, self._by_result)), log, letter),
        )
        looked_up = any(each.task.lookup is not None for each in wanted.uncertain)
        if malformed and self._survives_missing:
            # What a call has done whose result lacks what names it, nobody can undo.
            yield from itertools.islice((malformed[-1].assumption(_DOCUMENTED, ()) for _finding in violated), 1)
            return
        for finding in violated:
            yield replace(finding, fix=_LOOKUP) if looked_up and finding.fix == REPORT else finding

    def _by_first_name(self, entry: Entry) -> Entry:
        """The entry of a call as that of the state which it repeats."""
        first = self.repeats.get(entry.call.state)
        return entry if first is None else replace(entry, call=replace(entry.call, state=first))

    def _assign(self, obligations: Sequence[Obligation], log: Sequence[Entry], wanted: Expected) -> list[Entry]:
        """Gives each undoing attempt to the obligation that it serves; gives those that serve none."""
        stray = []
        for index, entry in enumerate(log):
            if entry.call.state in self._forward or self._is_letter(entry, wanted.known):
                continue
            serving = [
                each
                for each in obligations
                if each.compensation.call.resource == entry.call.resource
                and agrees(each.parameters, entry.call.parameters)
            ]
            named = [each for each in serving if each.compensation.name == entry.call.state]
            here = [each for each in named if each.iteration == entry.call.iteration]
            if serving:
                (here or named or serving)[0].attempts.append((index, entry))
            else:
                stray.append(entry)
        return stray

    def _is_letter(self, entry: Entry, known: Known) -> bool:
        call = self.workflow.dead_letter_call
        if call is None or call.resource != entry.call.resource:
            return False
        return agrees(known.parameters(call), entry.call.parameters)

    # What is asked of the workflow again and again.

    @cached_property
    def _tasks(self) -> Mapping[str, Task]:
        return {task.name: task for task in self.workflow.tasks()}

    @cached_property
    def _readings(self) -> dict[Call, Read]:
        """How to read the parameters of each call, as far as it was asked for."""
        return {}

    @cached_property
    def _needed(self) -> Mapping[Task, frozenset[Task]]:
        return {task: all_needed_by(task) for task in self._tasks.values()}

    @cached_property
    def _by_result(self) -> frozenset[Compensation]:
        tasks = self._tasks.values()
        return frozenset(undo for task in tasks for undo in task.compensations if needs_result(undo, task))

    @cached_property
    def _early(self) -> Mapping[str, str]:
        return {task.name: needed.name for task, needed in early_in(self.block).items()}

    @cached_property
    def _forward(self) -> frozenset[str]:
        """The states that undo nothing."""
        steps = list(self.workflow.steps())
        raw = (name for step in steps if isinstance(step, RawState) for name, _state in step.states())
        maps = (step.name for step in steps if isinstance(step, Map))
        lookups = (task.lookup.name for task in self._tasks.values() if task.lookup is not None)
        return frozenset((*self._tasks, *raw, *maps, *lookups))

    @cached_property
    def _survives_missing(self) -> bool:
        """Whether an execution goes on where a result lacks what is read of it.

        In JSONata a Catch takes the error, and a child execution fails alone.
        """
        children = (isinstance(step, Map) and step.distributed is not None for step in self.workflow.steps())
        return self.workflow.query_language == "JSONata" or any(children)


def _cut_short(
    execution: Execution, malformed: Sequence[Malformed], obligations: Sequence[Obligation]
) -> Iterator[Finding]:
    """An execution that Step Functions ended itself: no handler has run."""
    left = [each for each in obligations if each.required and not each.done]
    tasks = tuple(dict.fromkeys(each.task.name for each in left))
    if malformed and tasks:
        yield malformed[-1].assumption(_DOCUMENTED, tasks)
    elif not malformed:
        yield Finding(
            property=Property.P1 if tasks else Property.P0,
            state=execution.path[-1],
            mark="runtime",
            message=f"Step Functions ends the execution itself: {execution.cause}",
            fix="ask for what may be missing first: fail_if(~value.is_present(), ...)",
            left_over=tasks,
        )
