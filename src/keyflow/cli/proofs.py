"""How proofs are made with progress, and shown to people and programs: for `keyflow verify` and `keyflow build`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.output import amount, shown, styled
from keyflow.cli.progress import bar
from keyflow.cli.terminal import line, message

if TYPE_CHECKING:
    from keyflow.verify import AnswersProof, Counterexample, Origin, Proof, Subject
    from keyflow.verify.search.interruptions import Interruption


_SHOWN = 3
"""Catchers that are named where no scenario takes them; in JSON there are all."""


def proven(subject: Subject, depth: int, origin: Origin, jobs: int) -> Proof:
    """The proof of a subject, with a progress bar where somebody watches."""
    from keyflow.verify import prove

    with bar(subject.name) as progress:
        return prove(subject, depth=depth, origin=origin, jobs=jobs, progress=progress)


def print_proof(proof: Proof, subject: Subject, depth: int) -> None:
    """A proof for people: each violation with its shortest counterexample, then what was proven."""
    for example in proof.violations:
        click.echo("\n".join(_lines(example, subject)))
    for example in proof.unprovable:
        severity = styled("unprovable", sys.stdout, fg="yellow")
        told = f"{message(example.finding.message)}\n    fix: {message(example.finding.fix)}"
        click.echo(f"{_place(example, subject)}{severity}: {told}")
    for relied in _assumptions(proof):
        click.echo(f"taken for given: {message(relied)}")
    for unseen in _unseen(proof):
        click.echo(f"{styled('not looked at', sys.stdout, fg='yellow')}: {message(unseen)}")
    name = styled(line(proof.name), sys.stdout, bold=True)
    tried = "" if proof.tried == proof.scenarios else f" ({proof.tried:,} run, which stand for the others)"
    scenarios = f"{proof.scenarios:,} scenarios with up to {amount(depth, 'fault')}{tried} in {proof.seconds:.1f} s"
    if proof.holds and not proof.recognised:
        verdict = styled("no call is known to change anything: P1 to P3 are not shown", sys.stdout, fg="yellow")
    elif proof.holds:
        verdict = styled("P1 to P5 hold", sys.stdout, fg="green")
    else:
        verdict = styled(amount(len(proof.violations), "violation"), sys.stdout, fg="red")
    click.echo(f"{name}: {verdict}; {scenarios}")


def print_answers(proof: AnswersProof) -> None:
    """What an API's routes send and answer, for people."""
    for route, finding in proof.violations:
        label = styled(f"violation {finding.property.name}", sys.stdout, fg="red", bold=True)
        click.echo(f"{shown(route.location)}: {label} ({finding.property.value}): {message(finding.message)}")
        click.echo(f"    fix:    {message(finding.fix)}")
    verdict = styled("P4 holds", sys.stdout, fg="green")
    if proof.violations:
        verdict = styled(amount(len(proof.violations), "violation"), sys.stdout, fg="red")
    routes = f"{amount(proof.routes, 'route')}, {amount(proof.answers, 'request')} and answers"
    click.echo(f"{styled(line(proof.name), sys.stdout, bold=True)}: {verdict}; {routes}")


def interrupted(subject: Subject) -> Sequence[Interruption]:
    """What stays where an execution is stopped."""
    from keyflow.verify.search.interruptions import interruptions

    return interruptions(subject)


def print_interruptions(found: Sequence[Interruption]) -> None:
    """What stays where an execution is stopped, for people: a line for each call."""
    if found:
        click.echo("    where an execution is stopped, nothing is undone. Then there stays")
    for each in found:
        click.echo(f"      after {each.state!r}: {message(', '.join(each.left) or 'nothing')}")


def interruptions_json(found: Sequence[Interruption]) -> list[dict[str, Any]]:
    """What stays where an execution is stopped, for programs."""
    return [{"after": each.state, "left": list(each.left)} for each in found]


