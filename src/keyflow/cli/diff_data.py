"""A comparison of two builds, for programs: JSON, and SARIF for code scanners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from keyflow.cli import sarif
from keyflow.cli.diff_report import Report
from keyflow.cli.failures import Comparison, Failures
from keyflow.cli.output import diagnostic_json
from keyflow.codes.properties import PROPERTIES
from keyflow.differences import Difference, as_json
from keyflow.verify import Fault
from keyflow.verify.comparison.changes import Case, Changes, Otherwise
from keyflow.verify.comparison.outcomes import Outcome, Outcomes, Shown


def report_json(report: Report) -> dict[str, Any]:
    """The report as one object."""
    return {
        "old": report.old.label,
        "new": report.new.label,
        "workflows": [_difference(each) for each in report.differences.workflows],
        "apis": [_difference(each) for each in report.differences.apis],
        **({} if report.comparison is None else {"failures": _comparison(report.comparison, report)}),
        "diagnostics": [],
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "name": each.name,
        "change": None if each.change is None else each.change.value,
        "document": as_json(each.definition),
        "policy": as_json(each.policy),
    }


def _comparison(comparison: Comparison, report: Report) -> dict[str, Any]:
    return {
        "judged_as": "documents" if comparison.as_documents else "python",
        "answers_compared": comparison.answers,
        "workflows": [_failures(each, report) for each in comparison.workflows],
    }


def _failures(each: Failures, report: Report) -> dict[str, Any]:
    problems = {"before": each.old_problem, "after": each.new_problem}
    return {
        "name": each.name,
        "change": None if each.change is None else each.change.value,
        "proven": each.changes is not None,
        "problems": {side: problem and diagnostic_json(problem) for side, problem in problems.items()},
        **({} if each.changes is None else _changes(each.name, each.changes, report)),
    }


def _changes(name: str, found: Changes, report: Report) -> dict[str, Any]:
    return {
        "before": _numbers(found.before),
        "after": _numbers(found.after),
        "opened": [_case(name, each, report) for each in found.opened],
        "closed": [_case(name, each, report, old=True) for each in found.closed],
        "open_in_both": found.still,
        "unprovable": [_shown(name, each, report) for each in found.unprovable],
        "unprovable_before": [_shown(name, each, report, old=True) for each in found.unprovable_before],
        "otherwise": [_otherwise(each) for each in found.otherwise],
        "new_failures": _faults(found.fresh),
        "gone_failures": _faults(found.gone),
    }


def _numbers(outcomes: Outcomes) -> dict[str, Any]:
    return {"scenarios": outcomes.scenarios, "recognised": outcomes.recognised, "uncalled": list(outcomes.uncalled)}


def _case(name: str, case: Case, report: Report, *, old: bool = False) -> dict[str, Any]:
    return {
        **_shown(name, case.shown, report, old=old),
        "faults": _faults(case.faults),
        "path": list(case.shown.path),
        "ended": case.shown.ended,
        "answer": case.shown.answer,
        "scenarios": case.scenarios,
        "alone": _faults(case.alone),
        "elsewhere": [_outcome(each) for each in case.elsewhere],
        "possible_elsewhere": case.possible,
    }


def _shown(name: str, shown: Shown, report: Report, *, old: bool = False) -> dict[str, Any]:
    location = (report.old if old else report.new).place(name, shown.finding.state, shown.location)
    return {
        "property": shown.finding.property.name,
        "state": shown.finding.state,
        "message": shown.finding.message,
        "fix": shown.finding.fix,
        "left_over": list(shown.finding.left_over),
        "file": location.file if location else None,
        "line": location.line if location else None,
    }


def _otherwise(otherwise: Otherwise) -> dict[str, Any]:
    return {
        "faults": _faults(otherwise.faults),
        "before": [_outcome(each) for each in otherwise.before],
        "after": [_outcome(each) for each in otherwise.after],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"ended": outcome.ended, "answer": outcome.answer, "calls": list(outcome.calls)}


def _faults(faults: Iterable[Fault]) -> list[str]:
    return [str(fault) for fault in faults]


# SARIF.


def report_sarif(report: Report) -> dict[str, Any]:
    """What is newly open, at the lines of the new side; what became unprovable, and what cannot be proven at all."""
    results = list(_results(report))
    used = {each.rule for each in results}
    rules = [
        sarif.Rule(id=each.code, name=each.name, title=each.what, why=each.why)
        for each in PROPERTIES
        if each.code in used
    ]
    return sarif.log(rules, results)


def _results(report: Report) -> Iterator[sarif.Result]:
    for each in report.comparison.workflows if report.comparison is not None else ():
        if each.new_problem is not None:
            text = f"{each.name} cannot be proven: {each.new_problem.message}"
            yield sarif.Result(
                rule=each.new_problem.code, level="error", message=text, location=each.new_problem.location
            )
        if each.changes is None:
            continue
        for case in each.changes.opened:
            yield _result(each.name, case.shown, report, "error", case.faults)
        for shown in each.changes.newly_unprovable:
            yield _result(each.name, shown, report, "warning", ())


def _result(name: str, shown: Shown, report: Report, level: str, faults: Iterable[Fault]) -> sarif.Result:
    finding = shown.finding
    struck = "; ".join(_faults(faults))
    text = f"{name}: {finding.message}{f' (when {struck})' if struck else ''}. Fix: {finding.fix}"
    location = report.new.place(name, finding.state, shown.location)
    return sarif.Result(rule=finding.property.name, level=level, message=text, location=location)
