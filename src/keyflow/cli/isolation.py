"""How two executions at once are tried with progress, and shown to people and programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.output import amount, shown, styled
from keyflow.cli.progress import bar
from keyflow.cli.terminal import line, message

if TYPE_CHECKING:
    from keyflow.verify import Clash, Isolation, Subject


def isolated(subjects: Sequence[Subject], switches: int) -> tuple[Isolation, ...]:
    """What comes of the workflows two at a time, with a progress bar where somebody watches."""
    from keyflow.verify import isolations

    with bar("two at once") as progress:
        return tuple(isolations(subjects, switches=switches, progress=progress))


def print_isolation(found: Sequence[Isolation]) -> None:
    """What comes of two executions at once, for people; nothing where none touch the same things."""
    if not found:
        return
    for each in found:
        for clash in each.violations:
            click.echo("\n".join(_lines(clash)))
        for clash in each.unprovable:
            severity = styled("unprovable", sys.stdout, fg="yellow")
            click.echo(f"{_place(clash)}{severity}: {message(clash.finding.message)}")
            click.echo(f"    fix: {message(clash.finding.fix)}")
    for clash in (clash for each in found for clash in each.assumptions):
        click.echo(f"taken for given: {message(clash.finding.message)}")
    for told in _not_tried(found):
        click.echo(f"{styled('not looked at', sys.stdout, fg='yellow')}: {message(told)}")
    tried = [each for each in found if each.interleavings]
    if tried:
        click.echo(f"{styled('two at once', sys.stdout, bold=True)}: {_verdict(tried)}; {_amounts(tried)}")
    for name, ending in dict.fromkeys(refusal for each in found for refusal in each.refusals):
        click.echo(f"    because of another execution, {line(name)} may end with {message(ending)}")


def _not_tried(found: Sequence[Isolation]) -> Iterator[str]:
    for name in dict.fromkeys(name for each in found for name in each.endless):
        yield f"a loop of {name} has no end, so what comes of two at once was not tried in it"
    for name in dict.fromkeys(name for each in found for name in each.lacking):
        yield f"each execution of {name} ends for what its data lacks, so what comes of two at once was not tried"


def isolation_json(found: Sequence[Isolation]) -> list[dict[str, Any]]:
    """What comes of two executions at once, for programs."""
    return [
        {
            "workflows": list(each.names),
            "interleavings": each.interleavings,
            "violations": list(map(_entry, each.violations)),
            "unprovable": list(map(_entry, each.unprovable)),
            "assumptions": list(map(_entry, each.assumptions)),
            "refusals": [{"workflow": name, "ends_with": ending} for name, ending in each.refusals],
            "endless": list(each.endless),
            "lacking": list(each.lacking),
            "seconds": round(each.seconds, 3),
        }
        for each in found
    ]


def _verdict(found: Sequence[Isolation]) -> str:
    violations = sum(len(each.violations) for each in found)
    if violations:
        return styled(amount(violations, "violation"), sys.stdout, fg="red")
    return styled("P6 holds", sys.stdout, fg="green")


def _amounts(found: Sequence[Isolation]) -> str:
    own = sum(len(each.names) == 1 for each in found)
    pairs = f", {amount(len(found) - own, 'pair')} of workflows" if len(found) > own else ""
    interleavings = sum(each.interleavings for each in found)
    seconds = sum(each.seconds for each in found)
    beside = "beside itself" if own == 1 else "each beside itself"
    return f"{amount(own, 'workflow')} {beside}{pairs}, {interleavings:,} interleavings in {seconds:.1f} s"


def _lines(clash: Clash) -> list[str]:
    finding = clash.finding
    label = styled(f"violation {finding.property.name}", sys.stdout, fg="red", bold=True)
    width = max(len(segment.who) for segment in clash.segments) + 1
    ended = "; ".join(f"{who} {ending}" for who, ending in clash.endings.items())
    lines = [f"{_place(clash)}{label} ({finding.property.value}): {message(finding.message)}"]
    for segment in clash.segments:
        states = " > ".join(map(line, segment.states))
        lines.append(f"    {line(segment.who) + ':':{width}} {message(states)}")
    lines += [f"    ended: {message(ended)}", f"    fix:   {message(finding.fix)}"]
    if clash.interleavings > 1:
        lines.append(styled(f"    the shortest of {clash.interleavings} that show it", sys.stdout, dim=True))
    return lines


def _place(clash: Clash) -> str:
    location = clash.subject.place(clash.finding.state)
    return f"{shown(location)}: " if location is not None else ""


def _entry(clash: Clash) -> dict[str, Any]:
    finding, location = clash.finding, clash.subject.place(clash.finding.state)
    return {
        "property": finding.property.name,
        "message": finding.message,
        "fix": finding.fix,
        "turns": [{"execution": segment.who, "calls": list(segment.states)} for segment in clash.segments],
        "ended": dict(clash.endings),
        "interleavings": clash.interleavings,
        "file": location.file if location else None,
        "line": location.line if location else None,
    }
