"""`keyflow graph`: pictures of definitions, whoever wrote them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli import terminal
from keyflow.cli.output import INPUT_AT_FAULT, print_diagnostics
from keyflow.diagnostics import CheckError, Diagnostic, KeyflowError, ProjectError, did_you_mean

if TYPE_CHECKING:
    from keyflow.check.definition import Definition
    from keyflow.render import Graph

_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".txt": "ascii", ".html": "html", ".htm": "html"}
_FILES = (".json", ".yaml", ".yml", ".asl", ".json5", ".template")


@click.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["svg", "mermaid", "ascii", "html"]),
    help="How to draw.  [default: what the ending of -o says; ascii on a terminal, else svg]",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write to.")
@click.option("--no-compensation", is_flag=True, help="Leave out what undoes; states that have an undoing say so: ↩.")
@click.option("--diff", "old", metavar="OLD", help="Show what has changed since a file, a build or a revision of git.")
@click.option("--resource", metavar="ID", help="Which state machine, of a template with several.")
@click.option("--traceback", is_flag=True, help="Show where in keyflow an error was raised.")
def command(
    name: str,
    output_format: str | None,
    output: Path | None,
    no_compensation: bool,
    old: str | None,
    resource: str | None,
    traceback: bool,
) -> None:
    """Draw a workflow of the project, or any definition in the States Language.

    Definitions are read as `keyflow check` reads them: JSON, JSON with comments, YAML, and inside of templates. One
    that is wrong is drawn, too: a state that does not exist is marked.

    The way down stands on the left. What errors lead to stands beside it, and their edges are dashed. A page (html) can
    fold the compensation. With --diff, what was added, removed or changed has another colour and a sign.

    \b
    Examples:
      keyflow graph AddApiKey
      keyflow graph AddApiKey -o AddApiKey.svg
      keyflow graph statemachine.asl.json -o picture.html
      keyflow graph template.yaml --resource Orders --format mermaid
      keyflow graph AddApiKey --no-compensation -o happy-path.svg
      keyflow graph AddApiKey --diff HEAD -o changes.svg
      keyflow graph new.asl.json --diff old.asl.json --format ascii
    """
    try:
        drawn = _drawn(name, _format(output_format, output), not no_compensation, old, resource)
        if output is not None:
            from keyflow.files import write_text

            write_text(output, drawn)
    except KeyflowError as error:
        if traceback:
            raise
        print_diagnostics(error.diagnostics)
        sys.exit(INPUT_AT_FAULT)
    if output is None:
        click.echo(drawn, nl=False)
    else:
        click.echo(f"wrote {terminal.line(output)}", err=True)


def _format(given: str | None, output: Path | None) -> str:
    if given is not None:
        return given
    if output is not None:
        return _ENDINGS.get(output.suffix.lower(), "svg")
    return "ascii" if sys.stdout.isatty() else "svg"


def _drawn(name: str, form: str, compensation: bool, old: str | None, resource: str | None) -> str:
    from keyflow import render

    title, graph = _graph(name, resource, compensation)
    if old is not None:
        graph = render.compared(graph, _older(old, title, compensation))
    writers: dict[str, Callable[[Graph], str]] = {
        "svg": render.svg,
        "mermaid": render.mermaid,
        "ascii": render.text,
        "html": lambda drawn: render.html(drawn, title),
    }
    return writers[form](graph)


def _graph(name: str, resource: str | None, compensation: bool) -> tuple[str, Graph]:
    """The graph of a workflow or a file, with its name."""
    if not _is_file(name):
        from keyflow.cli.sources import workflow_named
        from keyflow.pictures import graph_of
        from keyflow.project import find_project

        if resource is not None:
            raise click.UsageError("--resource is for a template")
        found = workflow_named(name, find_project(Path.cwd()))
        return found.workflow.name, graph_of(found, compensation=compensation)
    from keyflow.render import graph

    definition = _chosen(name, resource)
    title = definition.name or Path(name).name.split(".")[0]
    return title, graph(_object(definition.document, name), compensation=compensation)


def _is_file(name: str) -> bool:
    return name.endswith(_FILES) or os.sep in name or Path(name).is_file()


def _chosen(name: str, resource: str | None) -> Definition:
    """The definition of a file; of a template with several, the one that is asked for."""
    from keyflow.check import definitions_of

    found = list(definitions_of(Path(name)))
    if resource is None and len(found) == 1:
        return found[0]
    known = [each.name for each in found if each.name is not None]
    if resource is not None and resource in known:
        return found[known.index(resource)]
    if resource is not None:
        hint = did_you_mean(resource, known) or (f"there are {', '.join(known)}" if known else None)
        raise ProjectError(Diagnostic("KF118", f"{name} has no state machine {resource!r}", hint=hint))
    if not found:
        raise ProjectError(Diagnostic("KF118", f"the template {name} has no state machine with a definition"))
    hint = f"name one with --resource: {', '.join(known)}"
    raise ProjectError(Diagnostic("KF118", f"{name} has {len(found)} state machines", hint=hint))


def _object(document: Any, file: str) -> dict[str, Any]:
    if isinstance(document, dict) and isinstance(document.get("States"), dict):
        return document
    raise CheckError(
        Diagnostic("KF101", f"{file} is no definition: it has no States", hint="`keyflow check` says more")
    )


def _older(name: str, title: str, compensation: bool) -> Graph:
    """The graph of what a workflow was in a file, a build, or a revision: by its name, or the only one there."""
    from keyflow.cli.diff import side_named
    from keyflow.cli.workers import workers
    from keyflow.project import find_project
    from keyflow.render import graph

    if Path(name).is_file():
        return graph(_object(_chosen(name, None).document, name), compensation=compensation)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="keyflow-graph-", ignore_cleanup_errors=True)))
        (worker,) = stack.enter_context(workers(1))
        known = side_named(name, find_project(Path.cwd()), folder, worker).documents.definitions
    if title not in known:
        hint = did_you_mean(title, list(known)) or (f"there are {', '.join(known)}" if known else None)
        raise ProjectError(Diagnostic("KF118", f"{name} has no workflow {title!r}", hint=hint))
    return graph(_object(known[title], name), compensation=compensation)
