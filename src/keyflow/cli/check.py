"""`keyflow check`: rules over definitions and APIs, whoever wrote them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from keyflow.check.fixes import edited
from keyflow.cli import sarif
from keyflow.cli.output import (
    AWS_REFUSED,
    INPUT_AT_FAULT,
    amount,
    diagnostic_json,
    print_diagnostics,
    print_json,
    shown,
    styled,
)
from keyflow.cli.terminal import line
from keyflow.diagnostics import CheckError, DeployError, Diagnostic, Edit, KeyflowError, Severity
from keyflow.files import rewrite, text_of
from keyflow.project import Project, find_project

_SUFFIXES = (".asl.json", ".asl.yaml", ".asl.yml", ".asl.json5", ".asl")
"""The files that are checked in a folder."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--type", "machine_type", type=click.Choice(["EXPRESS", "STANDARD"]), help="Where no file says it.")
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--fix", is_flag=True, help="Change the files, where a finding has one answer only.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; nothing is written.")
@click.option("--aws", is_flag=True, help="Ask Step Functions, too (ValidateStateMachineDefinition).")
@click.option("--region", help="With --aws: the AWS region.")
@click.option("--profile", help="With --aws: the profile of the AWS configuration.")
@click.option("--endpoint-url", help="With --aws: another endpoint than AWS's.")
@click.option("--traceback", is_flag=True, help="Show where in keyflow an error was raised.")
def command(
    files: tuple[Path, ...],
    output_format: str,
    machine_type: str | None,
    strict: bool,
    fix: bool,
    diff: bool,
    aws: bool,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    traceback: bool,
) -> None:
    """Check definitions in the States Language, templates that hold some, and OpenAPI documents of API Gateway.

    JSON, JSON with comments (JSON5) and YAML are read; definitions also inside SAM and CloudFormation templates. Of a
    folder, its *.asl.json and *.asl.yaml files. Every rule has a code: `keyflow explain KF811`. Severities stand in
    [tool.keyflow.check] (KF829 = "off"); a comment takes out a line: # keyflow: ignore[KF811].

    \b
    Examples:
      keyflow check statemachine.asl.json
      keyflow check template.yaml openapi.yaml --format json
      keyflow check definitions/ --strict --format sarif > findings.sarif
      keyflow check statemachine.asl.json --fix
      keyflow check template.yaml --aws --profile dev

    The exit code is 1 where there is an error.
    """
    project_of = cache(find_project)  # its configuration is read once for all files of a folder
    found: list[Diagnostic] = []
    refused = False
    try:
        found = [each for file in _expanded(files) for each in _checked(file, project_of, machine_type)]
        if diff:
            _show_changes(found)
        for _round in range(_ROUNDS if fix and not diff else 0):
            if not _fix(found, quietly=output_format != "text"):
                break
            found = [each for file in _expanded(files) for each in _checked(file, project_of, machine_type)]
        if aws:
            asked = _asked_of_aws(files, machine_type, region=region, profile=profile, endpoint_url=endpoint_url)
            found = [*found, *asked]
    except KeyflowError as error:
        if traceback:
            raise
        found, refused = [*found, *error.diagnostics], isinstance(error, DeployError)
    if output_format == "json":
        print_json({"diagnostics": [diagnostic_json(each) for each in found]})
    elif output_format == "sarif":
        print_json(_sarif(found))
    else:
        _print_text(found)
    if refused:
        sys.exit(AWS_REFUSED)
    if any(strict or each.severity is Severity.ERROR for each in found):
        sys.exit(INPUT_AT_FAULT)


def _asked_of_aws(
    files: Sequence[Path],
    machine_type: str | None,
    *,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
) -> Iterator[Diagnostic]:
    """What Step Functions has against the definitions of the files; APIs are none."""
    from keyflow.check import deployed_definitions
    from keyflow.deploy.target import Clients
    from keyflow.deploy.validation import validated

    clients = Clients(region=region, profile=profile, endpoint_url=endpoint_url)
    for file in _expanded(files):
        try:
            definitions = list(deployed_definitions(file, machine_type))
        except CheckError:
            continue  # which the rules have said
        for each in definitions:
            if isinstance(each.document, dict) and "States" in each.document:
                yield from validated(clients, each)


def _show_changes(found: Sequence[Diagnostic]) -> None:
    """What `--fix` would change, as a patch."""
    from difflib import unified_diff

    for file, edits in _edits(found).items():
        old = text_of(file, encoding="utf-8-sig")
        new, _made = edited(old, edits)
        lines = unified_diff(old.splitlines(True), new.splitlines(True), f"a/{file}", f"b/{file}")
        for each in lines:
            click.echo(line(each.rstrip("\n")))


def _fix(found: Sequence[Diagnostic], *, quietly: bool) -> bool:
    """Makes the changes, each file whole or not at all, and says what was done; whether there was any."""
    for file, edits in _edits(found).items():
        made = rewrite(file, lambda text, edits=edits: edited(text, edits))  # type: ignore[misc]
        for each in found if not quietly else ():
            if each.edit in made and each.location is not None and Path(each.location.file) == file:
                click.echo(f"fixed {shown(each.location)}: {each.code}: {line(each.message)}")
    return any(each.edit is not None for each in found)


_ROUNDS = 5
"""How often what is fixed is looked at again: a fix may show what it hid."""


def _edits(found: Sequence[Diagnostic]) -> dict[Path, list[Edit]]:
    """The edits by the files that they change."""
    edits: dict[Path, list[Edit]] = {}
    for each in found:
        if each.edit is not None and each.location is not None:
            edits.setdefault(Path(each.location.file), []).append(each.edit)
    return edits


def _expanded(files: Sequence[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            yield from sorted(each for each in file.rglob("*") if each.name.endswith(_SUFFIXES))
        else:
            yield file


def _checked(file: Path, project_of: Callable[[Path], Project], machine_type: str | None) -> Sequence[Diagnostic]:
    from keyflow.check import check_file

    try:
        return check_file(file, _settings(project_of(file.parent), machine_type))
    except CheckError as error:
        return error.diagnostics


def _settings(project: Project, machine_type: str | None) -> Any:
    from keyflow.check import Settings

    return Settings({code: _SEVERITIES[word] for code, word in project.check.items()}, machine_type)


_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "off": None}


def _print_text(found: Sequence[Diagnostic]) -> None:
    print_diagnostics(found, err=False)
    counts = Counter(each.severity for each in found)
    if any(counts.values()):
        errors, warnings = amount(counts[Severity.ERROR], "error"), amount(counts[Severity.WARNING], "warning")
        click.echo(styled(f"{errors}, {warnings}; `keyflow explain CODE` says more", sys.stdout, dim=True))


def _sarif(found: Sequence[Diagnostic]) -> dict[str, Any]:
    """The findings as code scanners exchange them."""
    from keyflow.check import all_rules

    rules = all_rules()
    used = sorted({each.code for each in found if each.code in rules})
    described = [
        sarif.Rule(
            id=code,
            name=rules[code].name,
            title=rules[code].title,
            why=rules[code].why,
            source=rules[code].source,
        )
        for code in used
    ]
    results = [
        sarif.Result(
            rule=each.code,
            level=each.severity.value,
            message=each.message if each.remedy is None else f"{each.message} ({each.remedy})",
            location=each.location,
        )
        for each in found
    ]
    return sarif.log(described, results)
