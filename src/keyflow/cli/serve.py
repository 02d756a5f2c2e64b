"""`keyflow serve`: the project's APIs over HTTP on this machine."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.output import (
    INTERRUPTED,
    diagnostic_json,
    print_diagnostics,
    print_json,
    reports_errors,
    styled,
)
from keyflow.cli.sources import json_of
from keyflow.cli.terminal import line, shortened
from keyflow.deploy.parameters import pairs
from keyflow.diagnostics import KeyflowError
from keyflow.libraries import library
from keyflow.project import Stage, find_project

if TYPE_CHECKING:
    from keyflow.serve.runs import Run
    from keyflow.serve.site import Site

_PORT = 8000
_TOGETHER = 0.05
"""Seconds that a line waits for others."""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--stub", metavar="FILE", help="Answers for tasks, routes and authorizers: a JSON file.")
@click.option("--local", is_flag=True, help="Make the other calls to services in this process (moto).  [default]")
@click.option("--samples", is_flag=True, help="Answer the others with results that the models of the services allow.")
@click.option("--aws", is_flag=True, help="Make the other calls: in AWS, or at --endpoint-url.")
@click.option("--setup", metavar="FILE", help="A Python file that fills the services in this process first.")
@click.option("--watch", is_flag=True, help="Read the definitions again when a file changes.")
@click.option("--stage", help="The stage whose parameters in keyflow.toml apply.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeat it.")
@click.option("--region", help="The AWS region.")
@click.option("--profile", help="The profile of the AWS configuration.")
@click.option("--endpoint-url", help="Another endpoint than AWS's: a local engine.")
@reports_errors({"url": None, "routes": []}, indent=None)
def command(
    port: int,
    stub: str | None,
    setup: str | None,
    watch: bool,
    stage: str | None,
    params: tuple[str, ...],
    output_format: str,
    **answered_by: Any,
) -> None:
    """Serve every route of every API on this machine: over HTTP, as API Gateway would.

    The compiled OpenAPI document decides: who may call, what a body may be, what is sent on, and what is answered.
    Workflows run on the local engine, on virtual time. Their calls end in services of this process, which begin empty
    and have the tables, queues and buckets that the definitions name. With --stub, a file answers what it names: tasks
    as for `keyflow run`, routes by `"GET /keys/{id}"`, authorizers by `"authorizer:Name"`.

    Only this machine can reach the server. Pages at /_keyflow/ show the routes, the workflows and the last runs.
    Ctrl-C ends it, with exit code 130.

    \b
    Examples:
      keyflow serve
      keyflow serve --watch --port 0         a free port; definitions are read again when they change
      keyflow serve --stub stubs.json        {"Charge Card": {"Throw": {"Error": "CardDeclined"}}}
      keyflow serve --setup fill.py          client("dynamodb").put_item(...): what is there from the start
      keyflow serve --samples                no service at all: results that the models allow
      keyflow serve --aws --stage dev        the calls are made in AWS
      keyflow serve --format json            one line of JSON at the start, and one for each request
    """
    chosen = [name for name in ("local", "samples", "aws") if answered_by[name]]
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other")
    if setup is not None and chosen not in ([], ["local"]):
        raise click.UsageError("--setup fills the services in this process")
    from keyflow.serve import server

    for name in ("uvicorn", "starlette", "jinja2", *(["watchfiles"] if watch else [])):
        library(name)
    project = find_project(Path.cwd())
    configured = project.stages.get(stage or "", Stage()).parameters
    source = server.Source(
        root=project.root,
        stubs=lambda: None if stub is None else json_of(f"@{stub}", "--stub"),
        stub_file=None if stub is None else Path(stub).resolve(),
    )
    listening = server.bound(port)
    url = server.url_of(listening)
    show = _Shown(is_json=output_format == "json")
    with listening, ExitStack() as stack:
        live, site, stubs = _first(source, url, stack, {**configured, **pairs(params)}, show, **answered_by)
        live.serve(site, stubs)
        if setup is not None:
            live.set_up(Path(setup))
        interruption = server.Interruption()
        stack.enter_context(interruption.noted())
        show.start(url, site)
        threading.Thread(target=live.warm, daemon=True).start()
        if watch:
            stack.enter_context(server.reloading(live, source, url, lambda problem: show.again(live.site, problem)))
        server.run(live, listening, interruption)
    if interruption.came:
        sys.exit(INTERRUPTED)


def _first(
    source: Any, url: str, stack: ExitStack, parameters: dict[str, str], show: _Shown, **answered_by: Any
) -> Any:
    """The services and the first site, which a process of its own reads while moto is imported here."""
    from keyflow.serve.live import Live

    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(source.read, url)
        live = Live(stack.enter_context(_services(**answered_by)), parameters=parameters, tell=show.run)
        return live, *read.result()


def _services(
    *, aws: bool, samples: bool, region: str | None, profile: str | None, endpoint_url: str | None, local: bool
) -> Any:
    from keyflow.serve import services

    if aws:
        return services.in_aws(region, profile, endpoint_url)
    return services.by_samples() if samples and not local else services.in_this_process()


class _Shown:
    """What the terminal shows: where the routes are, each run, and each reading of the files."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._lines: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._print, daemon=True).start()
        self._good, self._bad = (self._style(colour) for colour in ("green", "red"))

    def _print(self) -> None:
        """Prints lines as they come, those that come together in one go: printing takes longer than most answers."""
        while True:
            lines = [self._lines.get()]
            time.sleep(_TOGETHER)
            while not self._lines.empty():
                lines.append(self._lines.get())
            click.echo("\n".join(lines))

    @staticmethod
    def _style(colour: str) -> Callable[[str], str]:
        """A style, decided once: to look whether stdout is a terminal takes longer than most answers."""
        before, after = styled("|", sys.stdout, fg=colour).split("|")
        return lambda text: f"{before}{text}{after}"

    def start(self, url: str, site: Site) -> None:
        if self._is_json:
            routes = [
                {"method": route.method.upper(), "url": f"{url}/{api.name}{route.path}", "calls": route.calls}
                for api in site.apis
                for route in api.routes
            ]
            print_json({"url": url, "studio": f"{url}/_keyflow/", "routes": routes, "diagnostics": []}, indent=None)
            return
        print_diagnostics(site.warnings)
        for api in site.apis:
            for route in api.routes:
                shown = styled(f"{url}/{api.name}{route.path}", sys.stdout, bold=True)
                click.echo(f"  {route.method.upper():7}{shown}  {line(route.calls)}")
        click.echo(f"the studio is at {url}/_keyflow/; Ctrl-C ends the server")
        sys.stdout.flush()

    def run(self, run: Run) -> None:
        if self._is_json:
            problem = None if run.problem is None else diagnostic_json(run.problem)
            document = {"id": run.id, "label": run.label, "status": run.status, "ms": round(run.milliseconds, 1)}
            told = json.dumps({**document, "execution": _ended(run), "problem": problem})
        else:
            style = self._bad if (run.status or 0) >= 500 else self._good
            told = f"{shortened(run.label)}  {style(str(run.status or _ended(run)))}  {run.milliseconds:.0f} ms"
            print_diagnostics([] if run.problem is None else [run.problem])
        self._lines.put(told)

    def again(self, site: Site, problem: KeyflowError | None) -> None:
        """Says that the files were read again."""
        if problem is not None:
            print_diagnostics(problem.diagnostics)
            if not self._is_json:
                click.echo("the last definitions that built are served")
        elif not self._is_json:
            print_diagnostics(site.warnings)
            click.echo("the definitions were read again")
        sys.stdout.flush()


def _ended(run: Run) -> str | None:
    return None if run.execution is None else run.execution.status
