"""Faults that nothing can tell apart: of such a class one is tried with others, and stands for all of them.

A service has many errors, and a definition treats most of them alike. Two errors are of one class where every list of
error names decides the same of both, and where no text that an error could be compared with tells one from the other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.dataclass import dataclass
from keyflow.engine.choice import matches_pattern
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME, matches
from keyflow.lazy import lazy_pattern
from keyflow.verify.judges.findings import Finding
from keyflow.verify.search.error_texts import looks_into_errors
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.faults import Fault, Kind, gone_errors_of, plain_error_of
from keyflow.verify.world.lessons import Lesson, lessons_of
from keyflow.verify.world.variants import Variant

ErrorNames = Sequence[str]

_KINDS = list(Kind)
_UNANSWERED = (Kind.REFUSED, Kind.TIMED_OUT_BEFORE, Kind.TIMED_OUT_AFTER, Kind.LOST, Kind.FAILED_AFTER)
"""Kinds of which only the error, what it means, and what the call has done, reach anyone."""
_CUT_SHORT: tuple[ErrorNames, ...] = ((RUNTIME,), (QUERY_EVALUATION,))
"""What every judge asks of an execution's error."""
_DISSECTING = lazy_pattern(
    r"States\.(StringSplit|Base64Encode|Base64Decode|StringToJson)\b"
    r"|\{%.*(\$(substring|substringBefore|substringAfter|length|match|replace|split|pad|lowercase|uppercase|trim"
    r"|base64encode|base64decode|encodeUrl|encodeUrlComponent|parse|eval|sort|max|min)\b|[(,=]\s*/|~>)",
    re.DOTALL,
)
"""What makes other texts of a text, which could then be compared: no error is then taken for another.

A digest is none of these: nobody writes down the digest of an error's name.
"""
_DISSECTING_IN_TEMPLATE = lazy_pattern(
    r"\.(substring|split|matches|indexOf|lastIndexOf|length|charAt|compareTo|toLowerCase|toUpperCase)\("
    r"|[eE]rror\w*[)}]*\.replace"
)
_SEEKING = lazy_pattern(r"\$contains\b|\.(contains|startsWith|endsWith)\(")
_LITERAL = lazy_pattern(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_ORDERING = ("StringLessThan", "StringGreaterThan", "StringLessThanEquals", "StringGreaterThanEquals")
_ORDERING_BY_PATH = tuple(f"{name}Path" for name in _ORDERING)


@dataclass(frozen=True, slots=True)
class FaultClass:
    """Faults of one place that an execution cannot tell apart; the first is the one that is tried for all."""

    faults: tuple[Fault, ...]

    @property
    def tried(self) -> Fault:
        """The fault that stands for the others."""
        return self.faults[0]

    def is_named_in(self, finding: Finding) -> bool:
        """Whether a finding names the error that is tried: another fault of the class would then show another."""
        texts = (finding.state, finding.mark, finding.message, finding.fix, *finding.left_over)
        return len(self.faults) > 1 and any(self.tried.error in text for text in texts)

    def apart(self) -> Iterator[FaultClass]:
        """Each of the faults alone."""
        return (FaultClass((fault,)) for fault in self.faults)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, that first which a counterexample shows best."""
    return tuple(sorted(faults, key=lambda fault: (_KINDS.index(fault.kind), repr(fault))))


@dataclass(frozen=True, eq=False)
class Distinctions:
    """What tells one error of a subject from another; `variants` are the inputs and results that it is given."""

    subject: Subject
    variants: tuple[Variant, ...]
    _seen: dict[tuple[str, str], Hashable] = field(default_factory=dict, init=False)

    @cached_property
    def _document(self) -> JSON:
        return asl.dump(self.subject.machine)

    def key(self, fault: Fault) -> Hashable:
        """Faults of one call with the same key are of one class."""
        state = fault.place[0]
        kind: Hashable = fault.kind
        if fault.kind in _UNANSWERED and self._answers_in_time(state):
            kind = "took effect" if fault.kind.takes_effect else "took none"
        return (kind, fault.attempts, self._lessons(state, fault.error), self._of(state, fault.error))

    def _lessons(self, state: str, error: str) -> Hashable:
        """What the account of the world learns of an error."""
        task = self._tasks.get(state)
        if task is None:
            return None
        lessons = lessons_of(task.resource, error)
        if not _may_ask(task):
            lessons -= {Lesson.UNMET}
        return lessons, state in self.subject.finders and error in gone_errors_of(task.resource)

    def _answers_in_time(self, state: str) -> bool:
        """Whether a call that fails takes as long as one that times out: until a limit that is written down."""
        task = self._tasks.get(state)
        return task is not None and type(task.timeout) is int and task.heartbeat is None

    @cached_property
    def _tasks(self) -> dict[str, asl.Task]:
        return dict(asl.all_tasks(self.subject.machine))

    def _of(self, state: str, error: str) -> Hashable:
        """What is asked of a state's error, and what it is compared with."""
        if (state, error) not in self._seen:
            self._seen[state, error] = error if self._dissects else tuple(self._answers(state, error))
        return self._seen[state, error]

    def _answers(self, state: str, error: str) -> Iterator[Hashable]:
        yield from (matches(names, error, of_task=True) for names in self._caught(state))
        yield from ((matches(names, error, of_task=True), error in names) for names in self._judged(state))
        yield error if any(error in text for text in self._texts) else None
        yield from (matches_pattern(error, pattern) for pattern in self._patterns)
        yield from ((part in error, error.startswith(part), error.endswith(part)) for part in self._parts)
        yield from (error < text for text in self._bounds)

    def _caught(self, state: str) -> Iterable[ErrorNames]:
        """The lists of the retriers and catchers that a state's error comes to: its own, and those of states around.

        Where a Fail may end with an error that it was given, an error comes to any.
        """
        lists = self._lists if self._throws_again else {state: self._lists.get(state, ())}
        return itertools.chain.from_iterable(lists.values())

    @cached_property
    def _lists(self) -> Mapping[str, Sequence[ErrorNames]]:
        """By state, the lists of its retriers and catchers, and of those of the states around it."""
        return dict(_lists_in(self.subject.machine, ()))

    @cached_property
    def _throws_again(self) -> bool:
        return any(isinstance(fail.error, asl.Path) or is_expression(fail.error) for fail in self._fails)

    @property
    def _throws_causes(self) -> bool:
        """Whether a Fail may end with the cause of a call: what timed out has none."""
        return any("Cause" in str(fail.cause) for fail in self._fails)

    @cached_property
    def _fails(self) -> tuple[asl.Fail, ...]:
        return tuple(state for _name, state in asl.all_states(self.subject.machine) if isinstance(state, asl.Fail))

    def _judged(self, state: str) -> Iterable[ErrorNames]:
        endpoint = self.subject.endpoint
        declared = () if endpoint is None else ((name,) for name in endpoint.errors or ())
        return (*_CUT_SHORT, *self.subject.judge.error_lists(state), *declared)

    @cached_property
    def _texts(self) -> frozenset[str]:
        """Every text that an error could be compared with: of the machine, the endpoint, the input and the stubs."""
        return frozenset([*self._expressions, *self._templates, *self._given])

    @cached_property
    def _given(self) -> frozenset[str]:
        """The texts that an execution is given."""
        special = [assigned.value for each in self.variants for option in each.special.values() for assigned in option]
        return frozenset(_texts([[each.input for each in self.variants], special, dict(self.subject.results)]))

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        patterns = (value for key, value in _members(self._document) if key == "StringMatches")
        return tuple(dict.fromkeys(each for each in patterns if isinstance(each, str)))

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        """The texts that are looked for in others."""
        return tuple(dict.fromkeys(text for each in self._written if _SEEKING.search(each) for text in _quoted(each)))

    @cached_property
    def _bounds(self) -> tuple[str, ...]:
        """The texts that an error could be held to be less or greater than."""
        found = [value for key, value in _members(self._document) if key in _ORDERING]
        written = [text for text in self._written if "{%" in text and ("<" in text or ">" in text)]
        found += [text for each in written for text in _quoted(each)]
        return tuple(dict.fromkeys([*found, *(self._given if written else ())]))

    @cached_property
    def _written(self) -> tuple[str, ...]:
        """The expressions of the machine, and the mapping templates of the endpoint."""
        own = (text for text in self._expressions if "States." in text or "{%" in text)
        return tuple(dict.fromkeys((*own, *self._templates)))

    @cached_property
    def _dissects(self) -> bool:
        """Whether any two errors could be told apart: one is looked into, made another text, or ordered among texts."""
        orders = any(key in _ORDERING_BY_PATH for key, _value in _members(self._document))
        return (
            orders
            or looks_into_errors(self.subject.machine, by_hand=self.subject.judge.may_loop)
            or (self._throws_causes and any("cause" in template for template in self._templates))
            or any(map(_DISSECTING.search, self._expressions))
            or any(map(_DISSECTING_IN_TEMPLATE.search, self._templates))
        )

    @cached_property
    def _expressions(self) -> tuple[str, ...]:
        """Every text of the machine but those in lists of errors."""
        return tuple(_texts(self._document))

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        """The mapping template of the endpoint that sees the error of an execution."""
        endpoint = self.subject.endpoint
        template = None if endpoint is None else endpoint.template
        return () if template is None else (template,)


def _may_ask(task: asl.Task) -> bool:
    """Whether the writes of a call may have conditions: those of one write stand in its own parameters."""
    parameters = task.parameters if isinstance(task.parameters, dict) else task.arguments
    is_one = task.resource.endswith((":putItem", ":updateItem", ":deleteItem"))
    return not (is_one and isinstance(parameters, dict)) or any("Condition" in name for name in parameters)


def is_plain(fault: Fault, resource: str) -> bool:
    """Whether a fault is a refusal that stands for others like it, or says that nothing is left to undo."""
    if fault.kind is not Kind.REFUSED or fault.attempts is not None:
        return False
    return fault.error == plain_error_of(resource) or fault.error in gone_errors_of(resource)


def _quoted(written: str) -> Iterator[str]:
    """The literals in an expression or a template."""
    return (found[1] or found[2] or "" for found in _LITERAL.finditer(written))


def _lists_in(scope: asl.StateMachine | asl.Branch, around: Sequence[ErrorNames]) -> Iterator[tuple[str, Any]]:
    for name, state in scope.states.items():
        own: list[ErrorNames] = [*around]
        if isinstance(state, asl.Task | asl.Parallel | asl.Map):
            own += [retrier.error_equals for retrier in state.retry or ()]
            own += [catcher.error_equals for catcher in state.catch or ()]
        yield name, own
        for inner in asl.scopes_in(state):
            yield from _lists_in(inner, own)


def _members(tree: JSON) -> Iterator[tuple[str, Any]]:
    """Every member of every object, however deep; elements of arrays under the array's own name."""
    pending: list[tuple[str, Any]] = [("", tree)]
    while pending:
        key, value = pending.pop()
        yield key, value
        if isinstance(value, dict):
            pending += value.items()
        elif isinstance(value, list | tuple):
            pending += [(key, each) for each in value]


def _texts(tree: Any) -> Iterator[str]:
    return (value for key, value in _members(tree) if isinstance(value, str) and key != "ErrorEquals")
