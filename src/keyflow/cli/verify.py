"""`keyflow verify`: exhaustive fault injection."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.isolation import isolated, isolation_json, print_isolation
from keyflow.cli.output import INPUT_AT_FAULT, print_json, reports_errors
from keyflow.cli.proofs import (
    answers_json,
    interrupted,
    interruptions_json,
    print_answers,
    print_interruptions,
    print_proof,
    proof_json,
    proven,
)
from keyflow.cli.sources import text_of
from keyflow.dataclass import dataclass

if TYPE_CHECKING:
    from keyflow.loading import Definitions
    from keyflow.project import Project
    from keyflow.verify import AnswersProof, FileOrigin, Isolation, Origin, Proof, Subject


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@click.option(
    "--depth", type=click.IntRange(1, 2), default=2, show_default=True, help="How many faults strike together."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1), help="How many processes may work at the most.  [default: one a processor]"
)
@click.option(
    "--api", metavar="FILE", help="For a definition file: the OpenAPI document with the route that starts it."
)
@click.option("--route", metavar="'METHOD PATH'", help="Which route, where --api has several.")
@click.option(
    "--input", "given", metavar="JSON|@FILE", help="For a definition file: an input that it gets through with."
)
@click.option("--stub", metavar="FILE", help="For a definition file: results that no model of AWS has.")
@click.option("--effects", metavar="FILE", help="For a definition file: by state or function, what undoes its work.")
@click.option(
    "--interleave",
    type=click.IntRange(0, 8),
    default=2,
    show_default=True,
    metavar="N",
    help="How often two executions at once take turns at the most; 0 tries none.",
)
@click.option("--strict", is_flag=True, help="Fail for what cannot be proven, too.")
@click.option("--report", is_flag=True, help="Say what stays where an execution is stopped, call by call.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A placeholder's value; repeat it.")
@reports_errors({"workflows": [], "apis": [], "isolation": []})
def command(
    names: tuple[str, ...],
    depth: int,
    jobs: int | None,
    api: str | None,
    route: str | None,
    given: str | None,
    stub: str | None,
    effects: str | None,
    interleave: int,
    strict: bool,
    report: bool,
    params: tuple[str, ...],
    output_format: str,
) -> None:
    """Prove that no failure leaves anything behind, or answers a caller with a success that did not happen.

    Every call is made to fail with each error of its service's model, to time out before and after it took effect, to
    lose its answer, and to give a result without what is read of it: alone, and in pairs, so that compensations fail,
    too. Then two executions run at once, of each workflow and of each pair that touches the same things: one goes on
    while the other waits, at every point between two calls. Each run is held to the properties P1 to P6
    (docs/verification.md). NAME is a workflow of the project; FILE a definition in the States Language (*.json,
    *.yaml), or a CloudFormation or SAM template with some, also one that keyflow did not write.

    \b
    Examples:
      keyflow verify
      keyflow verify AddApiKey --depth 1
      keyflow verify -j 4            in four processes, where that is faster
      keyflow verify add-api-key.asl.json --api openapi.yaml
      keyflow verify RotateApiKey DeleteApiKey --interleave 3
      keyflow verify --strict        fail for what cannot be proven, too
      keyflow verify --report        and what stays where somebody stops an execution
      keyflow verify add-api-key.asl.json --input '{"name": "x"}' --effects effects.json

    The exit code is 1 where a property is violated; with --strict also where one cannot be proven.
    """
    files = [name for name in names if _is_file(name)]
    if not files and any(option is not None for option in (api, route, given, stub, effects)):
        raise click.UsageError("--api, --route, --input, --stub and --effects are for definition files")
    from keyflow.deploy.parameters import pairs

    text = None if given is None else text_of(given, "--input")
    values = tuple(pairs(params).items())
    chosen = _chosen(names)
    read = _files(files, api, route, text, stub, effects, values)
    subjects = [*((origin.load(), origin) for origin in read), *_subjects(chosen)]
    proofs = [_proven(subject, origin, depth, jobs, report, output_format) for subject, origin in subjects]
    answers = _answers(chosen)
    together = isolated([subject for subject, _origin in subjects], interleave) if interleave else ()
    if output_format == "text":
        for each in answers:
            print_answers(each)
        print_isolation(together)
    else:
        apis, pairs_of = list(map(answers_json, answers)), isolation_json(together)
        workflows = [document for _proof, document in proofs]
        print_json({"workflows": workflows, "apis": apis, "isolation": pairs_of, "diagnostics": []})
    shown: list[Proof | Isolation] = [*(proof for proof, _document in proofs), *together]
    violated = any(each.violations for each in shown) or any(each.violations for each in answers)
    if violated or (strict and any(each.unprovable for each in shown)):
        sys.exit(INPUT_AT_FAULT)


def _proven(
    subject: Subject, origin: Origin, depth: int, jobs: int | None, report: bool, output_format: str
) -> tuple[Proof, dict[str, Any]]:
    """The proof of a subject, shown as soon as it is there, and as a document."""
    proof = proven(subject, depth, origin, jobs or os.cpu_count() or 1)
    stays = interrupted(subject) if report else ()
    if output_format == "text":
        print_proof(proof, subject, depth)
        print_interruptions(stays)
    interruptions = {"interruptions": interruptions_json(stays)} if report else {}
    return proof, {**proof_json(proof, subject), **interruptions}


def _is_file(name: str) -> bool:
    """Whether a name is that of a definition file or a template, rather than of a workflow."""
    return name.endswith((".json", ".yaml", ".yml"))


@dataclass(frozen=True)
class _Chosen:
    """The project, all its definitions, and those that are named."""

    project: Project
    definitions: Definitions
    selected: Definitions


def _chosen(names: tuple[str, ...]) -> _Chosen | None:
    """What is named that is no file, all where nothing is; None where only files are."""
    chosen = [name for name in names if not _is_file(name)]
    if names and not chosen:
        return None
    from keyflow.loading import load_definitions
    from keyflow.project import find_project

    project = find_project(Path.cwd())
    definitions = load_definitions(project)
    return _Chosen(project, definitions, definitions.select(chosen))


def _subjects(chosen: _Chosen | None) -> list[tuple[Subject, Origin]]:
    """The workflows of a project, all built from one reading of its files."""
    if chosen is None or not chosen.selected.workflows:
        return []
    from keyflow.build import build
    from keyflow.verify import ProjectOrigin, subject_of_workflow

    root, apis = str(chosen.project.root), chosen.definitions.apis.values()
    built = build(chosen.project, chosen.definitions, list(chosen.selected.workflows)).workflows
    return [(subject_of_workflow(each, apis), ProjectOrigin(root, each.workflow.name)) for each in built]


def _files(
    files: list[str],
    api: str | None,
    route: str | None,
    given: str | None,
    stub: str | None,
    effects: str | None,
    values: tuple[tuple[str, str], ...],
) -> list[FileOrigin]:
    """The definitions in files, with what is told of them."""
    from keyflow.verify import FileOrigin, definitions_of

    return [
        FileOrigin(
            file=name,
            definition=each.name,
            api=api,
            route=route,
            input=given,
            stub=stub,
            effects=effects,
            parameters=values,
        )
        for name in files
        for each in definitions_of(name)
    ]


def _answers(chosen: _Chosen | None) -> list[AnswersProof]:
    """What the routes of each API send and answer."""
    from keyflow.verify import prove_answers

    apis = {} if chosen is None else chosen.selected.apis
    return [proof for api in apis.values() if (proof := prove_answers(api)).routes]
