"""Faults that nothing can tell apart: of such a class one is tried with others, and stands for all of them.

A service has many errors, and a definition treats most of them alike. Two errors are of one class where every list of
error names decides the same of both, and where no text that an error could be compared with tells one from the other.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.engine.choice import matches_pattern
from keyflow.engine.errors import ALL, QUERY_EVALUATION, RUNTIME, TASK_FAILED, TIMEOUT, matches
from keyflow.verify.faults import Fault, Kind, gone_errors_of, is_ambiguous, unmodelled_error_of
from keyflow.verify.findings import Finding
from keyflow.verify.subject import Subject
from keyflow.verify.variants import Variant

ErrorNames = Sequence[str]

_KINDS = list(Kind)
_OWN_LISTS: tuple[ErrorNames, ...] = ([ALL], [TASK_FAILED], [TIMEOUT], [RUNTIME], [QUERY_EVALUATION])
"""What the engine and the judges ask of every error."""
_DISSECTING = re.compile(
    r"States\.(StringSplit|Base64Encode|Base64Decode|StringToJson)\b"
    r"|\{%.*(\$(substring|substringBefore|substringAfter|length|match|replace|split|pad|lowercase|uppercase|trim"
    r"|base64encode|base64decode|encodeUrl|encodeUrlComponent|parse|eval|sort|max|min)\b|\(\s*/|,\s*/|~>)",
    re.DOTALL,
)
"""What makes other texts of a text, which could then be compared: no error is then taken for another.

A digest is none of these: nobody writes down the digest of an error's name.
"""
_DISSECTING_IN_TEMPLATE = re.compile(r"\.(substring|split|matches|indexOf|lastIndexOf|length|charAt|compareTo)\(")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_COMPARED = re.compile(r"String(LessThan|GreaterThan|Equals|LessThanEquals|GreaterThanEquals)")


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
        texts = (finding.state, finding.mark, finding.message, finding.mend, *finding.left_over)
        return len(self.faults) > 1 and any(self.tried.error in text for text in texts)

    def apart(self) -> Iterator[FaultClass]:
        """Each of the faults alone."""
        return (FaultClass((fault,)) for fault in self.faults)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, that first which a counterexample shows best."""
    return tuple(sorted(faults, key=lambda fault: (_KINDS.index(fault.kind), str(fault))))


class Distinctions:
    """What tells one error of a subject from another."""

    def __init__(self, subject: Subject, variants: Iterable[Variant]) -> None:
        self._subject = subject
        self._document = asl.dump(subject.machine)
        self._variants = tuple(variants)
        self._seen: dict[str, Hashable] = {}

    def key(self, fault: Fault, resource: str) -> Hashable:
        """Faults of one call with the same key are of one class."""
        kind: Hashable = fault.kind
        if fault.kind in (Kind.TIMED_OUT_AFTER, Kind.LOST) and self._answers_in_time(fault.place[0]):
            kind = "took effect"
        flags = (fault.error in gone_errors_of(resource), is_ambiguous(fault.error))
        return (kind, fault.attempts, flags, self._of(fault.error))

    def _answers_in_time(self, state: str) -> bool:
        """Whether a call that is lost takes as long as one that times out: until a limit that is written down."""
        task = self._tasks.get(state)
        return task is not None and type(task.timeout) is int and task.heartbeat is None

    @cached_property
    def _tasks(self) -> dict[str, asl.Task]:
        return dict(asl.all_tasks(self._subject.machine))

    def _of(self, error: str) -> Hashable:
        """What is asked of an error, and what it is compared with."""
        if error not in self._seen:
            self._seen[error] = error if self._dissects else tuple(self._answers(error))
        return self._seen[error]

    def _answers(self, error: str) -> Iterator[Hashable]:
        yield from (matches(names, error) for names in self._caught)
        yield from ((matches(names, error), error in names) for names in self._judged)
        yield error if error in self._texts else None
        yield from (matches_pattern(error, pattern) for pattern in self._patterns)
        yield from ((literal in error, error in literal, error < literal) for literal in self._literals)

    @cached_property
    def _caught(self) -> tuple[ErrorNames, ...]:
        """Each list of errors that a retrier or a catcher of the machine has."""
        lists = (value for key, value in _members(self._document) if key == "ErrorEquals")
        return tuple(dict.fromkeys(map(tuple, lists)))

    @cached_property
    def _judged(self) -> tuple[ErrorNames, ...]:
        endpoint = self._subject.endpoint
        declared = () if endpoint is None else tuple((name,) for name in endpoint.errors or ())
        return (*_OWN_LISTS, *dict.fromkeys((*map(tuple, self._subject.judge.error_lists), *declared)))

    @cached_property
    def _texts(self) -> frozenset[str]:
        """Every text that an execution could hold beside the error."""
        given = [each.input for each in self._variants]
        special = [assigned.value for each in self._variants for option in each.special.values() for assigned in option]
        own = [value for key, value in _members(self._document) if key != "ErrorEquals" and isinstance(value, str)]
        return frozenset([*own, *_texts([given, special, dict(self._subject.answers)]), *self._literals])

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        patterns = (value for key, value in _members(self._document) if key == "StringMatches")
        return tuple(dict.fromkeys(each for each in patterns if isinstance(each, str)))

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        """The texts in comparisons and expressions: parts of an error's name, or what it is less or greater than."""
        compared = [value for key, value in _members(self._document) if _COMPARED.fullmatch(key)]
        expressions = [text for text in self._expressions if "States." in text or "{%" in text]
        expressions += self._templates
        quoted = [each[1] or each[2] or "" for text in expressions for each in _LITERAL.finditer(text)]
        found = [*compared, *quoted, *expressions]
        return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and each))

    @cached_property
    def _dissects(self) -> bool:
        return any(map(_DISSECTING.search, self._expressions)) or any(
            map(_DISSECTING_IN_TEMPLATE.search, self._templates)
        )

    @cached_property
    def _expressions(self) -> tuple[str, ...]:
        return tuple(_texts(self._document))

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        """The mapping templates of the endpoint, which see the error of an execution that failed."""
        endpoint = self._subject.endpoint
        return () if endpoint is None else tuple(_texts(dict(endpoint.gateway.integration)))


def is_plain(fault: Fault, resource: str) -> bool:
    """Whether a fault is a refusal that stands for others like it, or says that nothing is left to undo."""
    if fault.kind is not Kind.REFUSED or fault.attempts is not None:
        return False
    return fault.error == unmodelled_error_of(resource) or fault.error in gone_errors_of(resource)


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
    return (value for _key, value in _members(tree) if isinstance(value, str))
