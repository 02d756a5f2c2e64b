"""What a command is given to work on: a workflow of the project or a file, JSON on the line or in a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from keyflow import asl
from keyflow.compilation import compiled_workflows
from keyflow.compiler import Compiled
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.dsl.deployed import Parameter
from keyflow.files import parse_json, read_text
from keyflow.loading import Definitions, load_definitions
from keyflow.project import Project, find_project

_BEGINS_JSON = ("{", "[", '"')


@dataclass(frozen=True, kw_only=True)
class NamedDefinition:
    """A definition by its name: a file's, or that of a workflow of the project.

    `parameters` are those of a workflow; of a file they are not known. `defaults` are the values that a template gives
    its placeholders, and `type` is EXPRESS or STANDARD where a workflow or a template says it. `definitions` are those
    of the project that were made to find the workflow.
    """

    name: str
    document: Any
    project: Project
    compiled: Compiled | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    type: str | None = None
    definitions: Definitions | None = None

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters that the definition names."""
        return self.compiled.parameters if self.compiled is not None else {}

    @property
    def machine(self) -> asl.StateMachine:
        """The definition, parsed.

        Raises:
            CheckError: KF101, it is none.
        """
        return asl.parse(self.document)


_SUFFIXES = (".json", ".json5", ".yaml", ".yml", ".asl", ".template")
_WITHIN = "::"
"""Between a template and the state machine in it: `template.yaml::Orders`."""


def is_file(name: str) -> bool:
    """Whether a name is that of a definition file, or of a definition within a template, rather than of a workflow."""
    return name.partition(_WITHIN)[0].endswith(_SUFFIXES)


def source(name: str) -> NamedDefinition:
    """The definition with this name.

    Raises:
        ProjectError: KF113, the project has no such workflow.
        CheckError: KF113, the file has no such definition, or several; KF118, it cannot be read; KF801, it is no
            document.
    """
    project = find_project(Path.cwd())
    if is_file(name):
        return _of_file(name, project)
    definitions = load_definitions(project, [name])
    chosen = _compiled(name, definitions)
    return NamedDefinition(
        name=chosen.workflow.name,
        document=chosen.document,
        project=project,
        compiled=chosen,
        type=chosen.workflow.type,
        definitions=definitions,
    )


def workflow_named(name: str, project: Project) -> Compiled:
    """The workflow with this name, compiled.

    Raises:
        ProjectError: KF113, the project has no such workflow.
    """
    return _compiled(name, load_definitions(project, [name]))


def _compiled(name: str, definitions: Definitions) -> Compiled:
    compiled = compiled_workflows(definitions, [name])
    if not compiled:
        raise ProjectError(Diagnostic("KF113", f"{name!r} is an API: name one of its workflows"))
    return next((each for each in compiled if each.workflow.name == name), compiled[0])


def _of_file(name: str, project: Project) -> NamedDefinition:
    """The definition in a file, or the one of that name in a template: as `keyflow check` reads it."""
    from keyflow.check import definition_in

    file, _, within = name.partition(_WITHIN)
    chosen, defaults = definition_in(Path(file), within)
    own_name = chosen.name or Path(file).name.split(".")[0]
    return NamedDefinition(
        name=own_name, document=chosen.document, project=project, defaults=defaults, type=chosen.type
    )


def json_of(given: str, option: str) -> Any:
    """The JSON of an argument; `@file` reads a file.

    Raises:
        ProjectError: KF118, the file cannot be read, or the text is not JSON.
    """
    text = text_of(given, option)
    return parse_json(text, given[1:] if given.startswith("@") else option)


def text_of(given: str, option: str) -> str:
    """The argument of an option that is JSON; `@file` stands for the file's text.

    Raises:
        ProjectError: KF118, the file cannot be read, or is named without the `@`.
    """
    if given.startswith("@"):
        return read_text(given[1:])
    if not given.lstrip().startswith(_BEGINS_JSON) and (given.endswith(".json") or os.path.isfile(given)):
        message = f"{option} is JSON, and {given} is the name of a file"
        raise ProjectError(Diagnostic("KF118", message, hint=f"{option} @{given} reads it"))
    return given