def answers_json(proof: AnswersProof) -> dict[str, Any]:
    """What an API's routes send and answer, for programs."""
    return {
        "name": proof.name,
        "routes": proof.routes,
        "answers": proof.answers,
        "violations": [
            {
                "property": finding.property.name,
                "route": route.label,
                "message": finding.message,
                "fix": finding.fix,
                "file": route.location.file,
                "line": route.location.line,
            }
            for route, finding in proof.violations
        ],
    }


def _assumptions(proof: Proof) -> list[str]:
    """What the proof rests on, in words: what is assumed of results in a line each, the rest as it is."""
    from keyflow.verify.judges.malformed import MEMBERS, SIZE

    of_results = {MEMBERS: "have the members that are read of them", SIZE: "have at most 256 KiB"}
    findings = [example.finding for example in proof.assumptions]
    lines = [
        f"the results of {states} {assumed}"
        for mark, assumed in of_results.items()
        if (states := ", ".join(dict.fromkeys(repr(each.state) for each in findings if each.mark == mark)))
    ]
    return [*lines, *(each.message for each in findings if each.mark not in of_results)]


def _unseen(proof: Proof) -> list[str]:
    """What no scenario came to, in words: nothing is shown of it."""
    entered = [f"no scenario enters {', '.join(map(repr, proof.unentered))}"] if proof.unentered else []
    untaken = [f"{state!r}: {' or '.join(errors)}" for state, errors in proof.untaken if state not in proof.unentered]
    more = f", and {len(untaken) - _SHOWN} more" if len(untaken) > _SHOWN else ""
    taken = [f"in no scenario does a catcher take an error: {', '.join(untaken[:_SHOWN])}{more}"] if untaken else []
    return [*entered, *taken]


def _lines(example: Counterexample, subject: Subject) -> list[str]:
    finding = example.finding
    label = styled(f"violation {finding.property.name}", sys.stdout, fg="red", bold=True)
    faults = "; ".join(map(str, example.faults)) or "none"
    ended = example.ended if example.answer is None else f"{example.ended}, answered {example.answer}"
    lines = [
        f"{_place(example, subject)}{label} ({finding.property.value}): {message(finding.message)}",
        f"    faults: {message(faults)}",
        f"    path:   {message(' > '.join(map(line, example.path)))}",
        f"    ended:  {message(ended)}",
    ]
    if finding.left_over:
        lines.append(f"    left:   {message(', '.join(map(line, finding.left_over)))}")
    lines.append(f"    fix:    {message(finding.fix)}")
    if example.scenarios > 1:
        lines.append(styled(f"    the shortest of {example.scenarios} scenarios that show it", sys.stdout, dim=True))
    return lines


def _place(example: Counterexample, subject: Subject) -> str:
    location = subject.place(example.finding.state)
    return f"{shown(location)}: " if location is not None else ""


def proof_json(proof: Proof, subject: Subject) -> dict[str, Any]:
    """A proof for programs."""
    return {
        "name": proof.name,
        "scenarios": proof.scenarios,
        "tried": proof.tried,
        "recognised": proof.recognised,
        "violations": _entries(proof.violations, subject),
        "unprovable": _entries(proof.unprovable, subject),
        "assumptions": _entries(proof.assumptions, subject),
        "never_entered": list(proof.unentered),
        "never_caught": [{"state": state, "errors": list(errors)} for state, errors in proof.untaken],
        "seconds": round(proof.seconds, 3),
    }


def _entries(examples: Sequence[Counterexample], subject: Subject) -> list[dict[str, Any]]:
    return [_entry(example, subject) for example in examples]


def _entry(example: Counterexample, subject: Subject) -> dict[str, Any]:
    finding = example.finding
    location = subject.place(finding.state)
    return {
        "property": finding.property.name,
        "faults": [str(fault) for fault in example.faults],
        "path": list(example.path),
        "left_over": list(finding.left_over),
        "message": finding.message,
        "fix": finding.fix,
        "ended": example.ended,
        "answer": example.answer,
        "scenarios": example.scenarios,
        "file": location.file if location else None,
        "line": location.line if location else None,
    }
