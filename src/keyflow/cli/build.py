"""`keyflow build`: definitions to artefacts."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyflow.build import Build, build, differences, write
from keyflow.cli.output import (
    INPUT_AT_FAULT,
    amount,
    diagnostic_json,
    print_diagnostics,
    print_json,
    reports_errors,
    size,
    styled,
)
from keyflow.cli.route_notes import labels, route_notes
from keyflow.cli.terminal import line
from keyflow.compiler import Compiled
from keyflow.dsl.api import open_routes, routes_over_quota
from keyflow.durations import duration
from keyflow.loading import Definitions, load_definitions
from keyflow.project import find_project

if TYPE_CHECKING:
    from keyflow.verify import Subject


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write to.  [default: build]"
)
@click.option("--check", is_flag=True, help="Write nothing; fail when the folder is not what the definitions say.")
@click.option(
    "--verify", is_flag=True, help="Prove the workflows first (see keyflow verify); write nothing on a violation."
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too, and write nothing then.")
@click.option("--graphs/--no-graphs", default=None, help="Draw each workflow: NAME.svg.  [default: the configuration]")
@reports_errors({"artefacts": [], "workflows": []})
def command(
    names: tuple[str, ...],
    out: Path | None,
    check: bool,
    verify: bool,
    strict: bool,
    graphs: bool | None,
    output_format: str,
) -> None:
    """Build the definitions: all of them, or the workflows and APIs with the given names.

    Definition files are Python code and are executed.

    \b
    Examples:
      keyflow build
      keyflow build AddApiKey --out /tmp/artefacts
      keyflow build --check            in CI: exit code 1 when build/ is stale
      keyflow build --verify           prove every workflow before anything is written
      keyflow build --strict           no permission wider than it must be, nor any other warning
      keyflow build --graphs           a picture of each workflow beside its definition
      keyflow build --format json
    """
    began = time.perf_counter()
    project = find_project(Path.cwd())
    definitions = load_definitions(project, () if verify else names)
    folder = out or project.root / project.out
    result = build(project, definitions, names, graphs=project.graphs if graphs is None else graphs)
    quietly = output_format == "json"
    subjects = _subjects(result, definitions) if verify else []
    proofs = _proofs(subjects, project.root, quietly=quietly)
    answers = _answers(result, quietly=quietly) if verify else []
    pairs = _isolation(subjects, quietly=quietly)
    violated = any(proof["violations"] for proof in (*proofs, *answers, *pairs))
    problems = differences(result, folder) if check else ()
    refused = strict and (bool(result.warnings) or any(proof["unprovable"] for proof in (*proofs, *pairs)))
    diagnostics = (*result.warnings, *problems)
    if not check and not violated and not refused:
        write(result, folder)
    if output_format == "json":
        proven = {"proofs": proofs, "answers": answers, "isolation": pairs} if verify else {}
        found = [diagnostic_json(each) for each in diagnostics]
        print_json({**_result(result, folder), **proven, "diagnostics": found})
    print_diagnostics(diagnostics)
    if output_format == "text" and not problems and not violated and not refused:
        _print_text(result, folder, time.perf_counter() - began, check=check)
    if problems or violated or refused:
        sys.exit(INPUT_AT_FAULT)


def _subjects(result: Build, definitions: Definitions) -> list[Subject]:
    """What is proven of each workflow, by whatever routes of the project it is started."""
    from keyflow.verify import subject_of_workflow

    return [subject_of_workflow(each, definitions.apis.values()) for each in result.workflows]


def _proofs(subjects: Sequence[Subject], root: Path, *, quietly: bool) -> list[dict[str, Any]]:
    if not subjects:
        return []
    from keyflow.cli.proofs import print_proof, proof_json, proven
    from keyflow.verify import ProjectOrigin

    reports = []
    for subject in subjects:
        proof = proven(subject, 2, ProjectOrigin(str(root), subject.name), os.cpu_count() or 1)
        if not quietly:
            print_proof(proof, subject, 2)
        reports.append(proof_json(proof, subject))
    return reports


def _answers(result: Build, *, quietly: bool) -> list[dict[str, Any]]:
    from keyflow.cli.proofs import answers_json, print_answers
    from keyflow.verify import prove_answers

    proofs = [proof for api in result.apis if (proof := prove_answers(api)).routes]
    for proof in proofs if not quietly else ():
        print_answers(proof)
    return [answers_json(proof) for proof in proofs]


def _isolation(subjects: Sequence[Subject], *, quietly: bool) -> list[dict[str, Any]]:
    if not subjects:
        return []
    from keyflow.cli.isolation import isolated, isolation_json, print_isolation
    from keyflow.verify.search.isolation import SWITCHES

    found = isolated(subjects, SWITCHES)
    if not quietly:
        print_isolation(found)
    return isolation_json(found)


def _result(result: Build, folder: Path) -> dict[str, Any]:
    return {
        "artefacts": [
            {"path": str(folder / artefact.name), "bytes": len(artefact.content), "sha256": artefact.sha256}
            for artefact in result.artefacts
        ],
        "workflows": [
            {
                "name": each.workflow.name,
                "states": len(each.sources),
                "happy_path": {
                    "states": each.happy_path.states,
                    "aws_calls": each.happy_path.aws_calls,
                    "critical_path": each.happy_path.critical_path,
                },
                "worst_case_seconds": each.budget.worst.seconds if each.budget.worst.path else None,
            }
            for each in result.workflows
        ],
        "apis": [
            {
                "name": api.name,
                "open_routes": [route.label for route in open_routes(api)],
                "routes_over_quota": [route.label for route in routes_over_quota(api)],
            }
            for api in result.apis
        ],
    }


def _print_text(result: Build, folder: Path, seconds: float, *, check: bool) -> None:
    for each in result.workflows:
        click.echo(f"{styled(each.workflow.name, sys.stdout, bold=True)}: {_summary(each)}")
    for api in result.apis:
        click.echo(f"{styled(api.name, sys.stdout, bold=True)}: {labels(api.routes)}")
        for note in route_notes(api):
            click.echo(f"  {note}")
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    for artefact in result.artefacts if not check else ():
        click.echo(f"  {line(shown / artefact.name)}  {styled(size(len(artefact.content)), sys.stdout, dim=True)}")
    done = f"{line(shown)} is current" if check else f"built {amount(len(result.artefacts), 'file')}"
    click.echo(f"{done} in {seconds:.2f} s")


def _summary(compiled: Compiled) -> str:
    path, budget = compiled.happy_path, compiled.budget
    limit = f" of {duration(budget.limit.seconds)}" if budget.limit is not None else ""
    worst = f"; at worst {duration(budget.worst.seconds)}{limit}" if budget.worst.path else ""
    return (
        f"{amount(path.states, 'state')} on the happy path, {amount(path.aws_calls, 'AWS call')}, "
        f"{path.critical_path} one after the other{worst}"
    )
