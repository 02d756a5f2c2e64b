"""What `keyflow diff` compares: a file, a folder of a build, a revision, a stage, or the project as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from keyflow import json_values
from keyflow.build import MANIFEST, Build, build, write
from keyflow.dataclass import dataclass
from keyflow.deploy.stage import put_in_stage
from keyflow.diagnostics import Diagnostic, Location, ProjectError
from keyflow.differences import Documents
from keyflow.differences.builds import Document
from keyflow.dsl.deployed import Parameter, logical_id
from keyflow.files import read_text, write_text
from keyflow.loading import Definitions, load_definitions
from keyflow.project import Project, Stage
from keyflow.verify import FileOrigin, ProjectOrigin, definitions_of
from keyflow.verify.subjects.documents import routes_that_wait

_DEFINITIONS = (".asl.json", ".asl.yaml", ".asl.yml")
_APIS = (".openapi.yaml", ".openapi.yml", ".openapi.json")
_POLICY, _API_POLICY = ".policy.json", ".api-policy.json"


@dataclass(frozen=True, slots=True)
class Shape:
    """A stage, which may have its workflows of another type, and routes that do not wait."""

    name: str
    stage: Stage

    def of(self, definitions: Definitions) -> Definitions:
        """The definitions as the stage has them."""
        put_in_stage(definitions, self.stage, self.name)
        return definitions


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What is known of definitions without Python: as the options of `keyflow verify` have it."""

    input: str | None = None
    stub: str | None = None
    effects: str | None = None


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two that are compared.

    Attributes:
        label: What people call it.
        documents: What it has.
        files: By workflow, the file and the name in it by which its definition is proven.
        api_files: By API, its file.
        root: The folder of the project whose definitions in Python it has; None where there are none.
        shown_root: Where that folder is for whoever reads the result: a revision's was exported for a moment.
        manifest: What its build says of itself.
        parameters: Its parameters, where the definitions were executed here.
    """

    label: str
    documents: Documents
    files: Mapping[str, tuple[str, str]]
    api_files: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None
    shown_root: Path | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] | None = None

    def python_origin(self, workflow: str) -> ProjectOrigin:
        """Where the workflow's definition in Python is, which says itself what must hold."""
        return ProjectOrigin(str(self.root), workflow)

    def document_origin(self, workflow: str, given: Given, *, with_api: bool) -> FileOrigin:
        """Where the workflow's document is, of which only its calls say what must hold."""
        file, name = self.files[workflow]
        api, route = self.route(workflow) if with_api else (None, None)
        return FileOrigin(
            file=file,
            definition=name,
            api=None if api is None else self.api_files[api],
            route=route,
            input=given.input,
            stub=given.stub,
            effects=given.effects,
        )

    def route(self, workflow: str) -> tuple[str, str] | tuple[None, None]:
        """The API, and the route in it, that starts a workflow and waits for its end."""
        placeholder = re.compile(rf"\b{logical_id(workflow)}StateMachine\b")
        for name, document in (self.documents.apis or {}).items():
            for label, operation in routes_that_wait(document):
                templates = operation["x-amazon-apigateway-integration"].get("requestTemplates", "")
                if placeholder.search(json.dumps(templates)):
                    return name, label
        return None, None

    def place(self, workflow: str, state: str, known: Location | None) -> Location | None:
        """The line that a state comes from: the definition's, where there is one, else what is `known`."""
        entry = self._entry(workflow)
        if self.shown_root is None or not entry:
            return known
        file, _colon, line = str(entry.get("states", {}).get(state) or f"{entry['definition']}:1").rpartition(":")
        return Location(str(self.shown_root / file), int(line))

    def sources(self, workflow: str) -> Mapping[str, bytes] | None:
        """The Python that a workflow may come from, by the names of the files; None where there is none.

        That is its own definition file, and those in its folder that it may import: of other definition files, those
        that one of these names in an import.
        """
        entry = self._entry(workflow)
        if self.root is None or not entry:
            return None
        own = self.root / entry["definition"]
        others = {self.root / each["definition"] for each in self.manifest["workflows"].values()} - {own}
        every = {file: file.read_bytes() for file in sorted(own.parent.rglob("*.py")) if file.is_file()}
        found = {file: content for file, content in every.items() if file not in others}
        text = b"\n".join(found.values())
        imported = set(re.findall(rb"\w+", b" ".join(re.findall(rb"^\s*(?:from|import)\s.*", text, re.MULTILINE))))
        found |= {file: every[file] for file in others & every.keys() if file.stem.encode() in imported}
        return {str(file.relative_to(own.parent)): content for file, content in found.items()}

    def _entry(self, workflow: str) -> Mapping[str, Any]:
        found = self.manifest.get("workflows", {}).get(workflow, {})
        return found if isinstance(found, dict) and isinstance(found.get("definition"), str) else {}

    @cached_property
    def defaults(self) -> Mapping[str, str]:
        """The values of parameters that nobody gives, as far as its build says them."""
        workflows = self.manifest.get("workflows", {}).values()
        parameters = (item for each in workflows for item in each.get("parameters", {}).items())
        return {name: each["default"] for name, each in parameters if "default" in each}

    def with_definitions(self, definitions: Mapping[str, Document], folder: Path) -> Side:
        """The same side with other documents, which are written to a folder for their proofs."""
        files = {name: (str(folder / f"{name}.asl.json"), name) for name in definitions}
        for name, document in definitions.items():
            write_text(Path(files[name][0]), json_values.indented(document).decode())
        return replace(self, documents=replace(self.documents, definitions=definitions), files=files, root=None)

    def called(self, names: Mapping[str, str]) -> Side:
        """The same side with other names for its workflows."""
        definitions = {names.get(name, name): each for name, each in self.documents.definitions.items()}
        files = {names.get(name, name): each for name, each in self.files.items()}
        return replace(self, documents=replace(self.documents, definitions=definitions), files=files)


