"""The forward path: blocks to states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyflow import asl
from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.analysis.dependencies import meets_ambiguity, needs_result, recovers
from keyflow.compiler.attempts import retrier
from keyflow.compiler.forward.failures import Failures
from keyflow.compiler.layout import FAILED, ROOT, ROUND, UNCERTAIN
from keyflow.compiler.program import Emitted, Program, Scope, processor
from keyflow.compiler.undo.settling import Settling
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch, Fail, FailIf, Parallel, RawState, Repeat, Succeed, Wait, When
from keyflow.dsl.tasks import ALL_ERRORS, Handler, Retry, Task

_NOTHING_READ = Reads()


class Lowering:
    """Writes the states of a workflow's forward path, with those by which a failed iteration undoes itself.

    `rungs` gives, for each undo stage, the state that undoing from there begins with.
    """

    def __init__(
        self, program: Program, emitted: Emitted, failures: Failures, settling: Settling, rungs: Mapping[int, str]
    ) -> None:
        self._program = program
        self._dialect = program.dialect
        self._entries: dict[Step, str] = {}
        self._first = _resetting_step(program)
        self._scope = emitted.scope
        self._failures = failures
        self._settling = settling
        self._rungs = rungs
        self._add = emitted.add

    def lower(self) -> str:
        """Writes the forward path; gives the name of the state that it starts at."""
        scope = self._scope
        start = None
        if self._first is None and any(isinstance(step, Task | Map) for step in self._program.block.walk()):
            start = self._program.names.unique("Start")
            scope.reserve(start)
        entry = self._block(self._program.block, scope, asl.END)
        first = self._state_name(entry, scope)
        if start is None:
            return first
        reset = asl.Pass(**self._dialect.write((ROOT,), {}), next=first)
        return self._add(scope, start, reset, self._program.workflow.location)

    # Blocks and the ways out of them.

    def _block(self, block: Block, scope: Scope, after: asl.Transition) -> asl.Transition:
        """Writes a block's states; gives where it is entered (`after`, when it is empty)."""
        entries = [self._entry(step, scope) for step in block.steps]
        for step, following in zip(block.steps, [*entries[1:], after], strict=True) if entries else ():
            self._step(step, scope, following)
        return entries[0] if entries else after

    def _entry(self, step: Step, scope: Scope) -> str:
        """The name of the state that a step is entered at."""
        match step:
            case Fail():
                return self._failures.entry(step, scope)
            case FailIf(name="", failure=failure):
                wanted = f"{failure.error}?"
            case When(name=""):
                wanted = f"{scope.name}: When?" if scope.slot is not None else "When?"
            case _:
                return step.name
        if step not in self._entries:
            self._entries[step] = self._program.names.unique(wanted)
        return self._entries[step]

    def _state_name(self, target: asl.Transition, scope: Scope) -> str:
        """The target as a state: a path that ends the scope from a Choice or a Catch needs a state to end in."""
        if isinstance(target, str):
            return target
        if scope.terminal is None:
            location = self._program.workflow.location
            if scope.slot is None:
                scope.terminal = self._program.names.unique("Done")
                self._add(scope, scope.terminal, asl.Succeed(**self._dialect.end_empty()), location)
            else:
                scope.terminal = self._program.names.unique(f"{scope.name} Done")
                fields = self._dialect.end_branch(scope.slot, self._dialect.write((*scope.slot, "ended"), {}))
                self._add(scope, scope.terminal, asl.Pass(**fields), location)
        return scope.terminal

    def _ending(self, scope: Scope, following: asl.Transition, fields: dict[str, Any]) -> dict[str, Any]:
        """What becomes of a result in a state that may end its scope: then the scope's own output leaves it."""
        if isinstance(following, str) or scope.direct:
            return fields
        if scope.slot is None:
            return {**fields, **self._dialect.end_empty()}
        return self._dialect.end_branch(scope.slot, fields)

    # Steps.

    def _step(self, step: Step, scope: Scope, following: asl.Transition) -> None:
        match step:
            case Task():
                self._task(step, scope, following)
            case Parallel():
                self._parallel(step, scope, following)
            case Map():
                self._map(step, scope, following)
            case Repeat():
                self._repeat(step, scope, following)
            case When():
                self._when(step, scope, following)
            case FailIf(condition=condition, failure=failure):
                rule = asl.ChoiceRule(
                    condition=self._dialect.condition(condition, step.location),
                    next=self._failures.entry(failure, scope),
                )
                default = self._state_name(following, scope)
                choice = asl.Choice(choices=(rule,), default=default)
                self._add(scope, self._entry(step, scope), choice, step.location)
            case Succeed(output=output):
                self._add(scope, step.name, self._dialect.output(output, step.location), step.location)
            case Wait():
                state = asl.Wait(**self._dialect.pause(step), next=self._pass_ending(scope, following))
                self._add(scope, step.name, state, step.location)
            case RawState():
                self._raw(step, scope, following)
            case _:
                pass  # a Fail is written where it is entered

    def _pass_ending(self, scope: Scope, following: asl.Transition) -> asl.Transition:
        """For a state that cannot write a result: it never ends a branch itself."""
        return self._state_name(following, scope) if following is asl.END else following

    def _task(self, task: Task, scope: Scope, following: asl.Transition) -> None:
        scope.reserve(task.name)
        handlers = sorted(task.handlers, key=lambda handler: ALL_ERRORS in handler.errors)  # which must come last
        catchers = [self._handler(task, handler, scope, following) for handler in handlers]
        if not any(ALL_ERRORS in handler.errors for handler in task.handlers):
            catchers += self._failures.catch_all(task, scope)
        if recovers(task):
            catchers = list(self._uncertain_first(task, scope, catchers))
        state = asl.Task(
            comment=task.comment,
            resource=task.call.resource,
            **self._dialect.call(task.call),
            timeout=self._program.budget.timeout(task),
            heartbeat=task.heartbeat,
            **self._ending(scope, following, self._result(task, scope, following)),
            retry=tuple(retrier(task.call.error_name, retry) for retry in sorted(task.retry, key=_covers_all)) or None,
            catch=tuple(catchers),
            next=following,
        )
        self._add(scope, task.name, state, task.location)

    def _result(self, task: Task, scope: Scope, following: asl.Transition) -> dict[str, Any]:
        """What becomes of a task's result."""
        reads = self._program.dataflow.reads.get(task, _NOTHING_READ)
        slot = self._program.layout.tasks[task]
        if scope.direct:
            return self._dialect.give(reads)
        if task is self._first:
            return self._dialect.keep_first(slot, reads)
        ends_branch = scope.slot is not None and following is asl.END
        if reads.paths or task in self._program.saga.guarded or ends_branch:
            return self._dialect.keep(slot, reads)
        return self._dialect.discard()

    def _handler(self, task: Task, handler: Handler, scope: Scope, following: asl.Transition) -> asl.Catcher:
        read = handler in self._program.dataflow.read_errors
        fields = self._dialect.place_error(self._program.layout.errors[handler]) if read else self._dialect.discard()
        entry = self._state_name(self._block(handler.block, scope, following), scope)
        return asl.Catcher(error_equals=handler.errors, **fields, next=entry)

    def _when(self, when: When, scope: Scope, following: asl.Transition) -> None:
        name = self._entry(when, scope)
        scope.reserve(name)
        rules = []
        for condition, block in when.cases:
            target = self._state_name(self._block(block, scope, following), scope)
            rules.append(asl.ChoiceRule(condition=self._dialect.condition(condition, when.location), next=target))
        otherwise = following if when.otherwise is None else self._block(when.otherwise, scope, following)
        choice = asl.Choice(choices=tuple(rules), default=self._state_name(otherwise, scope))
        self._add(scope, name, choice, when.location)

    def _repeat(self, step: Repeat, scope: Scope, following: asl.Transition) -> None:
        """A counter, the block, and the question behind it that leads on, to the failure, or to the next round."""
        assert step.until is not None  # noqa: S101  the DSL has asked for it
        slot, names = self._program.layout.rounds[step], self._program.names
        asks, again = (names.unique(f"{step.name}: {what}") for what in ("Enough?", "Again"))
        scope.reserve(step.name)
        body = self._state_name(self._block(step.block, scope, asks), scope)
        self._add(scope, step.name, asl.Pass(**self._dialect.write(slot, {ROUND: 1}), next=body), step.location)
        enough = self._dialect.condition(step.until, step.location)
        rules = (
            asl.ChoiceRule(condition=enough, next=self._state_name(following, scope)),
            asl.ChoiceRule(
                condition=self._dialect.is_round(slot, step.at_most), next=self._failures.entry(step.failure, scope)
            ),
        )
        pause = names.unique(f"{step.name}: Pause") if step.every else again
        self._add(scope, asks, asl.Choice(choices=rules, default=pause), step.location)
        if step.every:
            self._add(scope, pause, asl.Wait(seconds=step.every, next=again), step.location)
        self._add(scope, again, asl.Pass(**self._dialect.next_round(slot), next=body), step.location)

    def _raw(self, step: RawState, scope: Scope, following: asl.Transition) -> None:
        state = asl.load_state({**step.document, "End": True})
        if isinstance(state, asl.Choice | asl.Succeed | asl.Fail):  # the DSL admits none of them
            raise TypeError(state)
        state = replace(state, next=self._pass_ending(scope, following))
        if isinstance(state, asl.Task | asl.Parallel | asl.Map):
            caught = [error for catcher in state.catch or () for error in catcher.error_equals]
            if ALL_ERRORS not in caught:
                state = replace(state, catch=(*(state.catch or ()), *self._failures.catch_all(step, scope)) or None)
        self._add(scope, step.name, state, step.location)

    # Parallel blocks.

    def _parallel(self, parallel: Parallel, scope: Scope, following: asl.Transition) -> None:
        layout = self._program.layout
        fallible = parallel in self._program.saga.fallible
        ending = self._pass_ending(scope, following)
        asks = self._program.names.unique(f"{parallel.name} Failed?") if fallible else None
        scope.reserve(parallel.name)
        branches = tuple(self._branch(branch) for branch in parallel.branches)
        keys = [layout.branches[branch].key for branch in parallel.branches]
        fields = self._dialect.gather(layout.parallels[parallel], keys, first=parallel is self._first)
        state = asl.Parallel(branches=branches, **fields, next=asks or ending)
        self._add(scope, parallel.name, state, parallel.location)
        if asks is not None:
            failed = [(*layout.branches[branch].slot, FAILED) for branch in parallel.branches]
            rules = self._failures.failed_rules(parallel, scope, failed, layout.parallels[parallel])
            choice = asl.Choice(choices=tuple(rules), default=self._state_name(ending, scope))
            self._add(scope, asks, choice, parallel.location)

    def _branch(self, branch: Branch) -> asl.Branch:
        laid_out = self._program.layout.branches[branch]
        scope = Scope(branch.name, {}, laid_out.slot, laid_out.direct)
        entry = self._block(branch.block, scope, asl.END)
        return asl.Branch(start_at=self._state_name(entry, scope), states=scope.states)

    def _map(self, each: Map, scope: Scope, following: asl.Transition) -> None:
        laid_out = self._program.layout.maps[each]
        writes = each.result_writer is not None
        fallible = each in self._program.saga.fallible and not writes
        ending = self._pass_ending(scope, following)
        asks = self._program.names.unique(f"{each.name} Failed?") if fallible else None
        scope.reserve(each.name)
        inside = Scope(each.name, {}, (laid_out.root,), raising=writes, settles=each.is_tolerant)
        fields = self._dialect.iterate(each)
        entry = self._iteration(each, inside)
        self._failures.raise_markers(laid_out)
        gathered = self._dialect.gather_items(laid_out.slot, tolerant=each.is_tolerant)
        state = asl.Map(
            **fields,
            item_processor=processor(each, entry, inside),
            max_concurrency=each.max_concurrency,
            **(self._dialect.write_results(each) if writes else gathered),
            tolerated_failure_count=each.tolerated_failures * (each.batch_of or 1) if writes else None,
            catch=None if each.distributed is None else (self._failures.catch_all(each, scope) or None),
            next=asks or ending,
        )
        self._add(scope, each.name, state, each.location)
        if asks is not None:
            following = self._state_name(ending, scope)
            rules = (
                *(self._settling.left_in_items(each, scope) if each.is_tolerant else ()),
                *self._failures.failed_rules(
                    each, scope, [(*laid_out.slot, FAILED, each.tolerated_failures)], laid_out.slot
                ),
                *(self._failures.tolerated(each, scope, following) if each.is_tolerant else ()),
            )
            self._add(scope, asks, asl.Choice(choices=rules, default=following), each.location)

    def _iteration(self, each: Map, inside: Scope) -> str:
        """Writes an iteration's states; gives the name of the one that it starts at."""
        names, batch = self._program.names, None
        if each.batch_of is not None:
            batch = names.unique(f"{each.name}: Batch")
            inside.reserve(batch)
            taken = self._dialect.take_batch(each)
        with self._dialect.inside(each):
            written = names.unique(f"{each.name}: Result") if each.result_writer is not None else None
            entry = self._state_name(self._block(each.block, inside, written or asl.END), inside)
            if written is not None:
                self._add(inside, written, self._dialect.output(each.written, each.location), each.location)
            if inside.settling is not None:
                self._settling.settle(each, inside, inside.settling)
        if batch is None:
            return entry
        return self._add(inside, batch, asl.Pass(**taken, next=entry), each.location)

    # Outcomes that nobody knows (S10).

    def _uncertain_first(self, task: Task, scope: Scope, catchers: list[asl.Catcher]) -> Iterator[asl.Catcher]:
        """Tells errors after which the call may have taken effect from those after which it has not."""
        left = task.call.ambiguous_errors
        for catcher in catchers:
            names = catcher.error_equals
            own = tuple(error for error in left if error in names or ALL_ERRORS in names)
            if own:
                left = tuple(error for error in left if error not in own)
                target = self._uncertain_target(task, scope, catcher)
                yield replace(catcher, error_equals=own, next=target)
            rest = tuple(name for name in names if name not in own)
            if rest:
                yield replace(catcher, error_equals=rest)

    def _uncertain_target(self, task: Task, scope: Scope, catcher: asl.Catcher) -> str:
        """Where an ambiguous error goes: by way of a note, unless every compensation runs in any case."""
        slot, saga = self._program.layout.tasks[task], self._program.saga
        handled = any(meets_ambiguity(task, handler) for handler in task.handlers)
        target = catcher.next
        if scope.slot is None and not handled:
            target = self._rungs[saga.uncertain[task]]
            in_any_case = not any(needs_result(each, task) for each in task.compensations)
            if in_any_case and task not in saga.guarded and task is not self._first:
                return target
        name = self._program.names.unique(f"{task.name} Uncertain")
        if scope.direct:
            note = asl.Pass(**self._dialect.give_uncertain())
        elif task is self._first:  # writes all that keyflow owns, as the task itself would have
            note = asl.Pass(**self._dialect.write((ROOT,), {slot[-1]: {UNCERTAIN: {}}}), next=target)
        else:
            note = asl.Pass(**self._dialect.write((*slot, UNCERTAIN), {}), next=target)
        return self._add(scope, name, note, task.location, failing=True)


def _resetting_step(program: Program) -> Step | None:
    """The step that runs first and can write all that keyflow owns, so that nothing in the input passes for it."""
    match program.block.steps:
        case [Task() as task, *_]:
            return task if _fails_for_nothing(task) else None
        case [Parallel() as parallel, *_]:
            direct = all(program.layout.branches[branch].direct for branch in parallel.branches)
            return parallel if direct else None
        case _:
            return None


def _fails_for_nothing(task: Task) -> bool:
    """Whether nothing is owed where the workflow's first task fails: then nobody asks what it would have written."""
    only_fails = all(isinstance(step, Fail) for handler in task.handlers for step in handler.block.walk())
    ends = all(handler.block.ends() for handler in task.handlers)
    return only_fails and ends and not (recovers(task) and any(meets_ambiguity(task, each) for each in task.handlers))


def _covers_all(retry: Retry) -> bool:
    """Whether the retry is for every error: the States Language wants such a one last."""
    return ALL_ERRORS in retry.errors
