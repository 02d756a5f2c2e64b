"""The workflow: what a user calls to write one down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

from keyflow.asl.quotas import LARGEST_COUNT
from keyflow.aws import Call, OperationCall, Result
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import (
    check_call,
    check_condition,
    check_count,
    check_dead_letter,
    check_errors,
    check_options,
    check_pattern,
    check_state,
    checked_timeout,
)
from keyflow.dsl.definition import Definition, MachineType, QueryLanguage
from keyflow.dsl.expressions import Condition, Value, kind_of, values_in
from keyflow.dsl.inlining import Inlining
from keyflow.dsl.map_checks import check_bound, check_distribution, check_map
from keyflow.dsl.maps import Each, Item, Map
from keyflow.dsl.openings import opens_block
from keyflow.dsl.retries import COMPENSATION_RETRY, Retry, check_known, several
from keyflow.dsl.steps import (
    Branch,
    Chosen,
    Fail,
    FailIf,
    FirstOf,
    Parallel,
    Pivot,
    RawState,
    Repeat,
    Rounds,
    Succeed,
    Wait,
    When,
)
from keyflow.dsl.tasks import Task
from keyflow.dsl.values import Input, LeftOver, Reference
from keyflow.lazy import lazy_pattern
from keyflow.making import note_inlined

S = TypeVar("S", bound=Step)

INLINE_CONCURRENCY = 40
"""Iterations of an inline Map that run at a time (AWS's quota)."""
UNHANDLED_ERROR = "UnhandledError"
UNHANDLED_CAUSE = "Something went wrong"
COMPENSATION_FAILED = "CompensationFailed"
COMPLETION_FAILED = "CompletionFailed"
RESERVED_ERRORS = (UNHANDLED_ERROR, COMPENSATION_FAILED, COMPLETION_FAILED)
"""What keyflow itself fails with (S7)."""
_ERROR_NAME = lazy_pattern(r"[A-Za-z][A-Za-z0-9_.]{0,255}")
_MOMENT = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Workflow(Definition):
    """A state machine and its compensations, written step by step.

    Args:
        name: The state machine's name: letters, digits, `-` and `_`, at most 80.
        type: `"EXPRESS"` (at most 300 s; can answer a caller directly) or `"STANDARD"`.
        timeout: Seconds for a whole execution. No handler runs when it strikes, so the build proves that the worst
            path, with its compensations, fits into it (S9).
        schedule: `"written"` runs the steps in the order written; `"dataflow"` runs side by side what needs nothing
            from each other. Conditions and ends (`when`, `fail_if`, `fail`, `succeed`) keep their place.
        query_language: In which language the definition is written: it does the same in both.
        saga: Whether what it does is undone when it fails. With False nothing ever is: then no task has compensations,
            and none needs a word on what may stay (S12).
        comment: What it does.

    Raises:
        DefinitionError: KF218, an argument cannot be.
    """

    def __init__(
        self,
        name: str,
        *,
        type: MachineType = "EXPRESS",  # noqa: A002  AWS's name for it
        timeout: int | None = None,
        schedule: Literal["written", "dataflow"] = "written",
        query_language: QueryLanguage = "JSONPath",
        saga: bool = True,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, type=type, query_language=query_language, timeout=timeout, comment=comment)
        if schedule not in ("written", "dataflow"):
            raise definition_error("KF218", f"a workflow's schedule is 'written' or 'dataflow', not {schedule!r}")
        if not isinstance(saga, bool):
            raise definition_error("KF218", f"saga is True or False, not {saga!r}")
        self.schedule = schedule
        self.saga = saga
        self.owned: tuple[Reference, ...] = ()
        self.dead_letter_call: Call | None = None
        self._pivoted: list[Block | Step] = []

    @property
    def input(self) -> Reference:
        """The execution's input."""
        return Reference(Input(self), (), calling_location())

    @property
    def left_over(self) -> LeftOver:
        """JSON text that names what could not be undone, for `dead_letter`."""
        return LeftOver()

    def task(
        self,
        name: str,
        call: Call,
        *,
        timeout: int | None = None,
        heartbeat: int | None = None,
        retry: Retry | Sequence[Retry] | None = None,
        after: Task | Sequence[Task] = (),
        comment: str | None = None,
    ) -> Task:
        """Adds an AWS call.

        Args:
            name: The state's name, at most 80 characters, once in the workflow.
            call: The call, made from a service of `keyflow.aws`.
            timeout: Seconds for each attempt; by default what the workflow's budget allows (S9). A call that waits for
                a job or a task token needs it.
            heartbeat: Seconds that may pass without a sign of life from who has the task token.
            retry: How it is repeated on which errors; by default not at all, and after the pivot twice.
            after: Tasks that must have ended before, and be undone after it, where no data says so.
            comment: A comment for the state.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF222, not a call; KF219, no
                retry or no task; KF208, a retry names an error of another service; KF223, a timeout or a heartbeat is
                no number of seconds; KF238, the call cannot wait here, or does not say for how long.
        """
        location = self._claim(name)
        check_call(call, "task")
        check_pattern(call, self.type, timeout, location)
        seconds, beat = checked_timeout(timeout), checked_timeout(heartbeat)
        if beat is not None and (seconds is None or beat >= seconds):
            raise definition_error("KF223", f"a heartbeat ({beat} s) is shorter than the timeout ({seconds} s)")
        if retry is None:
            retry = COMPENSATION_RETRY if self._passed_pivot() else ()
        retries, ordered = several(Retry, retry), several(Task, after)
        check_known(retries)
        for each in retries:
            check_errors(call, each.errors)
        return self._add(
            Task(
                name,
                location,
                call=call,
                author=self,
                timeout=seconds,
                retry=retries,
                after=ordered,
                comment=comment,
                heartbeat=beat,
            )
        )

    @opens_block
    def parallel(self, name: str) -> Iterator[None]:
        """Runs each step written in the block, and each `branch`, side by side."""
        parallel = Parallel(name, self._claim(name))
        with self._branches_of(parallel):
            yield
        self._add(parallel)

    @opens_block
    def branch(self, name: str | None = None) -> Iterator[None]:
        """Several steps as one branch of the `parallel` block that it stands in."""
        parallel = self._open[-1]
        if not isinstance(parallel, Parallel):
            raise definition_error("KF224", "a branch stands directly in a parallel block")
        branch = Branch(name or f"{parallel.name} {len(parallel.branches) + 1}", calling_location())
        parallel.branches.append(branch)
        with self._steps_of(branch.block, "branch", branch.name, branch.location):
            yield

    @opens_block
    def map(
        self,
        name: str,
        over: Reference | OperationCall,
        *,
        at_most: int | None = None,
        max_concurrency: int = 0,
        tolerated_failures: int = 0,
        distributed: MachineType | None = None,
        batch_of: int | None = None,
        reader_config: Mapping[str, Any] | None = None,
        result_writer: Mapping[str, Any] | None = None,
        writer_config: Mapping[str, Any] | None = None,
    ) -> Iterator[Each]:
        """Runs the steps written in the block once for each item of an array, side by side.

        Every iteration goes to its own end, so that it is known what each has done (S3). Where one fails, the workflow
        fails when all have ended, and the compensations of what completed run for each item (S4).

        Args:
            name: The state's name.
            over: The array: of the input, of a result, or of an outer item. A distributed map may read it from S3:
                `s3.get_object(...)` for a file's rows, `s3.list_objects_v2(...)` for the objects of a bucket.
            at_most: How many items there are at most: the workflow's time is proven for so many (S9). By default 40,
                or as many as the batch has that it iterates over; a distributed map under a timeout must say it.
            max_concurrency: How many iterations run at a time; 0 for as many as Step Functions runs: 40 inline.
            tolerated_failures: How many iterations may fail without failing the workflow. One that fails undoes at
                once what it has done; what the others have done stays.
            distributed: Runs each iteration as an execution of this type of its own, for more than 40 at a time.
            batch_of: Gives each child execution so many items at once (`each.items`) instead of one.
            reader_config: How what is read becomes items: `{"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}`.
            result_writer: Where the child executions' results go, `{"Bucket": ..., "Prefix": ...}`: what each writes
                with `each.write(...)`. Nothing in the block can be compensated then, since nothing comes back.
            writer_config: In which form they go there: `{"Transformation": "FLATTEN", "OutputType": "JSONL"}`.

        Raises:
            DefinitionError: KF220, the name is taken; KF243, there is nothing to iterate over, a number cannot be, or
                the options do not go together; KF224, the block has no steps.
        """
        location = self._claim(name)
        check_bound(at_most, over, distributed, self.timeout, location)
        if at_most is None:
            at_most = (_batch_size(over) if isinstance(over, Reference) else None) or INLINE_CONCURRENCY
        concurrency = max_concurrency or (0 if distributed else min(INLINE_CONCURRENCY, at_most))
        map_step = Map(
            name,
            location,
            over=over,
            at_most=at_most,
            max_concurrency=concurrency,
            distributed=distributed,
            reader_config=reader_config,
            batch_of=batch_of,
            tolerated_failures=tolerated_failures,
            result_writer=result_writer,
            writer_config=writer_config,
        )
        check_map(map_step)
        check_distribution(distributed, self.type, location)
        self._add(map_step)
        with self._steps_of(map_step.block, "map", name, location):
            yield Each(map_step)

    @opens_block
    def repeat(self, name: str, *, at_most: int, every: int = 0, error: str, cause: str) -> Iterator[Rounds]:
        """Runs the steps written in the block again and again, until what they gave satisfies a condition.

        The block says when with `rounds.until(condition)`. What it makes cannot be compensated: put a task that
        makes something in front of it.

        Args:
            name: The name of the state that the rounds begin with.
            at_most: How many rounds there are at most; the workflow's time is proven for so many (S9).
            every: Seconds between two rounds.
            error: The declared error that the workflow fails with where no round was the last.
            cause: What the caller is told then.

        Raises:
            DefinitionError: KF220, the name is taken; KF228, the error's name cannot be; KF245, the block has no steps
                or no `until`, or a number cannot be.
        """
        location = self._claim(name)
        for label, number, least in (("at_most", at_most, 1), ("every", every, 0)):
            check_count("KF245", label, number, least)
        step = self._add(Repeat(name, location, at_most=at_most, every=every, failure=_failure(error, cause, location)))
        with self.inside(step.block, None):
            yield Rounds(step)
        if not step.block.steps or step.until is None or step.block.ends():
            problem = "has no steps" if not step.block.steps else "never says until when, or cannot come to its end"
            raise definition_error("KF245", f"{name!r} {problem}", location=location)

    @opens_block
    def when(self, condition: Condition, *, name: str | None = None) -> Iterator[None]:
        """Runs the block where the condition holds; `otherwise` may follow it."""
        check_condition(condition, "when")
        location = self._claim(name) if name is not None else calling_location()
        when = self._add(When(name or "", location))
        block = Block()
        when.cases.append((condition, block))
        with self.inside(block, None):
            yield

    @opens_block
    def otherwise(self, condition: Condition | None = None) -> Iterator[None]:
        """Runs the block where no condition before it held (and, if one is given, this one does)."""
        when = self._step_before
        if not isinstance(when, When) or when.otherwise is not None:
            raise definition_error("KF225", "otherwise follows a when block directly")
        block = Block()
        if condition is None:
            when.otherwise = block
        else:
            check_condition(condition, "otherwise")
            when.cases.append((condition, block))
        with self.inside(block, None):
            yield

    def first_of(self, *options: Any, name: str | None = None) -> Reference:
        """The first of the values that is there: the result of whichever task ran, or a member that may be missing.

        It is chosen here, once, so it can be used wherever a result can: in conditions and compensations, too.

        Args:
            options: Tasks, members of their results, of errors, of the input or of an item, in the order of preference.
                The last may also be a literal or any other value, which is taken where nothing else is there.
            name: The name of the Choice state; by default made from the tasks' names.

        Raises:
            DefinitionError: KF246, there are not two options, or one could never be taken; KF220, the name is taken.
        """
        given = tuple(each.result if isinstance(each, Task) else each for each in options)
        check_options(given)
        location = self._claim(name) if name is not None else calling_location()
        step = self._add(FirstOf(name or "", location, options=given))
        return Reference(Chosen(step), (), location, _common_result(given), _common_kind(given))

    def fail_if(self, condition: Condition, error: str, cause: str, *, name: str | None = None) -> None:
        """Ends the workflow with a declared error where the condition holds, undoing what was done (S8).

        Args:
            condition: When to fail.
            error: The error's name, which an `Api` maps to a status.
            cause: What the caller is told.
            name: The name of the Choice state; by default made from the error's.
        """
        check_condition(condition, "fail_if")
        location = self._claim(name) if name is not None else calling_location()
        self._add(FailIf(name or "", location, condition, _failure(error, cause, location)))

    def fail(self, error: str, cause: str) -> None:
        """Ends the workflow with a declared error, undoing what was done (S8)."""
        self._add(_failure(error, cause, calling_location()))

    def succeed(self, output: Any = None, *, name: str | None = None) -> None:
        """Ends the workflow with its output: values and literals, nested as the output shall be.

        Args:
            output: The output; an empty object where there is none.
            name: The state's name; by default `Success`, and `Success 2` for a second end.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF226, it stands in a branch.
        """
        location = self._claim(name) if name is not None else calling_location()
        if any(isinstance(entry, Parallel) for entry in self._open):
            raise definition_error("KF226", "succeed ends the whole workflow, which a branch cannot do")
        self._add(Succeed(name or "", location, output))

    def wait(self, name: str, seconds: int | Value | None = None, *, until: str | Value | None = None) -> None:
        """Waits for so many seconds, or until a moment (an RFC 3339 timestamp).

        Either may be a value that only the execution knows, in a workflow without a timeout: its time has no bound.

        Raises:
            DefinitionError: KF223, not exactly one of the two, or no length and no moment.
        """
        location = self._claim(name)
        if (seconds is None) == (until is None):
            raise definition_error("KF223", "a wait has either seconds or until")
        if seconds is not None and not isinstance(seconds, Value):
            check_count("KF223", "a wait in seconds", seconds, 0, LARGEST_COUNT)
        if until is not None and not (isinstance(until, Value) or _is_moment(until)):
            raise definition_error("KF223", f"a moment is a timestamp (2026-01-31T12:00:00Z), not {until!r}")
        self._add(Wait(name, location, seconds, until))

    def state(self, name: str, document: Mapping[str, Any]) -> RawState:
        """Adds a state as the States Language writes it, without `Next` and `End`, for what the DSL cannot say.

        keyflow keeps its results under `$.results`; the state must leave that member alone. Where it changes something,
        `state(...).keep("why")` says that this may stay.
        """
        location = self._claim(name)
        if {"Next", "End"} & document.keys() or document.get("Type") in ("Choice", "Succeed", "Fail"):
            raise definition_error(
                "KF227", f"state {name!r}: keyflow adds Next and End; use when, succeed and fail for the rest"
            )
        check_state(name, {**document, "End": True})
        return self._add(RawState(name, location, dict(document)))

    def pivot(self) -> None:
        """The point of no return (S12): from here on nothing is undone, and what follows is tried until it is done.

        What then finally fails ends the workflow with `CompletionFailed`, which names what is owed; the dead letter is
        told the same. A build refuses a pivot in a branch, a map, a repeat or a handler (KF264).
        """
        self._add(Pivot("", calling_location()))
        self._pivoted.append(self._open[-1])

    def _passed_pivot(self) -> bool:
        """Whether what is written next comes after the pivot."""
        return any(each in self._pivoted for each in self._open)

    def owns(self, *values: Reference) -> None:
        """Says that members of the input name what is this workflow's own: whoever starts it hands those things over.

        Compensations may then delete them. The proof takes it for given, and says so.

        Raises:
            DefinitionError: KF219, a value is no member of the input.
        """
        for value in values:
            if not isinstance(value, Reference) or not isinstance(value.source, Input) or not value.keys:
                raise definition_error("KF219", f"a workflow owns what members of its input name, and not {value!r}")
        self.owned += values

    def dead_letter(self, call: Call) -> None:
        """Declares the call that is told, through `left_over`, what could not be undone (S7).

        Raises:
            DefinitionError: KF222, not a call; KF238, it waits; KF268, it keeps no message, or says nothing of what is
                left.
        """
        check_dead_letter(call)
        if not any(isinstance(value, LeftOver) for value in values_in(call.written)):
            raise definition_error(
                "KF268",
                "the dead letter says nothing of what is left",
                hint="put workflow.left_over into it: MessageBody=workflow.left_over",
            )
        self.dead_letter_call = call

    def inline(self, other: Workflow, *, input: Any, prefix: str = "") -> Any:  # noqa: A002  AWS's name for it
        """Adds the steps of another workflow, with their compensations, as if they had been written here.

        Its declared errors become errors of this workflow, its permissions are granted, its dead letter is not used.
        To run it as an execution of its own, start it: `stepfunctions.start_execution(stateMachineArn=other.arn, ...)`.

        Args:
            other: The workflow. It is not changed; its own `succeed`, if it has one, is its last step.
            input: What stands for its input: values and literals, nested as its input is.
            prefix: What the names of its states begin with here.

        Returns:
            Its output: values and literals, nested as it is; None where it has none.

        Raises:
            DefinitionError: KF244, it succeeds in the middle, or uses its input as this one cannot be used; KF220, the
                name of a state is taken; KF238, it waits for what cannot be waited for here.
        """
        location = calling_location()
        note_inlined(other)
        steps, output = Inlining(self, input, prefix, location).steps(other.block)
        for step in steps:
            self._add(step)
        self.granted += other.granted
        self.granted_on += other.granted_on
        return output

    def admit(self, step: Step) -> None:
        """Checks that a step that was made for another workflow can stand in this one."""
        match step:
            case Task():
                for call in (step.call, *(compensation.call for compensation in step.compensations)):
                    check_pattern(call, self.type, step.timeout, step.location)
            case Map():
                check_distribution(step.distributed, self.type, step.location)
            case _:
                pass

    def _add(self, step: S) -> S:
        here = self._open[-1]
        if isinstance(here, Parallel):
            if not isinstance(step, Task | Parallel | Map | Repeat | Wait | RawState):
                raise definition_error(
                    "KF224", "only tasks stand directly in a parallel block", hint="use workflow.branch()"
                )
            here.branches.append(Branch(step.name, step.location, Block([step])))
            return step
        if self.open_block.ends():
            raise definition_error("KF229", "no execution comes here: the step before ends the workflow")
        self.open_block.steps.append(step)
        return step


def _common_result(options: Sequence[Any]) -> Result | None:
    """What the model says of every one of the values, where it says the same."""
    results = [each.result if isinstance(each, Reference) else None for each in options]
    shapes = {None if each is None or each.shape is None else (each.shape.name, each.exact) for each in results}
    return results[0] if len(shapes) == 1 else None


def _common_kind(options: Sequence[Any]) -> str | None:
    """The type that every one of the values has."""
    kinds = {kind_of(each) for each in options}
    return kinds.pop() if len(kinds) == 1 else None


def _batch_size(over: Reference) -> int | None:
    """How many items there are in the batch that a map iterates over, where it does."""
    return over.source.map.batch_of if isinstance(over.source, Item) and not over.keys else None


def _is_moment(until: object) -> bool:
    return isinstance(until, str) and _MOMENT.fullmatch(until) is not None


def _failure(error: str, cause: str, location: Location) -> Fail:
    if not isinstance(error, str) or not _ERROR_NAME.fullmatch(error) or error.startswith("States."):
        raise definition_error(
            "KF228", f"an error's name has letters, digits, _ and ., and does not begin with States.: {error!r}"
        )
    if error in RESERVED_ERRORS:
        raise definition_error("KF228", f"{error} is what keyflow itself fails with (S7)", hint="choose another name")
    if not isinstance(cause, str):
        raise definition_error("KF228", f"a cause is text, not {cause!r}")
    return Fail("", location, error, cause)
