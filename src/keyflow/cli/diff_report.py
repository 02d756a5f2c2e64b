"""A comparison of two builds, for people: text, and Markdown for a pull request."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from keyflow.cli.failures import Comparison, Failures
from keyflow.cli.output import amount, shown, styled
from keyflow.cli.sides import Side
from keyflow.cli.terminal import line, message
from keyflow.dataclass import dataclass
from keyflow.differences import BuildDifferences, Difference, Kind, lines
from keyflow.differences.text import shown as shown_apart
from keyflow.verify import Fault
from keyflow.verify.comparison.changes import Case, Changes, Otherwise
from keyflow.verify.comparison.outcomes import Outcome, Shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was compared, and what came of it; `comparison` where failures were asked for."""

    old: Side
    new: Side
    differences: BuildDifferences
    comparison: Comparison | None = None


# Text.

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def text(report: Report) -> Iterator[str]:
    """The report as lines for a terminal."""
    yield styled(f"{line(report.old.label)} -> {line(report.new.label)}", sys.stdout, dim=True)
    if report.comparison is None:
        for each in difference_lines(report.differences):
            mark = each.lstrip()[:1]
            yield styled(each, sys.stdout, **({"fg": _COLOURS[mark]} if mark in _COLOURS else {"bold": True}))
        yield difference_summary(report.differences)
        return
    for failures in report.comparison.workflows:
        for each in failure_lines(failures, report.new):
            yield styled(each, sys.stdout, **_style(each))
    yield from (line(each) for each in provisos(report))
    yield failure_summary(report.comparison)


def _style(each: str) -> dict[str, object]:
    if not each.startswith(" "):
        return {"bold": True}
    opened, closed = each.startswith("  newly open"), each.startswith("  no longer open")
    return {"fg": "red" if opened else "green"} if opened or closed else {}


# What differs.


def difference_lines(differences: BuildDifferences) -> Iterator[str]:
    """The workflows and APIs that differ, each with its edits below it."""
    for each in differences.workflows:
        yield from _entry(each, "")
    for each in differences.apis:
        yield from _entry(each, "API ")


def _entry(each: Difference, kind: str) -> Iterator[str]:
    name = f"{kind}{line(each.name)}"
    match each.change:
        case None:
            return
        case Kind.ADDED:
            yield f"+ {name}"
        case Kind.REMOVED:
            yield f"- {name}"
        case _:
            yield name
            yield from (f"  {line(edit)}" for edit in lines(each.definition))
            if each.policy:
                yield "  policy:"
                yield from (f"    {line(edit)}" for edit in lines(each.policy))


def difference_summary(differences: BuildDifferences) -> str:
    """How many workflows and APIs differ."""
    kinds = (("workflow", differences.workflows), ("API", differences.apis))
    counts = [
        (sum(each.change is not None for each in found), amount(len(found), noun)) for noun, found in kinds if found
    ]
    if differences.is_empty:
        return f"no difference in {' and '.join(total for _changed, total in counts) or 'nothing'}"
    said = " and ".join(f"{changed} of {total}" for changed, total in counts)
    return f"{said} {'differs' if [changed for changed, _total in counts] == [1] else 'differ'}"


# What failures come to.


def failure_lines(failures: Failures, new: Side) -> Iterator[str]:
    """How the failures of a workflow differ; nothing where they come to the same."""
    found = failures.changes
    told = [*_problems(failures), *(() if found is None else _changes(failures.name, found, new))]
    if told:
        change = f" ({failures.change.value})" if failures.change in (Kind.ADDED, Kind.REMOVED) else ""
        yield f"{line(failures.name)}{change}"
        yield from told


def _problems(failures: Failures) -> Iterator[str]:
    if failures.old_problem is not None:
        problem = failures.old_problem
        yield f"  could not be proven before: {problem.code}: {message(problem.message)}"
        yield "    so every violation counts as new"
    if failures.new_problem is not None:
        problem = failures.new_problem
        yield f"  cannot be proven: {problem.code}: {message(problem.message)}"


def _changes(name: str, found: Changes, new: Side) -> Iterator[str]:
    for case in found.opened:
        yield from _opened(name, case, new)
    for case in found.closed:
        yield from _closed(case)
    for otherwise in found.otherwise:
        yield from _otherwise(otherwise)
    for each in found.unprovable:
        since = "newly" if each in found.newly_unprovable else "still"
        yield f"  {since} unprovable {_property(each)}: {message(each.finding.message)}"
        yield f"    fix:    {message(each.finding.fix)}"
    for each in found.no_longer_unprovable:
        yield f"  no longer unprovable {_property(each)}: {message(each.finding.message)}"
    if not found.after.recognised and found.after.scenarios:
        yield "  no call is known to change anything: P1 to P3 are not shown"
    if found.after.uncalled:
        yield f"  no scenario calls {_names(found.after.uncalled)}: nothing is shown of what fails there"
    if not found.is_empty:
        yield f"  {_numbers(found)}"


