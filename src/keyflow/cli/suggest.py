"""`keyflow suggest`: for each call that is not undone, the compensation as code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.output import amount, print_json, reports_errors, shown, styled
from keyflow.cli.sources import is_file, source
from keyflow.cli.terminal import line, message

if TYPE_CHECKING:
    from keyflow.suggestions import Suggestion


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@reports_errors({"workflows": []})
def command(names: tuple[str, ...], output_format: str) -> None:
    """Suggest how each call is undone that changes something, and that nothing undoes.

    NAME is a workflow of the project: it need not build. FILE is a definition in the States Language (*.json). What is
    printed is code: a line of Python for a workflow, a state for a definition. Nothing is written to any file.

    \b
    Examples:
      keyflow suggest
      keyflow suggest AddApiKey
      keyflow suggest add-api-key.asl.json
    """
    found = list(_suggestions(names))
    if output_format == "json":
        print_json({"workflows": [_entry(name, each) for name, each in found], "diagnostics": []})
        return
    for name, suggestions in found:
        for suggestion in suggestions:
            _print(suggestion)
        verdict = f"{amount(len(suggestions), 'call')} to say something of" if suggestions else "nothing is forgotten"
        click.echo(f"{styled(line(name), sys.stdout, bold=True)}: {verdict}")


def _suggestions(names: Sequence[str]) -> Iterator[tuple[str, Sequence[Suggestion]]]:
    from keyflow.suggestions import suggested_compensations, suggested_states

    for name in filter(is_file, names):
        yield Path(name).name, list(suggested_states(source(name).machine))
    chosen = [name for name in names if not is_file(name)]
    if chosen or not names:
        from keyflow.dsl.workflow import Workflow
        from keyflow.loading import load_definitions
        from keyflow.project import find_project

        for name, workflow in load_definitions(find_project(Path.cwd()), chosen).select(chosen).workflows.items():
            if isinstance(workflow, Workflow):
                yield name, list(suggested_compensations(workflow))


def _print(suggestion: Suggestion) -> None:
    place = f"{shown(suggestion.location)}: " if suggestion.location is not None else ""
    click.echo(f"{place}{line(repr(suggestion.name))} {suggestion.does}, and nothing undoes it")
    for each in suggestion.code:
        click.echo(f"    {line(each)}")
    for note in suggestion.notes:
        click.echo(styled(f"    # {message(note)}", sys.stdout, dim=True))
    click.echo()


def _entry(name: str, suggestions: Sequence[Suggestion]) -> dict[str, Any]:
    return {
        "name": name,
        "suggestions": [
            {
                "task": each.name,
                "does": each.does,
                "code": "\n".join(each.code),
                "notes": list(each.notes),
                "file": each.location.file if each.location else None,
                "line": each.location.line if each.location else None,
            }
            for each in suggestions
        ],
    }
