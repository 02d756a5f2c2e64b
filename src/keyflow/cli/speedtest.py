"""`keyflow speedtest`: how fast an endpoint or a workflow answers."""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from keyflow import __version__
from keyflow.cli.options import Seconds, percent
from keyflow.cli.output import (
    INPUT_AT_FAULT,
    amount,
    diagnostic_json,
    print_diagnostics,
    print_json,
    reports_errors,
    styled,
)
from keyflow.cli.progress import bar
from keyflow.cli.sources import text_of
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import line
from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients, Target
from keyflow.diagnostics import Diagnostic, ProjectError, Severity
from keyflow.files import parse_json, read_text
from keyflow.operations.load import Connect, Load, Plan, sent
from keyflow.operations.log_events import LogReader, Wanted, events_of
from keyflow.operations.requests import (
    HttpRequest,
    execution_connect,
    filled,
    headers_of,
    http_connect,
    http_url,
    new_run,
)
from keyflow.operations.starting import Served, served
from keyflow.operations.statistics import FEWEST, SIGNIFICANT, Comparison, comparison, histogram, summary
from keyflow.operations.trace import Share, shares

_LOGS_SECONDS = 20
"""How long the logs of all executions are waited for."""
_OF_CLOCKS = 60
"""Seconds by which this machine's clock may be ahead of AWS's."""
_BAR = 40
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    """An earlier test: what it asked, by how many connections, and its times in seconds."""

    subject: str
    connections: int
    times: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """The request, its results, and where the time went, or why that is unknown."""

    subject: str
    details: Mapping[str, Any]
    load: Load
    shares: Sequence[Share] = ()
    missing: Diagnostic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A test beside an earlier one. `tolerance` is how much slower the median may be: 0.1 for 10%."""

    baseline: _Baseline
    comparison: Comparison
    tolerance: float

    @property
    def verdict(self) -> str:
        """`slower`, `faster`, `alike` or `too few`."""
        return self.comparison.verdict(self.tolerance)


@click.command()
@click.argument("subject", metavar="URL|NAME")
@click.option("-n", "--requests", type=click.IntRange(1, 100_000), default=200, show_default=True, help="How many.")
@click.option(
    "-c", "--connections", type=click.IntRange(1, 256), default=8, show_default=True, help="How many at a time."
)
@click.option("--body", metavar="JSON|@FILE", help="What is sent. {{n}} stands for the request's number.")
@click.option(
    "--method",
    type=click.Choice(_METHODS, case_sensitive=False),
    default="POST",
    show_default=True,
    help="The method, of a URL.",
)
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header, of a URL; repeat it.")
@click.option(
    "--warmup", type=click.IntRange(0, 10_000), default=5, show_default=True, help="Requests before the test."
)
@click.option(
    "--seconds",
    type=Seconds(most=86_400),
    default=60,
    show_default=True,
    help="Send no more after that.",
)
@click.option(
    "--timeout",
    type=Seconds(most=600),
    default=30,
    show_default=True,
    help="Seconds that an answer may take.",
)
@click.option("--baseline", metavar="FILE", help="What --format json printed before: compare with it.")
@click.option("--slower", callback=percent, default="10%", show_default=True, help="What the median may be slower.")
@stage_options(required=False)
@reports_errors({"subject": None, "latency_ms": None})
def command(
    subject: str,
    requests: int,
    connections: int,
    body: str | None,
    method: str,
    headers: tuple[str, ...],
    warmup: int,
    seconds: float,
    timeout: float,
    baseline: str | None,
    slower: float,
    place: Place,
    output_format: str,
) -> None:
    """Send many requests to a URL, or start many executions of the deployed Express workflow NAME, and measure.

    In the body, {{n}} is replaced by the request's number and {{run}} by a word that no other test has: together they
    make what must be unique, such as names. Each connection is kept alive, and sends its next request when it has the
    answer to the last.

    The exit code is 1 where a request failed (a status of 400 or more, or no answer). It is also 1 where the median is
    slower than the baseline's by more than --slower, and significantly: by the U test of Mann and Whitney.

    \b
    Examples:
      keyflow speedtest https://api.example/dev/keys --body '{"name": "{{run}}-{{n}}"}'
      keyflow speedtest https://api.example/dev/keys --method GET -n 1000 -c 16
      keyflow speedtest AddApiKey --stage dev --body @input.json
      keyflow speedtest AddApiKey --stage dev --body @input.json --format json > before.json
      keyflow speedtest AddApiKey --stage dev --body @input.json --baseline before.json --slower 5%
    """
    earlier = None if baseline is None else _baseline(baseline)
    given = {"User-Agent": f"keyflow/{__version__}", **headers_of(headers)}
    text = None if body is None else _body(body)
    plan = Plan(requests=requests, connections=connections, warmup=warmup, seconds=seconds, timeout=timeout)
    if ":" in subject or "/" in subject:
        test = _of_url(HttpRequest(url=http_url(subject), method=method.upper(), headers=given, body=text), plan)
    else:
        test = _of_workflow(subject, text or "{}", plan, place)
    times = test.load.times
    compared = None
    if earlier is not None and times:
        compared = _Compared(baseline=earlier, comparison=comparison(times, earlier.times), tolerance=slower)
    if output_format == "json":
        print_json(_document(test, plan, compared))
    else:
        for each in _lines(test, plan, compared):
            click.echo(each)
        print_diagnostics([] if test.missing is None else [test.missing])
    if test.load.failed or (compared is not None and compared.verdict == "slower"):
        sys.exit(INPUT_AT_FAULT)


def _of_url(request: HttpRequest, plan: Plan) -> _Test:
    connect = http_connect(request, new_run(), plan.timeout)
    return _Test(subject=request.subject, details={"method": request.method}, load=_sent(plan, connect))


def _of_workflow(name: str, body: str, plan: Plan, place: Place) -> _Test:
    """The test of a workflow, with the share of each state as its logs have it."""
    if place.stage is None:
        hint = f"a workflow's name takes --stage, and a URL begins with its scheme: https://{name}"
        raise ProjectError(Diagnostic("KF534", f"{name!r} is no URL, and no stage is named", hint=hint))
    clients = place.clients()
    target = clients.target(place.stage)
    machine = served(name, clients, target)
    if not machine.is_express:
        raise ProjectError(Diagnostic("KF538", f"{name} is {machine.type}: StartSyncExecution does not take it"))
    run = new_run()
    began = time.time() - _OF_CLOCKS
    load = _sent(plan, execution_connect(machine, body, run, place.patient_clients(plan.timeout, plan.connections)))
    found, missing = _shares(machine, load, run, began, clients, target)
    details = {"stage": place.stage, "billed_ms": _billed(load)}
    return _Test(subject=name, details=details, load=load, shares=found, missing=missing)


def _sent(plan: Plan, connect: Connect) -> Load:
    with bar("speedtest") as report:
        return sent(plan, connect, lambda done: report("requests", done, plan.requests))


def _billed(load: Load) -> float | None:
    """What an execution is billed for, in the mean, in milliseconds."""
    found = [each.answer.billed_ms for each in load.measured if each.answer.billed_ms is not None]
    return round(sum(found) / len(found), 1) if found else None


def _shares(
    machine: Served, load: Load, run: str, began: float, clients: Clients, target: Target
) -> tuple[Sequence[Share], Diagnostic | None]:
    """Where the time went, by the logs of the executions that were measured; or why that is not known."""
    names = {f"{run}-{each.number}" for each in load.measured if each.answer.status is not None}
    if not names:
        return (), None
    if machine.log_level != "ALL":
        message = f"{machine.workflow} logs nothing of states that succeed: its level is {machine.log_level}"
        return (), Diagnostic("KF539", message, hint="deploy it again", severity=Severity.WARNING)
    reader = LogReader(machine.workflow, clients, target, Wanted(start=began, prefix=f"{run}-"))
    with bar("states") as report:

        def come(ended: int) -> None:
            report("executions' logs", ended, len(names))

        found, is_all = events_of(reader, names, seconds=_LOGS_SECONDS, report=come)
    whole = [events for events in found.values() if any(each.is_end for each in events)]
    if is_all:
        return shares(whole), None
    message = f"of {amount(len(names), 'execution')} the logs of {len(whole)} have come within {_LOGS_SECONDS} s"
    return shares(whole), Diagnostic("KF539", message, severity=Severity.WARNING)


def _body(given: str) -> str:
    """The body, which is JSON once the numbers stand in it.

    Raises:
        ProjectError: KF118, it is not.
    """
    text = text_of(given, "--body")
    parse_json(filled(text, 0, "run"), given[1:] if given.startswith("@") else "--body")
    return text


def _baseline(file: str) -> _Baseline:
    """An earlier test.

    Raises:
        ProjectError: KF118, the file cannot be read or is not JSON; KF537, it is none.
    """
    match parse_json(read_text(file), file):
        case {"subject": str(subject), "connections": int(connections), "times_ms": [_, *_] as times} if all(
            isinstance(each, int | float) and not isinstance(each, bool) and each >= 0 for each in times
        ):
            return _Baseline(subject=subject, connections=connections, times=[each / 1000 for each in times])
    raise ProjectError(Diagnostic("KF537", f"{file} holds no times of answers"))


def _document(test: _Test, plan: Plan, compared: _Compared | None) -> dict[str, Any]:
    """A test for programs; times are in milliseconds."""
    load = test.load
    return {
        "subject": test.subject,
        **test.details,
        "connections": plan.connections,
        "requests": len(load.measured),
        "ended_by": "time" if load.was_cut else "count",
        "seconds": round(load.seconds, 3),
        "throughput": round(load.throughput, 3),
        "latency_ms": _latency(load.times),
        "statuses": _counts(load, "status"),
        "errors": _counts(load, "error"),
        "failed": load.failed,
        "states": [each.document() for each in test.shares],
        "comparison": None if compared is None else _comparison_document(compared),
        "times_ms": [_ms(each) for each in load.times],
        "diagnostics": [] if test.missing is None else [diagnostic_json(test.missing)],
    }


def _latency(times: Sequence[float]) -> dict[str, float] | None:
    if not times:
        return None
    found = summary(times)
    percentiles = {f"p{percent}": _ms(value) for percent, value in found.percentiles.items()}
    return {"min": _ms(found.least), "mean": _ms(found.mean), **percentiles, "max": _ms(found.most)}


def _comparison_document(compared: _Compared) -> dict[str, Any]:
    found = compared.comparison
    return {
        "baseline": compared.baseline.subject,
        "verdict": compared.verdict,
        "ratios": {name: round(ratio, 4) if math.isfinite(ratio) else None for name, ratio in found.ratios.items()},
        "test": "Mann-Whitney U",
        "p_slower": found.p_slower,
        "p_faster": found.p_faster,
        "superiority": round(found.superiority, 4),
        "slower": compared.tolerance,
    }


def _counts(load: Load, member: str) -> dict[str, int]:
    found = Counter(value for each in load.measured if (value := getattr(each.answer, member)) is not None)
    return dict(sorted(found.items()))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _lines(test: _Test, plan: Plan, compared: _Compared | None) -> Iterator[str]:
    """A test for people."""
    load = test.load
    method = f"{test.details['method']} " if "method" in test.details else ""
    yield styled(f"{method}{line(test.subject)}", sys.stdout, bold=True)
    cut = f", cut after {plan.seconds:g} s" if load.was_cut else ""
    connections = amount(min(plan.connections, plan.requests), "connection")
    yield (
        f"{amount(len(load.measured), 'request')} by {connections} in {load.seconds:.2f} s{cut}: "
        f"{load.throughput:.1f} successes a second"
    )
    for status, count in _counts(load, "status").items():
        is_error = int(status) >= 400 if status.isdigit() else status != "SUCCEEDED"
        yield f"  {styled(line(status), sys.stdout, fg='red' if is_error else 'green')}  {count:,}"
    for error, count in _counts(load, "error").items():
        yield f"  {styled(line(error), sys.stdout, fg='red')}  {count:,}"
    if load.times:
        yield from _times(load.times)
    if test.details.get("billed_ms") is not None:
        yield f"\nbilled   {test.details['billed_ms']:9.1f} ms an execution, in the mean"
    if test.shares:
        yield ""
        yield from _share_lines(test.shares)
    if compared is not None:
        yield ""
        yield from _comparison_lines(compared, plan)


def _times(times: Sequence[float]) -> Iterator[str]:
    yield ""
    for name, value in (_latency(times) or {}).items():
        yield f"{name:8} {value:9.1f} ms"
    yield ""
    bars = histogram([each * 1000 for each in times])
    most = max(each.count for each in bars)
    places = 0 if bars[0].end is None or bars[0].end - bars[0].start >= 1 else 3
    for each in bars:
        filled = "#" * math.ceil(_BAR * each.count / most)
        more = "+" if each.end is None else " "
        yield f"{each.start:9.{places}f} ms{more} {each.count:7,}  {filled}".rstrip()


def _share_lines(found: Sequence[Share]) -> Iterator[str]:
    width = max(2 * each.depth + len(line(each.state)) for each in found)
    yield styled(f"{'mean':>12}  share  visits  state", sys.stdout, dim=True)
    for each in found:
        name = f"{'  ' * each.depth}{line(each.state)}"
        yield f"{each.mean * 1000:9.1f} ms  {each.share:5.0%} {each.visits:7,}  {name:{width}}".rstrip()


def _comparison_lines(compared: _Compared, plan: Plan) -> Iterator[str]:
    baseline, found, verdict = compared.baseline, compared.comparison, compared.verdict
    ratios = ", ".join(f"{name} x{ratio:.2f}" for name, ratio in found.ratios.items())
    yield f"against {line(baseline.subject)} ({amount(len(baseline.times), 'answer')}): {ratios}"
    if baseline.connections != plan.connections:
        yield f"the baseline had {amount(baseline.connections, 'connection')}: times depend on how many there are"
    colour = {"slower": "red", "faster": "green", "too few": "yellow"}.get(verdict)
    chance = found.p_faster if found.ratios["p50"] < 1 else found.p_slower
    words = {
        "slower": f"slower: the median by more than {compared.tolerance:.1%}",
        "faster": f"faster: the median by more than {compared.tolerance:.1%}",
        "alike": f"alike: no difference of the median beyond {compared.tolerance:.1%} that chance does not explain",
        "too few": f"too few answers to tell: a verdict takes {FEWEST} of each",
    }
    reason = f"Mann-Whitney U: p = {chance:.2g}, significant below {SIGNIFICANT}"
    yield f"{styled(words[verdict], sys.stdout, fg=colour)} ({reason})"
