"""A revision of git as a side of a comparison: its tree, exported, and its definitions, built in another process."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from keyflow.cli.sides import Shape, Side, built, folder_side
from keyflow.cli.workers import Worker, await_all
from keyflow.diagnostics import Diagnostic, KeyflowError, Location, ProjectError
from keyflow.project import Project, find_project


def revision_side(revision: str, project: Project, folder: Path, worker: Worker, shape: Shape | None) -> Side:
    """The project as it is at a revision. Its definitions are executed, by another process.

    Args:
        revision: Whatever `git rev-parse` takes for a commit.
        project: The project as it is now, which lies in the repository.
        folder: An empty folder, to which the revision's files and its build are written.
        worker: The process that builds it, and in which its definitions stay.
        shape: The stage for which it is built; None for none.

    Raises:
        ProjectError: KF540, there is no such revision; KF541, git fails; KF542, the definitions there do not build.
    """
    tree, out = folder / "tree", folder / "build"
    prefix = _git(project.root, "rev-parse", "--show-prefix").decode().strip()
    _export(_commit(revision, project.root), project.root, tree)
    root = tree / prefix
    building = worker.submit(_build, root, out, shape)
    await_all([building], revision, "building")
    try:
        building.result()
    except KeyflowError as error:
        raise ProjectError(*_not_built(revision, tree, error.diagnostics)) from error
    except BrokenProcessPool as error:
        raise ProjectError(
            Diagnostic("KF542", f"{revision} does not build: its definitions end the process")
        ) from error
    return replace(folder_side(out, revision), root=root, shown_root=project.root)


def _build(root: Path, out: Path, shape: Shape | None) -> None:
    """Builds the project in a folder."""
    built(find_project(root), out, shape)


def _not_built(revision: str, tree: Path, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is wrong with the definitions, at lines of the revision's files."""

    def place(location: Location | None) -> Location | None:
        if location is None or not Path(location.file).is_relative_to(tree):
            return None
        return Location(f"{revision}:{Path(location.file).relative_to(tree)}", location.line, location.column)

    return [
        Diagnostic("KF542", f"{revision} does not build: {each.code}: {each.message}", place(each.location))
        for each in found
    ]


def _commit(revision: str, root: Path) -> str:
    """The hash of a revision's commit.

    Raises:
        ProjectError: KF540, git knows none.
    """
    unknown = ProjectError(Diagnostic("KF540", f"{revision!r} is no file, no folder and no revision of git"))
    if "\0" in revision or not revision:
        raise unknown
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    done = _run(root, *asked)
    if done.returncode != 0:
        raise unknown
    return done.stdout.decode().split()[-1]


def _export(commit: str, root: Path, tree: Path) -> None:
    """The files of a commit, all of the repository; links that lead out of it are left out.

    Raises:
        ProjectError: KF541, git fails.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    file = tree.with_suffix(".tar")
    _git(top, "archive", "--format=tar", f"--output={file}", commit)  # in a folder of the repository, only that one
    with tarfile.open(file) as archive:
        archive.extraction_filter = _inside
        archive.extractall(tree)  # noqa: S202  git wrote it, and `_inside` looks at each member


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    """What git prints.

    Raises:
        ProjectError: KF541, it fails.
    """
    done = _run(root, *arguments)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise ProjectError(Diagnostic("KF541", f"git: {said[0].removeprefix('fatal: ')}"))
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  no shell reads it
            ["git", *arguments],  # noqa: S607  whichever the user has
            cwd=root,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise ProjectError(Diagnostic("KF541", f"git cannot be run: {error.strerror}")) from error