def file_side(file: str) -> Side:
    """A file with a definition, or a template with several.

    Raises:
        ProjectError: KF118, it cannot be read, or has no definition.
    """
    found = definitions_of(file)
    definitions = {each.name: _object(each.document, each.file) for each in found}
    files = {each.name: (file, each.name) for each in found}
    return Side(label=file, documents=Documents(definitions=definitions, is_part=True), files=files)


def folder_side(folder: Path, label: str) -> Side:
    """What a build has written to a folder.

    Raises:
        ProjectError: KF118, a file cannot be read; KF543, there is no definition in it.
    """
    files = sorted(each for each in folder.iterdir() if each.is_file())
    definitions, places = {}, {}
    for file in files:
        if file.name.endswith(_DEFINITIONS):
            (found, *_others) = definitions_of(str(file))
            definitions[found.name] = _object(found.document, str(file))
            places[found.name] = (str(file), found.name)
    apis = {file.name.split(".")[0]: file for file in files if file.name.endswith(_APIS)}
    if not definitions and not apis:
        raise ProjectError(Diagnostic("KF543", f"{label} has no *.asl.json file, so it is no build"))
    manifest = folder / MANIFEST
    return Side(
        label=label,
        documents=Documents(
            definitions=definitions,
            apis={name: _document(file) for name, file in apis.items()},
            policies=_named(files, _POLICY),
            api_policies=_named(files, _API_POLICY),
        ),
        files=places,
        api_files={name: str(file) for name, file in apis.items()},
        manifest=_document(manifest) if manifest.is_file() else {},
    )


def project_side(project: Project, folder: Path, shape: Shape | None) -> Side:
    """The project's definitions as they are now, built into a folder.

    Raises:
        KeyflowError: They do not build.
    """
    result = built(project, folder, shape)
    parameters = {name: each for compiled in result.workflows for name, each in compiled.parameters.items()}
    side = folder_side(folder, "the definitions")
    return replace(side, root=project.root, shown_root=project.root, parameters=parameters)


def built(project: Project, folder: Path, shape: Shape | None) -> Build:
    """What the project's definitions make, for a stage where one is given; written to a folder."""
    definitions = load_definitions(project)
    result = build(project, definitions if shape is None else shape.of(definitions))
    write(result, folder)
    return result


def _named(files: list[Path], ending: str) -> Mapping[str, Document]:
    return {file.name.removesuffix(ending): _document(file) for file in files if file.name.endswith(ending)}


def _document(file: Path) -> Document:
    from keyflow.check.json5 import SyntaxProblem
    from keyflow.check.sources import read

    try:
        return _object(read(str(file), read_text(str(file))).value, str(file))
    except SyntaxProblem as error:
        raise ProjectError(Diagnostic("KF118", f"{file} is neither YAML nor JSON: {error}")) from error


def _object(document: Any, file: str) -> Document:
    if isinstance(document, dict):
        return document
    raise ProjectError(Diagnostic("KF118", f"{file} has no JSON object in it"))
