"""The failures of two sides, each proven by a process of its own, and how they differ."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

from keyflow.cli.sides import Given, Side
from keyflow.cli.workers import Worker, await_all
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, KeyflowError
from keyflow.differences import BuildDifferences, Difference, Kind
from keyflow.verify import Origin
from keyflow.verify.comparison.changes import Changes, changes
from keyflow.verify.comparison.outcomes import Outcomes, outcomes_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Failures:
    """How the failures of one workflow differ.

    Attributes:
        name: The workflow's.
        change: What happened to the workflow itself; None where nothing did.
        changes: How its failures differ; None where they were not proven: nothing changed, or it cannot be.
        old_problem: Why the old version could not be proven; all that is violated in the new one counts as new then.
        new_problem: Why the new version could not be proven.
    """

    name: str
    change: Kind | None
    changes: Changes | None = None
    old_problem: Diagnostic | None = None
    new_problem: Diagnostic | None = None

    @property
    def is_worse(self) -> bool:
        """Whether a property is violated that was not, or nothing can be said of the new version."""
        return self.new_problem is not None or (self.changes is not None and bool(self.changes.opened))


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The failures of two sides.

    Attributes:
        workflows: Each workflow of either.
        as_documents: Whether definitions were judged as documents, because one side has no Python.
        answers: Whether what callers are answered was judged.
    """

    workflows: tuple[Failures, ...]
    as_documents: bool
    answers: bool

    def is_worse(self, *, strict: bool) -> bool:
        """Whether any workflow's failures violate what they did not, or cannot be judged; with `strict`, also whether
        something cannot be proven that could.
        """
        found = [each.changes for each in self.workflows if each.changes is not None]
        unprovable = strict and any(each.newly_unprovable for each in found)
        return unprovable or any(each.is_worse for each in self.workflows)


def compared_failures(
    old: tuple[Side, Worker],
    new: tuple[Side, Worker],
    differences: BuildDifferences,
    *,
    depth: int,
    given: Given,
) -> Comparison:
    """How the failures of two sides differ: of each workflow that is not the same on both, with its API.

    Where both have definitions in Python, these say what must hold. Else both are judged as documents, whose calls say
    it by what they do: so that like is compared with like.
    """
    sides = old[0], new[0]
    as_documents = any(each.root is None for each in sides)
    answers = all(each.documents.apis is not None for each in sides)

    def origin(side: Side, name: str) -> Origin:
        both = answers and all(each.route(name) != (None, None) for each in sides)
        return side.document_origin(name, given, with_api=both) if as_documents else side.python_origin(name)

    changed = [each for each in differences.workflows if _may_differ(each, *sides, differences, as_documents)]
    asked: dict[tuple[str, str], Future[Outcomes | Diagnostic]] = {}
    for each in changed:
        if each.change is not Kind.ADDED:
            asked[each.name, "old"] = old[1].submit(_proven, origin(old[0], each.name), depth)
        if each.change is not Kind.REMOVED:
            asked[each.name, "new"] = new[1].submit(_proven, origin(new[0], each.name), depth)
    await_all(asked.values(), "failures", "proofs")
    found = {
        each.name: _failures(each, _result(asked.get((each.name, "old"))), _result(asked.get((each.name, "new"))))
        for each in changed
    }
    return Comparison(
        workflows=tuple(
            found.get(each.name) or Failures(name=each.name, change=None) for each in differences.workflows
        ),
        as_documents=as_documents,
        answers=answers,
    )


def _may_differ(each: Difference, old: Side, new: Side, differences: BuildDifferences, as_documents: bool) -> bool:
    """Whether a workflow's failures may come to something else: what is proven is not the same on both sides."""
    changed_apis = {api.name for api in differences.apis if api.change is not None}
    if each.change is not None or changed_apis & {old.route(each.name)[0], new.route(each.name)[0]}:
        return True
    return not as_documents and old.sources(each.name) != new.sources(each.name)


def _proven(origin: Origin, depth: int) -> Outcomes | Diagnostic:
    """What every failure comes to, or why it cannot be said."""
    try:
        return outcomes_of(origin.load(), depth)
    except KeyflowError as error:
        return error.diagnostics[0]


def _result(future: Future[Outcomes | Diagnostic] | None) -> Outcomes | Diagnostic | None:
    if future is None:
        return None
    try:
        return future.result()
    except BrokenProcessPool:
        return Diagnostic("KF546", "the process that was to prove it has ended")


def _failures(each: Difference, old: Outcomes | Diagnostic | None, new: Outcomes | Diagnostic | None) -> Failures:
    old_problem, new_problem = (found if isinstance(found, Diagnostic) else None for found in (old, new))
    if new_problem is not None:
        return Failures(name=each.name, change=each.change, old_problem=old_problem, new_problem=new_problem)
    before, after = (found if isinstance(found, Outcomes) else _nothing(each.name) for found in (old, new))
    renamed = {edit.before: edit.after for edit in each.definition if edit.kind is Kind.RENAMED}
    return Failures(
        name=each.name, change=each.change, changes=changes(before, after, renamed), old_problem=old_problem
    )


def _nothing(name: str) -> Outcomes:
    """What comes of the failures of a workflow that is not there."""
    return Outcomes(name=name, scenarios=0, recognised=True, answered=False, uncalled=(), alone={}, shown=())
