"""What every definition of a state machine has, whether keyflow or its author keeps the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal, TypeVar

from keyflow.asl.quotas import EXPRESS_SECONDS, MACHINE_NAME_CHARACTERS, STATE_NAME_CHARACTERS
from keyflow.aws.permission import Permission
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import checked_timeout
from keyflow.dsl.deployed import Parameter, StateMachineArn
from keyflow.dsl.machine_states import State
from keyflow.dsl.openings import Opening
from keyflow.dsl.steps import Parallel
from keyflow.dsl.tasks import Task
from keyflow.dsl.values import Context, ExecutionArn, Reference
from keyflow.lazy import lazy_pattern
from keyflow.making import note_definition

P = TypeVar("P", Parallel, State)
T = TypeVar("T")

_MACHINE_NAME = lazy_pattern(rf"[A-Za-z0-9_-]{{1,{MACHINE_NAME_CHARACTERS}}}")

MachineType = Literal["EXPRESS", "STANDARD"]
QueryLanguage = Literal["JSONPath", "JSONata"]


class Definition:
    """A state machine that is being written: its name and type, the names of its states, and its steps.

    Args:
        name: The state machine's name: letters, digits, `-` and `_`, at most 80.
        type: `"EXPRESS"` (at most 300 s; can answer a caller directly) or `"STANDARD"`.
        query_language: `"JSONPath"`, `"JSONata"`, or None where it says nothing: AWS takes JSONPath then.
        timeout: Seconds for a whole execution.
        comment: What it does.

    Raises:
        DefinitionError: KF218, an argument cannot be; KF223, the timeout is no number of seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        type: MachineType,  # noqa: A002  AWS's name for it
        query_language: QueryLanguage | None,
        timeout: int | None,
        comment: str | None,
    ) -> None:
        self.location = calling_location()
        if not isinstance(name, str) or not _MACHINE_NAME.fullmatch(name):
            mended = re.sub(r"[^A-Za-z0-9_-]+", "-", name if isinstance(name, str) else "").strip("-")
            hint = f"for instance {mended[:MACHINE_NAME_CHARACTERS]!r}" if mended else None
            problem = f"a workflow's name has 1 to 80 letters, digits, - and _, not {name!r}"
            raise definition_error("KF218", problem, hint=hint)
        if type not in ("EXPRESS", "STANDARD"):
            hint = did_you_mean(str(type).upper(), ("EXPRESS", "STANDARD"))
            raise definition_error("KF218", f"a workflow's type is EXPRESS or STANDARD, not {type!r}", hint=hint)
        if query_language not in (None, "JSONPath", "JSONata"):
            raise definition_error("KF218", f"a query language is JSONPath or JSONata, not {query_language!r}")
        self.name = name
        self.type = type
        self.query_language = query_language
        self.timeout = checked_timeout(timeout)
        if type == "EXPRESS" and self.timeout is not None and self.timeout > EXPRESS_SECONDS:
            raise definition_error("KF218", f"an Express workflow runs at most {EXPRESS_SECONDS} s, not {timeout}")
        if comment is not None and not isinstance(comment, str):
            raise definition_error("KF218", f"a workflow's comment is text, not {comment!r}")
        self.comment = comment
        self.block = Block()
        self.granted: list[Permission] = []
        self.granted_on: list[Parameter] = []
        self._names: dict[str, Location] = {}
        self.openings: list[Opening[Any]] = []
        self._open: list[Block | Step] = [self.block]
        note_definition(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def _repr_html_(self) -> str:
        """The picture that a notebook shows: of what the compiler makes, which stands above and is looked for by name.

        Source: https://ipython.readthedocs.io/en/stable/config/integrating.html#rich-display
        """
        picture: str = import_module("keyflow.pictures").notebook_picture(self)
        return picture

    @property
    def context(self) -> Reference:
        """The context object: `workflow.context["State"]["EnteredTime"]`."""
        return Reference(Context(), (), calling_location())

    @property
    def arn(self) -> StateMachineArn:
        """The ARN of the state machine in the same stage, for calls by which others start it."""
        return StateMachineArn(self.name)

    def execution_arn(self, name: Any) -> ExecutionArn:
        """The ARN of one execution, for calls that ask for it: `describe_execution(executionArn=...)` behind a route.

        Args:
            name: The execution's name: the id that an asynchronous route answers with.

        Raises:
            DefinitionError: KF218, the workflow is Express, whose executions no call knows.
        """
        if self.type == "EXPRESS":
            message = f"{self.name} is EXPRESS: no call knows its executions"
            raise definition_error("KF218", message, hint='make it type="STANDARD"')
        return ExecutionArn(self.name, name)

    @property
    def names(self) -> Mapping[str, Location]:
        """The states' names that the definition gives, and the lines that give them."""
        return self._names

    def steps(self) -> Iterator[Step]:
        """Every step, in the order written."""
        return self.block.walk()

    def tasks(self) -> Iterator[Task]:
        """Every task that keyflow keeps the result of, and undoes, in the order written."""
        return (step for step in self.steps() if isinstance(step, Task))

    def allow(self, action: str, resource: str | Parameter) -> None:
        """Grants the execution one IAM action on one resource, for what raw states do: calls need no such line."""
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action):
            raise definition_error("KF234", f"an IAM action is service:Action, without *, not {action!r}")
        self.granted.append(Permission(action, resource if isinstance(resource, str) else resource.deployed_text()))
        if isinstance(resource, Parameter):
            self.granted_on.append(resource)

    def claim_name(self, name: str, location: Location) -> None:
        """Takes a state's name for the line at `location`.

        Raises:
            DefinitionError: KF220, another state has it; KF221, it is empty or has over 80 characters.
        """
        if not isinstance(name, str) or not name or len(name) > STATE_NAME_CHARACTERS:
            length = f", this has {len(name)}" if isinstance(name, str) else ""
            shown = repr(name) if isinstance(name, str) else f"a {type(name).__name__}"
            hint = None if isinstance(name, str) else "the name comes first: workflow.task('Name', call)"
            problem = f"a state's name has 1 to {STATE_NAME_CHARACTERS} characters{length}: {shown}"
            raise definition_error("KF221", problem, location=location, hint=hint)
        if name in self._names:
            raise definition_error(
                "KF220",
                f"{name!r} names a state already",
                location=location,
                hint=f"the first one is at {self._names[name]}",
            )
        self._names[name] = location

    @property
    def open_block(self) -> Block:
        """The block that what is written next goes into.

        Raises:
            DefinitionError: KF224, it would stand directly in a parallel block.
        """
        here = self._open[-1]
        if not isinstance(here, Block):
            raise definition_error("KF224", "a state of a parallel block stands in a branch")
        return here

    @property
    def _step_before(self) -> Step | None:
        """The step that what is written next comes after, in the same block."""
        here = self._open[-1]
        return here.steps[-1] if isinstance(here, Block) and here.steps else None

    @contextmanager
    def _steps_of(self, block: Block, kind: str, name: str, location: Location) -> Iterator[None]:
        """Adds what is written inside to the block of a branch or a map; raises KF224 where that is nothing."""
        with self.inside(block, None):
            yield
        if not block.steps:
            raise definition_error("KF224", f"the {kind} {name!r} has no steps", location=location)

    @contextmanager
    def _branches_of(self, parallel: P) -> Iterator[P]:
        """Adds the branches that are written inside to a parallel block; raises KF224 where there are none."""
        with self.inside(parallel, parallel):
            yield parallel
        if not parallel.branches:
            message = f"the parallel block {parallel.name!r} has no branches"
            raise definition_error("KF224", message, location=parallel.location)

    @contextmanager
    def inside(self, block: Block | Step, value: Any) -> Iterator[Any]:
        """Adds what is written inside to `block`, or to a step that has branches; gives `value`."""
        self._open.append(block)
        try:
            yield value
        finally:
            self._open.pop()

    def opening(self, label: str, block: Block, value: T) -> Opening[T]:
        """What opens a block that a step has, for its method `label`; gives `value`."""
        made: Opening[T] = Opening(label, self.inside(block, value))
        self.openings.append(made)
        return made

    def _claim(self, name: str) -> Location:
        location = calling_location()
        self.claim_name(name, location)
        return location