def _numbers(found: Changes) -> str:
    parts = [f"{found.before.scenarios:,} scenarios before, {found.after.scenarios:,} now"]
    if found.fresh:
        parts.append(f"{amount(len(found.fresh), 'failure')} could not happen before ({_states(found.fresh)})")
    if found.gone:
        parts.append(f"{amount(len(found.gone), 'failure')} cannot happen any more ({_states(found.gone)})")
    if found.still:
        parts.append(f"{amount(found.still, 'violation')} in both")
    return "; ".join(parts)


def _states(faults: Sequence[Fault]) -> str:
    """The states that faults strike, with how many of them."""
    return ", ".join(f"{line(state)}: {count}" for state, count in Counter(each.place[0] for each in faults).items())


def _property(each: Shown) -> str:
    return f"{each.finding.property.name} ({each.finding.property.value})"


def _opened(name: str, case: Case, new: Side) -> Iterator[str]:
    each = case.shown
    location = new.place(name, each.finding.state, each.location)
    place = "" if location is None else f"{shown(location)}: "
    yield f"  newly open {_property(each)}: {place}{message(each.finding.message)}"
    yield from (f"    {told}" for told in trace(case))


def trace(case: Case) -> Iterator[str]:
    """What goes wrong, what happens then, and what stays; and what happened before."""
    each = case.shown
    yield f"faults: {message('; '.join(map(str, case.faults)) or 'none')}"
    yield f"path:   {message(' > '.join(map(line, each.path)))}"
    yield f"ended:  {message(_end(each.ended, each.answer))}"
    if each.finding.left_over:
        yield f"left:   {message(', '.join(map(line, each.finding.left_over)))}"
    if not case.possible:
        yield "before: this failure could not happen"
    for outcome in case.elsewhere:
        yield f"before: {message(_end(outcome.ended, outcome.answer))}, after calls of {_called(outcome)}"
    yield f"fix:    {message(each.finding.fix)}"
    others = [fault for fault in case.alone if case.faults != (fault,)]
    if others:
        yield f"also:   {message('; '.join(map(str, others[:_OTHERS])))}{_more(len(others))}"
    if case.scenarios > 1:
        yield f"the shortest of {case.scenarios:,} scenarios that show it"


_OTHERS = 5
"""Faults that are named beside the one that is shown."""


def _more(count: int) -> str:
    return f"; and {count - _OTHERS:,} more" if count > _OTHERS else ""


def _closed(case: Case) -> Iterator[str]:
    yield f"  no longer open {_property(case.shown)}: {message(case.shown.finding.message)}"
    yield f"    faults: {message('; '.join(map(str, case.faults)) or 'none')}"
    if not case.possible:
        yield "    now:    this failure cannot happen any more"


def _otherwise(otherwise: Otherwise) -> Iterator[str]:
    yield f"  differently, where {_struck(otherwise.faults)}:"
    yield from (f"    {told}" for told in outcome_changes(otherwise))


def _struck(faults: Sequence[Fault]) -> str:
    """Faults of one state in words."""
    if not faults:
        return "nothing fails"
    others = f" (and {amount(len(faults) - 1, 'other way')})" if len(faults) > 1 else ""
    return f"{message(str(faults[0]))}{others}"


def outcome_changes(otherwise: Otherwise) -> Iterator[str]:
    """How outcomes differ: the end, the answer, and the calls that follow."""
    if len(otherwise.before) != 1 or len(otherwise.after) != 1:
        yield from (f"before: {_outcome(each)}" for each in otherwise.before)
        yield from (f"now:    {_outcome(each)}" for each in otherwise.after)
        return
    (before,), (after,) = otherwise.before, otherwise.after
    if before.ended != after.ended:
        yield f"ended:    {message(before.ended)} -> {message(after.ended)}"
    if before.answer != after.answer:
        old, new = shown_apart(before.answer, after.answer)
        yield f"answered: {message(old)} -> {message(new)}"
    gone, fresh = Counter(before.calls) - Counter(after.calls), Counter(after.calls) - Counter(before.calls)
    if gone:
        yield f"no longer called: {_names(gone.elements())}"
    if fresh:
        yield f"now called:       {_names(fresh.elements())}"
    if before.calls != after.calls and not gone and not fresh:
        yield f"in another order: {_called(before)} -> {_called(after)}"


def _outcome(outcome: Outcome) -> str:
    return f"{message(_end(outcome.ended, outcome.answer))}, after calls of {_called(outcome)}"


