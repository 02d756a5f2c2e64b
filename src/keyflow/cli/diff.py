"""`keyflow diff`: what a change does to workflows, policies and APIs, and to what failures leave."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from keyflow.cli.output import CHANGED, INPUT_AT_FAULT, print_json, reports_errors

if TYPE_CHECKING:
    from keyflow.cli.deployed import Access, StageReader
    from keyflow.cli.sides import Shape, Side
    from keyflow.cli.workers import Worker
    from keyflow.project import Project

_EMPTY: dict[str, Any] = {"workflows": [], "apis": []}
_STAGE, _REVISION = "stage:", "git:"


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--failures", is_flag=True, help="Say which failures now leave something, or no longer do.")
@click.option(
    "--depth", type=click.IntRange(1, 2), default=2, show_default=True, help="How many faults strike together."
)
@click.option("--input", "given", metavar="JSON|@FILE", help="Without Python: an input that both get through with.")
@click.option("--stub", metavar="FILE", help="Without Python: results that no model of AWS has.")
@click.option("--effects", metavar="FILE", help="Without Python: by state or function, what undoes its work.")
@click.option("--strict", is_flag=True, help="With --failures: fail for what newly cannot be proven, too.")
@click.option("--exit-code", is_flag=True, help="End with 2 where anything differs.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="For a stage: a parameter's value.")
@click.option("--region", help="For a stage: the AWS region.")
@click.option("--profile", help="For a stage: the profile of the AWS configuration.")
@click.option("--endpoint-url", help="For a stage: another endpoint than AWS's.")
@reports_errors(_EMPTY, formats=("text", "json", "markdown", "sarif"))
def command(
    old: str,
    new: str | None,
    failures: bool,
    depth: int,
    given: str | None,
    stub: str | None,
    effects: str | None,
    strict: bool,
    exit_code: bool,
    params: tuple[str, ...],
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output_format: str,
) -> None:
    """Compare two builds: what a change does to workflows, policies and APIs, and to what failures leave.

    OLD and NEW are a definition file, a folder of a build, a revision of git, or stage:NAME, what is deployed there.
    NEW is the project's definitions as they are, where it is left out. A path that exists is a path; git:NAME is a
    revision whatever exists. The definitions of a revision are Python code, and are executed.

    \b
    Examples:
      keyflow diff HEAD
      keyflow diff build/                    the build that is committed, and the definitions
      keyflow diff old.asl.json new.asl.json
      keyflow diff stage:prod                what a deployment would change
      keyflow diff --failures origin/main    which failures now leave something, or no longer do
      keyflow diff --failures origin/main --format markdown > comment.md

    The exit code is 1 where a failure newly violates a property, or the new side cannot be proven; with --exit-code it
    is 2 where anything else differs.
    """
    if output_format == "sarif" and not failures:
        raise click.UsageError("--format sarif is for --failures: differences alone are no findings")
    from keyflow.cli.deployed import Access
    from keyflow.cli.diff_report import Report, markdown, text
    from keyflow.cli.failures import compared_failures
    from keyflow.cli.sides import Given
    from keyflow.cli.sources import text_of
    from keyflow.cli.workers import workers
    from keyflow.deploy.parameters import pairs
    from keyflow.differences import build_differences
    from keyflow.project import find_project

    told = Given(input=None if given is None else text_of(given, "--input"), stub=stub, effects=effects)
    access = Access(params=pairs(params), region=region, profile=profile, endpoint_url=endpoint_url)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="keyflow-diff-", ignore_cleanup_errors=True)))
        processes = stack.enter_context(workers(2))
        sides = _sides(old, new, find_project(Path.cwd()), access, folder, processes)
        differences = build_differences(*(each.documents for each in sides))
        comparison = None
        if told != Given() and not (failures and any(each.root is None for each in sides)):
            raise click.UsageError("--input, --stub and --effects are for --failures of a side without Python")
        if failures:
            (before, after), (first, second) = sides, processes
            comparison = compared_failures((before, first), (after, second), differences, depth=depth, given=told)
    report = Report(old=sides[0], new=sides[1], differences=differences, comparison=comparison)
    if output_format in ("json", "sarif"):
        from keyflow.cli.diff_data import report_json, report_sarif

        print_json(report_json(report) if output_format == "json" else report_sarif(report))
    else:
        for each in text(report) if output_format == "text" else markdown(report):
            click.echo(each)
    if comparison is not None and comparison.is_worse(strict=strict):
        sys.exit(INPUT_AT_FAULT)
    if exit_code and not differences.is_empty:
        sys.exit(CHANGED)


def _sides(
    old: str, new: str | None, project: Project, access: Access, folder: Path, processes: tuple[Worker, ...]
) -> tuple[Side, Side]:
    """Both sides, with the same names for the same workflows, and where one is a stage, with its values in both.

    Raises:
        KeyflowError: What is wrong with either.
    """
    from keyflow.cli.deployed import stage_reader
    from keyflow.cli.sides import project_side

    names = [old, new]
    folders = [folder / "old", folder / "new"]
    for each in folders:
        each.mkdir()
    readers: list[StageReader | None] = [
        None
        if name is None or not name.startswith(_STAGE)
        else stage_reader(name.removeprefix(_STAGE), project, access)
        for name in names
    ]
    shape = next((reader.shape for reader in readers if reader is not None), None)
    found = [
        None if reader else side_named(name, project, where, worker, shape)
        for name, reader, where, worker in zip(names, readers, folders, processes, strict=True)
    ]
    plain = next((side for side in found if side is not None), None) or project_side(project, folder / "project", shape)
    for index, reader in enumerate(readers):
        if reader is not None:
            found[index] = reader.side(plain.documents.definitions, folders[index])
            other = found[1 - index]
            if other is not None and readers[1 - index] is None:
                found[1 - index] = reader.filled(other, folders[1 - index] / "filled")
    first, second = (side for side in found if side is not None)
    return _aligned(first, second)


def side_named(name: str | None, project: Project, folder: Path, worker: Worker, shape: Shape | None = None) -> Side:
    """What a name on the command line stands for: a file, a folder, or a revision; without one, the project as it is.

    Raises:
        KeyflowError: It stands for nothing, or does not build.
    """
    from keyflow.cli.revisions import revision_side
    from keyflow.cli.sides import file_side, folder_side, project_side

    if name is None:
        return project_side(project, folder, shape)
    if not name.startswith(_REVISION) and (path := _path(name)) is not None:
        return folder_side(path, name) if path.is_dir() else file_side(name)
    return revision_side(name.removeprefix(_REVISION), project, folder, worker, shape)


def _path(name: str) -> Path | None:
    """The file or folder of that name, if there is one."""
    try:
        return Path(name) if name and Path(name).exists() else None
    except (OSError, ValueError):  # no path can be called so
        return None


def _aligned(old: Side, new: Side) -> tuple[Side, Side]:
    """The sides with the new one's names for workflows of files, which may spell them otherwise.

    Raises:
        ProjectError: KF544, a file's definition is none of the other side's.
    """
    from keyflow.diagnostics import Diagnostic, ProjectError, did_you_mean

    if not old.documents.is_part and not new.documents.is_part:
        return old, new
    theirs, ours = old.documents.definitions, new.documents.definitions
    by_letters = {_letters(name): name for name in ours}
    called = {name: by_letters[_letters(name)] for name in theirs if name not in ours and _letters(name) in by_letters}
    if len(theirs) == len(ours) == 1:
        called = dict(zip(theirs, ours, strict=True))
    if not called and not theirs.keys() & ours.keys():
        part, other = (theirs, ours) if old.documents.is_part else (ours, theirs)
        missing = next(iter(part))
        hint = did_you_mean(missing, other) or f"there are {', '.join(sorted(other)) or 'none'}"
        raise ProjectError(Diagnostic("KF544", f"nothing to compare: there is no workflow {missing!r}", hint=hint))
    return old.called(called), new


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
