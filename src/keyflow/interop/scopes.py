"""The states of a scope as steps of a `StateMachine`, each in keyflow's own words where it has them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from keyflow import asl, bounds
from keyflow.asl import ABSENT, JSON
from keyflow.asl.records import dump_record, fields_of
from keyflow.asl.states import dump_state
from keyflow.diagnostics import DefinitionError
from keyflow.dsl.machine_states import EndHere
from keyflow.dsl.retries import Retry
from keyflow.dsl.state_machine import StateMachine
from keyflow.interop.calls import call_of
from keyflow.interop.expressions import Expressions, Inexpressible
from keyflow.interop.joins import Steps, join_of
from keyflow.json_values import Unquoted, with_leaves
from keyflow.placeholders import PARAMETER

T = TypeVar("T")

_TEMPLATES = ("parameters", "result_selector", "assign", "output", "item_selector", "items", "credentials", "arguments")
_RECORDS = ("item_reader", "item_batcher", "result_writer")
_SCOPES = ("branches", "item_processor", "iterator")
_ELSEWHERE = ("next", "retry", "catch", "choices", "default", "resource", *_SCOPES)


class Whole:
    """The machine that is being written, and what its scopes have in common."""

    def __init__(
        self, machine: StateMachine, verbatim: frozenset[str], kept: frozenset[str], types: Mapping[str, type]
    ) -> None:
        self.machine = machine
        self.expressions = Expressions(machine, kept, types)
        self.refused: dict[str, str] = {}
        self.steps = Steps()
        self.depth = 0
        self._verbatim = verbatim

    def refuse(self, name: str, error: Inexpressible | DefinitionError) -> None:
        """Notes that a state has to stay JSON, and why."""
        reason = error.diagnostics[0].message if isinstance(error, DefinitionError) else f"keyflow has no {error}"
        self.refused.setdefault(name, reason)

    @contextmanager
    def block(self, given: AbstractContextManager[T]) -> Iterator[T]:
        """Writes into a block; the blocks around it are counted, for Python has a bound of them."""
        self.depth += 1
        try:
            with given as value:
                yield value
        finally:
            self.depth -= 1

    def is_verbatim(self, name: str) -> bool:
        """Whether a state is written as JSON."""
        return name in self._verbatim or name in self.refused


def write_scope(whole: Whole, scope: asl.Scope) -> None:
    """Writes the states of a scope into the block that is open."""
    ways_in = Counter(
        target for state in scope.states.values() for target in {each for _place, each in asl.transitions(state)}
    )
    _Scope(whole, scope, ways_in).write()


class _Scope:
    """Writes the states of one scope: a chain as long as it goes, blocks where it branches, `go_to` for the rest."""

    def __init__(self, whole: Whole, scope: asl.Scope, ways_in: Mapping[str, int]) -> None:
        self._whole = whole
        self._machine = whole.machine
        self._expressions = whole.expressions
        self._scope = scope
        self._states = scope.states
        self._written: set[str] = set()
        self._pending: deque[str] = deque()
        self._ways_in = ways_in

    def write(self) -> None:
        """Writes the states into the block that is open."""
        block = self._machine.open_block
        self._chain(self._scope.start_at, None, nested=False)
        for name in self._states:
            self._pending.append(name)
        while self._pending:
            name = self._pending.popleft()
            if name not in self._written:
                self._chain(name, None, nested=False)
        if block.steps and isinstance(block.steps[-1], EndHere):
            block.steps.pop()

    def _chain(self, start: asl.Transition, stop: str | None, *, nested: bool) -> None:
        """The states from `start` on, up to `stop`, which follows the block anyway."""
        name, expected = start, not nested
        while name != stop:
            if not isinstance(name, str):
                self._machine.end()
                return
            too_deep = nested and self._whole.depth > bounds.NESTED_BLOCKS
            if name in self._written or too_deep or not (expected or self._ways_in[name] <= 1):
                self._machine.go_to(name)
                self._pending.append(name)
                return
            self._written.add(name)
            following = self._state(name, self._states[name], stop)
            if following is None:
                return
            expected = not nested or isinstance(self._states[name], asl.Choice)
            name = following

    def _state(self, name: str, state: asl.State, stop: str | None) -> asl.Transition | None:
        """Writes one state; gives what follows it, None where nothing does."""
        if not self._whole.is_verbatim(name):
            try:
                match state:
                    case asl.Choice():
                        return self._choice(name, state, stop)
                    case asl.Succeed() | asl.Fail():
                        self._end(name, state)
                        return None
                    case _:
                        return self._working(name, state)
            except (Inexpressible, DefinitionError) as error:  # there are no words for it, or the DSL refuses them
                self._whole.refuse(name, error)
        return self._as_json(name, state, stop)

    def _as_json(self, name: str, state: asl.State, stop: str | None) -> str | None:
        """A state as JSON with its own transitions. The states that it leads to follow it, or come later."""
        try:
            self._machine.state(name, with_leaves(dump_state(state), self._late))
        except DefinitionError as error:
            self._whole.refuse(name, error)
        targets = [target for _place, target in asl.transitions(state)]
        self._pending.extend(targets)
        following = next((target for place, target in asl.transitions(state) if place == "Next"), None)
        if following is None or following == stop or following in self._written or self._ways_in[following] > 1:
            return None
        return following

    def _late(self, leaf: JSON) -> Any:
        """A leaf of a state that stays JSON: the parameter of a placeholder without quotes."""
        return self._expressions.number(leaf) if isinstance(leaf, Unquoted) and PARAMETER.fullmatch(leaf) else leaf

    def _choice(self, name: str, state: asl.Choice, stop: str | None) -> asl.Transition | None:
        fields = self._fields(state)
        conditions = [self._expressions.condition(rule.condition) for rule in state.choices]
        rules = [self._rule(rule) for rule in state.choices]
        targets = [rule.next for rule in state.choices] + ([] if state.default is None else [state.default])
        join = join_of(self._states, targets, state.default, self._written, stop, self._whole.steps)
        for index, (rule, condition, extra) in enumerate(zip(state.choices, conditions, rules, strict=True)):
            rule_fields: Any = extra or None
            if index == 0:
                exhaustive = state.default is None
                case = self._machine.when(condition, name=name, exhaustive=exhaustive, rule=rule_fields, **fields)
            else:
                case = self._machine.otherwise(condition, rule=rule_fields)
            self._inside(case, rule.next, join)
        if state.default is not None and state.default != join:
            self._inside(self._machine.otherwise(), state.default, join)
        return join

    def _inside(self, block: AbstractContextManager[Any], start: str, join: str | None) -> None:
        with self._whole.block(block):
            self._chain(start, join, nested=True)

    def _rule(self, rule: asl.ChoiceRule) -> dict[str, Any]:
        if rule.extra:
            raise Inexpressible(f"rule of a Choice with {', '.join(rule.extra)}")
        given: dict[str, Any] = {} if rule.comment is None else {"comment": rule.comment}
        if rule.assign is not None:
            given["assign"] = self._expressions.tree(rule.assign)
        if rule.output is not ABSENT:
            given["output"] = self._expressions.tree(rule.output)
        return given

    def _end(self, name: str, state: asl.Succeed | asl.Fail) -> None:
        fields = self._fields(state)
        if isinstance(state, asl.Succeed):
            self._machine.succeed(name, **fields)
        else:
            self._machine.fail(name, fields.pop("error", None), fields.pop("cause", None), **fields)

    def _working(self, name: str, state: asl.Task | asl.Pass | asl.Wait | asl.Parallel | asl.Map) -> asl.Transition:
        fields = self._fields(state)
        retry = () if isinstance(state, asl.Pass | asl.Wait) else tuple(map(self._retry, state.retry or ()))
        given: dict[str, Any] = {"retry": retry[0] if len(retry) == 1 else list(retry)} if retry else {}
        match state:
            case asl.Task():
                call = self._call(state, fields)
                step = self._machine.task(name, call, **given, **fields)
            case asl.Pass():
                self._machine.pass_state(name, **fields)
                return state.next
            case asl.Wait():
                self._machine.wait(name, fields.pop("seconds", None), until=fields.pop("timestamp", None), **fields)
                return state.next
            case asl.Parallel():
                self._check_depth(2)
                with self._whole.block(self._machine.parallel(name, **given, **fields)) as step:
                    for branch in state.branches:
                        with self._whole.block(self._machine.branch(**_scope_fields(branch))):
                            write_scope(self._whole, branch)
            case asl.Map():
                processor = state.item_processor or state.iterator
                if processor is None or processor.comment is not None:
                    raise Inexpressible("comment of a processor")
                if processor.processor_config is not None:
                    fields["processor_config"] = dump_record(processor.processor_config)
                if state.iterator is not None:
                    fields["iterator"] = True
                self._check_depth(1)
                with self._whole.block(self._machine.map(name, **given, **fields)) as step:
                    write_scope(self._whole, processor)
        for catcher in state.catch or ():
            self._inside_catch(
                step.on_error(*_error_names(catcher.error_equals), **self._catcher(catcher)), catcher.next, state.next
            )
        return state.next

    def _check_depth(self, blocks: int) -> None:
        """Refuses a scope whose states would stand in more blocks than Python has."""
        if self._whole.depth + blocks > bounds.NESTED_BLOCKS:
            raise Inexpressible("deeper blocks")

    def _inside_catch(self, block: AbstractContextManager[Any], start: str, following: asl.Transition) -> None:
        with self._whole.block(block):
            self._chain(start, following if isinstance(following, str) else None, nested=True)

    def _call(self, state: asl.Task, fields: dict[str, Any]) -> Any:
        """The task's call; takes the fields that belong to it."""
        if not isinstance(state.resource, str):
            raise Inexpressible("such Resource")
        parameters = fields.pop("arguments", fields.pop("parameters", None))
        resource = self._expressions.text(state.resource)
        if not isinstance(resource, str) and resource.deployed_text() is None:
            raise Inexpressible("such Resource")
        call = call_of(resource, parameters)
        credentials = fields.get("credentials")
        if isinstance(credentials, Mapping) and set(credentials) == {"RoleArn"}:
            call = call.with_role(fields.pop("credentials")["RoleArn"])
        return call

    def _retry(self, found: asl.Retrier) -> Retry:
        if found.extra:
            raise Inexpressible(f"a retrier with {', '.join(found.extra)}")

        def number(value: Any) -> Any:
            return self._expressions.number(value) if isinstance(value, Unquoted) else value

        return Retry(
            errors=_error_names(found.error_equals),
            max_attempts=number(found.max_attempts),
            interval=number(found.interval_seconds),
            backoff=number(found.backoff_rate),
            max_delay=number(found.max_delay_seconds),
            jitter="NONE" if found.jitter_strategy == "NONE" else found.jitter_strategy == "FULL",
            comment=found.comment,
        )

    def _catcher(self, catcher: asl.Catcher) -> dict[str, Any]:
        if catcher.extra:
            raise Inexpressible(f"catcher with {', '.join(catcher.extra)}")
        given: dict[str, Any] = {} if catcher.comment is None else {"comment": catcher.comment}
        if catcher.result_path is not ABSENT:
            given["result_path"] = catcher.result_path
        if catcher.assign is not None:
            given["assign"] = self._expressions.tree(catcher.assign)
        if catcher.output is not ABSENT:
            given["output"] = self._expressions.tree(catcher.output)
        return given

    def _fields(self, state: asl.State) -> Any:
        """The state's fields as the DSL's keyword arguments."""
        if state.extra:
            raise Inexpressible(f"field {', '.join(state.extra)}")
        given: dict[str, Any] = {}
        for name, field in fields_of(type(state)).items():
            value = getattr(state, name)
            if name in _ELSEWHERE or value is ABSENT or (value is None and field.default is not ABSENT):
                continue
            given[name] = self._field(name, value)
        return given

    def _field(self, name: str, value: Any) -> Any:
        if isinstance(value, asl.QueryLanguage):
            return value.value
        if isinstance(value, asl.Path):
            return self._expressions.value(value)
        if name in _RECORDS:
            return self._expressions.tree(dump_record(value))
        if name == "result":
            return self._fixed(value)
        if name in _TEMPLATES:
            return self._expressions.tree(value)
        if isinstance(value, Unquoted):
            return self._expressions.number(value)
        if isinstance(value, str) and name not in ("comment", "label"):
            return self._expressions.text(value)
        return value

    def _fixed(self, value: JSON) -> Any:
        """A Result, in which a key with `.$` is a key like any other: keyflow has no words for that."""
        if _has_path_key(value):
            raise Inexpressible("fixed result with a key that ends in .$")
        return self._expressions.tree(value)


def _has_path_key(tree: JSON) -> bool:
    match tree:
        case dict():
            return any(key.endswith(".$") or _has_path_key(value) for key, value in tree.items())
        case list():
            return any(map(_has_path_key, tree))
        case _:
            return False


def _scope_fields(branch: asl.Branch) -> Any:
    if branch.extra or branch.processor_config is not None:
        raise Inexpressible("branch with fields of its own")
    return {} if branch.comment is None else {"comment": branch.comment}


def _error_names(names: tuple[Any, ...]) -> tuple[str, ...]:
    """The names of errors, which a document may write as anything."""
    if not all(isinstance(name, str) for name in names):
        raise Inexpressible("errors that are no names")
    return names
