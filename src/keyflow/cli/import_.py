"""`keyflow import`: definitions that anybody wrote, as Python."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyflow.cli.output import amount, print_json, reports_errors, styled
from keyflow.cli.terminal import line
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic, ProjectError, Severity
from keyflow.dsl.definition import MachineType
from keyflow.files import is_there, write_text

if TYPE_CHECKING:
    from keyflow.check.definition import Definition

_STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A definition as Python: where it belongs, and which of its states stayed JSON."""

    name: str
    source: str
    file: str
    text: str
    states: int
    verbatim: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the command line says of every definition."""

    name: str | None
    machine_type: str | None
    operations: bool
    values: Mapping[str, str]
    out: str


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE..."
)
@click.option("--out", default="definitions", show_default=True, help="The folder to write to; - for stdout.")
@click.option("--name", help="The state machine's name.  [default: the file's, or the resource's in a template]")
@click.option(
    "--type",
    "machine_type",
    type=click.Choice(["EXPRESS", "STANDARD"]),
    help="Where no template says it.  [default: STANDARD]",
)
@click.option(
    "--operations", is_flag=True, help="Take a resource like ${DynamoDbGetItem} for the operation it is named after."
)
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="What to put in for ${NAME}, a number for instance."
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@reports_errors({"files": []})
def command(
    files: tuple[Path, ...],
    out: str,
    name: str | None,
    machine_type: str | None,
    operations: bool,
    params: tuple[str, ...],
    force: bool,
    output_format: str,
) -> None:
    """Write definitions in the States Language as Python that compiles back to the same states.

    JSON, JSON with comments (JSON5) and YAML are read, and the state machines of SAM and CloudFormation templates.
    Names, transitions and data stay as they are; what has no form in keyflow's own words stays JSON inside the
    Python. Nothing of the definition is executed.

    \b
    Examples:
      keyflow import statemachine.asl.json && keyflow build
      keyflow import template.yaml --out flows
      keyflow import statemachine.asl.json --type EXPRESS --out - | less
      keyflow import add-api-key.asl.json --operations     ${DynamoDbGetItem} becomes dynamodb.get_item(...)
      keyflow import poller.asl.json --param Delay=30      ${Delay} becomes 30
    """
    from keyflow.deploy.parameters import pairs

    given = _Given(name=name, machine_type=machine_type, operations=operations, values=pairs(params), out=out)
    written = [each for file in files for each in _imported(file, given)]
    if name is not None and len(written) > 1:
        raise ProjectError(Diagnostic("KF119", f"one name cannot be that of {len(written)} state machines"))
    _check_names(written)
    if out == _STDOUT:
        click.echo("".join(each.text for each in written), nl=False)
        return
    _write(written, force)
    if output_format == "json":
        entries = [
            {
                "file": each.file,
                "name": each.name,
                "states": each.states,
                "verbatim": list(each.verbatim),
            }
            for each in written
        ]
        print_json({"files": entries, "diagnostics": []})
        return
    for each in written:
        kept = f", {len(each.verbatim)} of them as JSON" if each.verbatim else ""
        click.echo(f"wrote {styled(line(each.file), sys.stdout, bold=True)}: {amount(each.states, 'state')}{kept}")
    click.echo(f"next: keyflow build {' '.join(each.name for each in written)}")


def _imported(file: Path, given: _Given) -> Iterator[_Written]:
    from keyflow.check import definitions_of

    found = list(definitions_of(file, given.values))
    if not found:
        raise ProjectError(Diagnostic("KF119", f"{file} has no state machine"))
    for definition in found:
        try:
            yield _as_python(definition, file, given)
        except CheckError as error:
            raise ProjectError(*_explained(file, error)) from error


def _as_python(definition: Definition, file: Path, given: _Given) -> _Written:
    from keyflow import asl
    from keyflow.interop import imported, snake_case, source_of, with_operations

    own = given.name or definition.name or file.name.split(".")[0]
    label = re.sub(r"[^A-Za-z0-9_-]+", "-", own).strip("-")[:80] or "StateMachine"
    kind: MachineType = "EXPRESS" if (definition.type or given.machine_type) == "EXPRESS" else "STANDARD"
    document = definition.document
    result = imported(with_operations(document) if given.operations else document, label, kind)
    problems = asl.validate(document)
    if problems:  # `keyflow build` would refuse what is written
        raise CheckError(*problems)
    text = source_of(result.machine, result.parameters.values(), file.name, result.reasons)
    place = str(Path(given.out) / f"{_module_name(snake_case(label))}.py")
    return _Written(
        name=label,
        source=str(file),
        file=place,
        text=text,
        states=result.states,
        verbatim=tuple(sorted(result.verbatim)),
    )


def _module_name(name: str) -> str:
    """A module's name that hides no other: the folder of a definition file comes first where modules are looked for."""
    return f"{name}_machine" if name in sys.stdlib_module_names or find_spec(name) is not None else name


def _check_names(written: Sequence[_Written]) -> None:
    """Raises KF119 where two definitions would go into one file, or be state machines of one name."""
    for key in ("name", "file"):
        known: dict[str, _Written] = {}
        for each in written:
            other = known.setdefault(getattr(each, key).lower(), each)
            if other is not each:
                what = f"the state machine {each.name}" if key == "name" else each.file
                message = f"{other.source} and {each.source} would both become {what}"
                raise ProjectError(Diagnostic("KF119", message, hint="import them one by one, with --name"))


def _explained(file: Path, error: CheckError) -> tuple[Diagnostic, ...]:
    """What stands against an import as `keyflow check` says it, with lines; what no rule finds follows as it is."""
    from keyflow.check import check_file

    found = check_file(file)
    errors = tuple(each for each in found if each.severity is Severity.ERROR)
    return errors or (*found, *(replace(each, message=f"{file}: {each.message}") for each in error.diagnostics))


def _write(written: list[_Written], force: bool) -> None:
    there = [each.file for each in written if is_there(Path(each.file))]
    if there and not force:
        raise ProjectError(Diagnostic("KF117", f"{', '.join(there)}: there already", hint="--force overwrites"))
    for each in written:
        write_text(Path(each.file), each.text)