def _called(outcome: Outcome) -> str:
    return _names(outcome.calls)


def _names(states: Iterable[str]) -> str:
    return message(", ".join(map(line, states)) or "nothing")


def _end(ended: str, answer: str | None) -> str:
    return ended if answer is None else f"{ended}, answered {answer}"


def provisos(report: Report) -> Iterator[str]:
    """What the comparison of failures does not speak of."""
    comparison = report.comparison
    if comparison is None or not any(each.changes for each in comparison.workflows):
        return
    if comparison.as_documents:
        without = " and ".join(side.label for side in (report.old, report.new) if side.root is None)
        yield f"judged as documents, by what calls are known to do, as there is no Python of {without}"
        if not comparison.answers:
            yield "what callers are answered (P4) is not compared: one side has no API"


def failure_summary(comparison: Comparison) -> str:
    """How many failures leave something behind, or violate another property, that did not; and the reverse."""
    found = [each.changes for each in comparison.workflows if each.changes is not None]
    opened, closed = sum(len(each.opened) for each in found), sum(len(each.closed) for each in found)
    unproven = sum(each.new_problem is not None for each in comparison.workflows)
    unprovable = sum(len(each.newly_unprovable) for each in found)
    parts = [f"{opened} newly open, {closed} no longer open, {unprovable} newly unprovable"]
    parts.append(f"{amount(len(found), 'workflow')} proven")
    same = sum(each.changes is None and each.new_problem is None for each in comparison.workflows)
    if same:
        parts.append(f"{amount(same, 'workflow')} unchanged, and not proven anew")
    if unproven:
        parts.append(f"{amount(unproven, 'workflow')} cannot be proven")
    return "; ".join(parts)


# Markdown.


def markdown(report: Report) -> Iterator[str]:
    """The report as a comment on a pull request: what matters first, the rest folded."""
    yield f"### keyflow: {_code(report.old.label)} → {_code(report.new.label)}"
    yield ""
    if report.comparison is not None:
        yield f"**{_sentence(failure_summary(report.comparison))}**"
        yield ""
        yield from _markdown_failures(report)
    yield _sentence(difference_summary(report.differences))
    differences = (_coloured(each) for each in difference_lines(report.differences))
    yield from _folded("Definitions, policies and APIs", differences, "diff")


def _coloured(each: str) -> str:
    """A line as those who show differences colour it: by the mark that it begins with."""
    mark, rest = each.lstrip()[:2], each.lstrip()[2:]
    return f"{'! ' if mark == '~ ' else mark}{rest}" if mark in ("+ ", "- ", "~ ") else each


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _markdown_failures(report: Report) -> Iterator[str]:
    comparison = report.comparison
    for each in comparison.workflows if comparison is not None else ():
        if each.new_problem is not None:
            yield f"- {_code(each.name)} cannot be proven: {_code(each.new_problem.message)}"
        for case in each.changes.opened if each.changes is not None else ():
            finding = case.shown.finding
            faults = "; ".join(map(str, case.faults)) or "no fault"
            yield f"- {_code(each.name)} **{finding.property.name}**, newly open: {_code(finding.message)}"
            yield f"  when {_code(faults)}"
        for shown_now in each.changes.newly_unprovable if each.changes is not None else ():
            finding = shown_now.finding
            yield f"- {_code(each.name)} **{finding.property.name}**, newly unprovable: {_code(finding.message)}"
    for each in comparison.workflows if comparison is not None else ():
        yield from _folded(f"Failures of {each.name}", failure_lines(each, report.new), "text")
    for proviso in provisos(report):
        yield f"_{_plain(proviso)}_"
        yield ""


def _folded(title: str, content: Iterable[str], language: str) -> Iterator[str]:
    """Lines that are shown when their title is clicked; nothing where there are none."""
    found = list(content)
    if not found:
        return
    longest = max((len(run) for each in found for run in _runs(each)), default=0)
    fence = "`" * max(3, longest + 1)
    yield ""
    yield f"<details><summary>{_plain(title)}</summary>"
    yield ""
    yield f"{fence}{language}"
    yield from found
    yield fence
    yield ""
    yield "</details>"
    yield ""


def _runs(text: str) -> list[str]:
    """The backticks in a text, those that follow one another together."""
    return "".join(each if each == "`" else " " for each in text).split()


def _code(text: str) -> str:
    """A text that Markdown reads no mark in."""
    told = message(text).replace("\n", " ")
    fence = "`" * (max((len(run) for run in _runs(told)), default=0) + 1)
    pad = " " if told.startswith("`") or told.endswith("`") else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def _plain(text: str) -> str:
    """A text without anything that HTML or Markdown would read as a mark."""
    escaped = line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{each}" if each in "\\`*_[]|~" else each for each in escaped)
