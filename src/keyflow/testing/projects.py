"""The workflows of the project that a test stands in, by their names: executed and compiled once in a run of tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from keyflow.build import build
from keyflow.compiler import Compiled
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.loading import Definitions, load_definitions
from keyflow.project import Project, find_project


def workflow_named(name: str, folder: Path | None) -> Compiled:
    """A workflow of a folder's project, compiled for the routes that lead to it.

    Args:
        name: The workflow's name, as `keyflow run` takes it.
        folder: A folder of the project; None for the current one.

    Raises:
        ProjectError: KF113, the project has no such workflow; or what `load_definitions` raises.
        DefinitionError: the workflow does not compile.
    """
    return _compiled(_root(folder), name)


def definitions_of(folder: Path | None) -> Definitions:
    """All definitions of a folder's project."""
    return _loaded(_root(folder))[1]


def _root(folder: Path | None) -> Path:
    return find_project(folder or Path.cwd()).root


@cache
def _loaded(root: Path) -> tuple[Project, Definitions]:
    project = find_project(root)
    return project, load_definitions(project)


@cache
def _compiled(root: Path, name: str) -> Compiled:
    found = build(*_loaded(root), [name]).workflows
    for each in found:
        if each.workflow.name == name:
            return each
    names = ", ".join(each.workflow.name for each in found)
    raise ProjectError(Diagnostic("KF113", f"{name!r} is an API: name one of its workflows", hint=names or None))
