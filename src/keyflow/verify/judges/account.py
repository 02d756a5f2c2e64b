"""An account for a definition that says nothing of compensation: what its calls make, and what they delete.

Which call makes something, and which deletes it, is told from the operations' names; what a deletion is about, from the
identifiers that flow from the one to the other: every text of a simulated result is unlike any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import Integration, resource_of
from keyflow.aws.counterparts import undone_by
from keyflow.dataclass import dataclass
from keyflow.engine import Execution
from keyflow.engine.errors import RUNTIME
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.world.runner import Entry


@dataclass(kw_only=True, slots=True)
class Made:
    """Something that a call has made. `seen` tells that the execution knows of it."""

    entry: Entry
    integration: Integration
    values: frozenset[str]
    seen: bool
    deleted_at: int | None = None

    @property
    def name(self) -> str:
        """How a finding names it: `usage plan of 'Create Usage Plan'`."""
        noun = self.integration.operation.partition("_")[2].replace("_", " ") or self.integration.operation
        return f"{noun} of {self.entry.call.state!r}"


class Account:
    """Judges executions by what they have made and not deleted.

    `effects` says of a state by its name which resources undo what it makes, or that it makes nothing (an empty list);
    of every other state it is told from its operation.
    """

    def __init__(self, effects: Mapping[str, Sequence[str]] | None = None) -> None:
        self._effects = effects or {}

    undoing: frozenset[str] = frozenset()

    def error_lists(self, _state: str) -> Sequence[Sequence[str]]:
        """None: every error is a failure."""
        return ()

    def findings(
        self, _data: JSON, malformed: Sequence[str], execution: Execution, log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """What an execution violates; `malformed` are the tasks whose results lacked what is read."""
        made: list[Made] = []
        for index, entry in enumerate(log):
            if not entry.took_effect:
                continue
            made_now = self._made(entry)
            if made_now is not None:
                made.append(made_now)
            else:
                yield from self._delete(index, entry, made)
        yield from _out_of_order(made)
        if execution.status != "SUCCEEDED":
            yield from self._left(execution, malformed, [each for each in made if each.deleted_at is None])

    def _made(self, entry: Entry) -> Made | None:
        integration = resource_of(entry.call.resource).integration
        undone = self._effects.get(entry.call.state)
        if integration is None or (undone is None and undone_by(integration) is None) or undone == []:
            return None
        values = frozenset(_texts([entry.call.parameters, entry.made]))
        return Made(entry=entry, integration=integration, values=values, seen=entry.error is None)

    def _delete(self, index: int, entry: Entry, made: Sequence[Made]) -> Iterator[Finding]:
        """Notes what a call deletes; finds what it deletes again."""
        integration = resource_of(entry.call.resource).integration
        if integration is None:
            return
        identifiers = _identifiers(integration, entry.call.parameters)
        about = [each for each in made if self._deletes(integration, each) and identifiers <= each.values]
        living = [each for each in about if each.deleted_at is None]
        if living:
            living[-1].deleted_at = index
        elif about:
            message = f"{entry.call.state!r} deletes the {about[0].name} again"
            yield Finding(
                property=Property.P2, state=entry.call.state, mark="twice", message=message, fix="delete it once"
            )

    def _deletes(self, integration: Integration, made: Made) -> bool:
        told = self._effects.get(made.entry.call.state)
        if told is not None:
            return integration.arn in told
        counterpart = undone_by(made.integration)
        return counterpart is not None and counterpart.arn == integration.arn

    def _left(self, execution: Execution, malformed: Sequence[str], left: Sequence[Made]) -> Iterator[Finding]:
        certain = [each for each in left if each.seen]
        names = tuple(each.name for each in certain)
        if certain and execution.error == RUNTIME and malformed:
            message = f"a result of {malformed[-1]!r} always has the members that are read of it"
            fix = "nothing to do where AWS documents them"
            yield Finding(
                property=Property.P1,
                state=malformed[-1],
                mark="malformed",
                message=message,
                fix=fix,
                weight=Weight.ASSUMPTION,
                left_over=names,
            )
        elif certain:
            cut_off = execution.status == "TIMED_OUT"
            message = f"left behind{' when the time is up' if cut_off else ''}: {', '.join(names)}"
            fix = "catch States.ALL at every task after it, compensations included, and lead to what deletes it"
            if cut_off:
                fix = f"give each task a TimeoutSeconds, and {fix}"
            state = certain[0].entry.call.state
            yield Finding(
                property=Property.P1, state=state, mark=execution.status, message=message, fix=fix, left_over=names
            )
        for each in left:
            if not each.seen and each.entry.error is not None:
                state = each.entry.call.state
                message = f"{state!r} may take effect though its answer is lost, and nothing then deletes what it makes"
                fix = "look it up in the handler of States.Timeout, and delete it"
                yield Finding(
                    property=Property.P1,
                    state=state,
                    mark="ambiguous",
                    message=message,
                    fix=fix,
                    weight=Weight.UNPROVABLE,
                    left_over=(each.name,),
                )


def _out_of_order(made: Sequence[Made]) -> Iterator[Finding]:
    """P3: what uses another is deleted before it."""
    for later in made:
        for earlier in made:
            uses = earlier is not later and not _own(earlier).isdisjoint(_texts([later.entry.call.parameters]))
            both = earlier.deleted_at is not None and later.deleted_at is not None
            if uses and both and (earlier.deleted_at or 0) < (later.deleted_at or 0):
                message = f"the {earlier.name} is deleted before the {later.name}, which uses it"
                fix = "delete what uses another first"
                yield Finding(
                    property=Property.P3,
                    state=later.entry.call.state,
                    mark=earlier.entry.call.state,
                    message=message,
                    fix=fix,
                )


def _own(made: Made) -> frozenset[str]:
    """The texts that only the result has: its identifiers."""
    return frozenset(_texts([made.entry.made])) - frozenset(_texts([made.entry.call.parameters]))


def _identifiers(integration: Integration, parameters: Any) -> frozenset[str]:
    """The texts by which a call says what it is about: those of the parameters that it must have."""
    shape = integration.model.input
    required = [integration.spelling(name) for name in shape.required] if shape is not None else []
    if not isinstance(parameters, dict):
        return frozenset()
    return frozenset(_texts([parameters[name] for name in required if name in parameters]))


def _texts(tree: Any) -> Iterator[str]:
    match tree:
        case dict():
            for value in tree.values():
                yield from _texts(value)
        case list():
            for value in tree:
                yield from _texts(value)
        case str():
            yield tree
