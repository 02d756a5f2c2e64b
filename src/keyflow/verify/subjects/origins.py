"""Where subjects come from: projects and files, told in a form that another process can load anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keyflow.asl import JSON
from keyflow.build import build
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.engine import Success, stubs_from
from keyflow.files import parse_json, read_text
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify.subjects.definition_files import definitions_of
from keyflow.verify.subjects.documents import Document, subject_of_document
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.subjects.workflows import subject_of_workflow


@dataclass(frozen=True, slots=True)
class ProjectOrigin:
    """A workflow of the project that a folder belongs to."""

    folder: str
    workflow: str

    def load(self) -> Subject:
        """Executes the definitions and compiles the workflow."""
        project = find_project(Path(self.folder))
        definitions = load_definitions(project)
        (compiled,) = (
            each
            for each in build(project, definitions, [self.workflow]).workflows
            if each.workflow.name == self.workflow
        )
        return subject_of_workflow(compiled, definitions.apis.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class FileOrigin:
    """A definition file, and the files that tell more of it.

    `definition` is the name of the one that is meant, where a template has several; `parameters` are the values of
    placeholders; `input` is JSON text.
    """

    file: str
    definition: str | None = None
    api: str | None = None
    route: str | None = None
    input: str | None = None
    stub: str | None = None
    effects: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    def load(self) -> Subject:
        """Reads the files.

        Raises:
            ProjectError: KF118, a file cannot be read, or is neither JSON nor YAML.
        """
        found = definitions_of(self.file)
        definition = next((each for each in found if each.name == self.definition), found[0])
        effects = None if self.effects is None else parse_json(read_text(self.effects), self.effects)
        stub = None if self.stub is None else parse_json(read_text(self.stub), self.stub)
        return subject_of_document(
            Document(
                file=definition.file,
                name=definition.name,
                text=definition.text,
                document=definition.document,
                places=definition.places,
                values=dict(self.parameters),
                api=None if self.api is None else _yaml(self.api),
                route=self.route,
                input=None if self.input is None else parse_json(self.input, "--input"),
                results=None if stub is None else _results(stub, definition.name),
                effects=effects,
            )
        )


def _results(document: JSON, machine: str) -> dict[str, JSON]:
    """The results that a stub file gives; its errors are what verification tries by itself."""
    stubs = stubs_from(document, machine, None)
    return {name: answer.result for name, answer in stubs.answers.items() if isinstance(answer, Success)}


def _yaml(file: str) -> Any:
    from keyflow.check.json5 import SyntaxProblem
    from keyflow.check.sources import read

    try:
        return read(f"{file}.yaml", read_text(file)).value
    except SyntaxProblem as error:
        raise ProjectError(Diagnostic("KF118", f"{file} is neither YAML nor JSON: {error}")) from error
