"""The project's definitions to the artefacts in `build/`: everything is made before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from keyflow import asl, json_values
from keyflow.compilation import compiled_and_wrong
from keyflow.compiler import Compiled
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, DefinitionError, Diagnostic, ProjectError, Severity
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.files import write_whole
from keyflow.garbage import HARDLY_EVER, seldom_collected
from keyflow.loading import Definitions
from keyflow.policies import api_policy, policy_warnings, wide_permissions, workflow_policy
from keyflow.project import Project

MANIFEST = "manifest.json"
_PICTURE = ".svg"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of the build: its name inside the output folder, and its bytes."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The content's hash, in hexadecimal."""
        import hashlib

        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Build:
    """What a build makes: the compiled workflows, the APIs, and the files, all in the order of their names.

    `against_rules` are the warnings that the rules of `keyflow check` have of the state machines.
    """

    definitions: Definitions
    workflows: tuple[Compiled, ...]
    artefacts: tuple[Artefact, ...]
    against_rules: tuple[Diagnostic, ...] = ()

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What does not stop the build: of the workflows, and of what their roles and the APIs' are allowed."""
        compiled = (warning for each in self.workflows for warning in each.warnings)
        owners: tuple[Definition | Api, ...] = (*(each.workflow for each in self.workflows), *self.apis)
        return (*compiled, *self.against_rules, *(warning for owner in owners for warning in policy_warnings(owner)))

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs that were built."""
        return tuple(self.definitions.apis.values())


@seldom_collected(HARDLY_EVER)
def build(project: Project, definitions: Definitions, names: Sequence[str] = (), *, graphs: bool = False) -> Build:
    """Compiles and validates; writes nothing.

    Args:
        project: The project, whose root the manifest's locations are relative to.
        definitions: All its definitions.
        names: The workflows and APIs to build; with none, all of them, and the manifest.
        graphs: Whether each workflow has a picture beside its definition.

    Raises:
        ProjectError: KF113, nothing has one of the names.
        DefinitionError: What the definitions have done wrong, of all of them together.
        CheckError: KF102, what was made is not valid by the schema, which is keyflow's own mistake.
    """
    compiled, diagnostics = compiled_and_wrong(definitions, names)
    artefacts: list[Artefact] = []
    definitions = definitions.select(names)
    for api in definitions.apis.values():
        try:
            artefacts += _api_artefacts(api)
        except DefinitionError as error:
            diagnostics += error.diagnostics
    if diagnostics:
        raise DefinitionError(*diagnostics)
    warnings: list[Diagnostic] = []
    for each in compiled:
        artefacts += _workflow_artefacts(each)
        artefacts += [_picture(each)] if graphs else []
        found = list(_against_rules(each))
        diagnostics += [problem for problem in found if problem.severity is Severity.ERROR]
        warnings += [problem for problem in found if problem.severity is not Severity.ERROR]
    if diagnostics:
        raise DefinitionError(*diagnostics)
    artefacts.sort(key=lambda artefact: artefact.name)
    if not names:
        artefacts.append(Artefact(MANIFEST, json_values.indented(_manifest(project, definitions, compiled, artefacts))))
    return Build(definitions, tuple(compiled), tuple(artefacts), tuple(warnings))


def _workflow_artefacts(compiled: Compiled) -> Iterator[Artefact]:
    document = compiled.document
    problems = asl.validate(document)
    if problems:
        raise CheckError(*problems)
    name = compiled.workflow.name
    yield Artefact(f"{name}.asl.json", json_values.indented(document))
    yield Artefact(f"{name}.policy.json", json_values.indented(workflow_policy(compiled)))


def _picture(compiled: Compiled) -> Artefact:
    from keyflow.pictures import graph_of
    from keyflow.render import svg

    return Artefact(f"{compiled.workflow.name}{_PICTURE}", svg(graph_of(compiled)).encode())


def _against_rules(compiled: Compiled) -> Iterator[Diagnostic]:
    """What the rules of `keyflow check` have against a state machine, at the lines that its states come from."""
    from keyflow.check.unwritten import findings_in

    for rule, finding in findings_in(compiled.document, compiled.workflow.type):
        states = [str(name) for before, name in pairwise(finding.path) if before == "States"]
        location = next(
            (compiled.sources[name] for name in reversed(states) if name in compiled.sources),
            compiled.workflow.location,
        )
        message = f"{finding.message} (state {states[-1]!r})" if states else finding.message
        yield Diagnostic(rule.code, message, location, finding.hint, rule.severity)


def _api_artefacts(api: Api) -> Iterator[Artefact]:
    from keyflow.http import as_template, openapi_document

    yield Artefact(f"{api.name}.openapi.yaml", _yaml(as_template(openapi_document(api))))
    yield Artefact(f"{api.name}.api-policy.json", json_values.indented(api_policy(api)))


def _manifest(
    project: Project, definitions: Definitions, compiled: Sequence[Compiled], artefacts: Sequence[Artefact]
) -> Mapping[str, Any]:
    """What was made of what: parameters, hashes, and the line that each state comes from."""
    return {
        "artefacts": {
            artefact.name: {"bytes": len(artefact.content), "sha256": artefact.sha256} for artefact in artefacts
        },
        "workflows": {each.workflow.name: _workflow_entry(project, definitions, each) for each in compiled},
        "apis": {
            api.name: {
                "definition": definitions.files[api.name],
                "routes": [f"{route.method.upper()} {route.path}" for route in api.routes],
                **_wide(project, api),
            }
            for api in definitions.apis.values()
        },
    }


def _workflow_entry(project: Project, definitions: Definitions, compiled: Compiled) -> Mapping[str, Any]:
    return {
        "definition": definitions.files[compiled.workflow.name],
        "type": compiled.workflow.type,
        "parameters": {
            name: {
                key: value
                for key, value in (
                    ("description", parameter.description),
                    ("default", parameter.default),
                    ("type", None if parameter.is_text else parameter.json_type or "any"),
                    ("secret", parameter.secret),
                )
                if value
            }
            for name, parameter in sorted(compiled.parameters.items())
        },
        "states": {name: project.line(location) for name, location in sorted(compiled.sources.items())},
        **_wide(project, compiled.workflow),
    }


def _wide(project: Project, owner: Definition | Api) -> Mapping[str, Any]:
    """The permissions that are wider than what the calls are about, and why; no entry where there are none."""
    found = [
        {
            "call": each.call,
            "action": each.action,
            "resource": each.resource,
            "why": each.why,
            "line": project.line(each.location),
        }
        for each in wide_permissions(owner)
    ]
    return {"wide_permissions": found} if found else {}


def _yaml(document: Any) -> bytes:
    import yaml

    class Dumper(yaml.CSafeDumper if hasattr(yaml, "CSafeDumper") else yaml.SafeDumper):  # type: ignore[misc]
        """Writes texts of several lines as blocks, and no aliases."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    dumped: str = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return dumped.encode()


def write(result: Build, out: Path) -> None:
    """Writes the artefacts into a folder: each whole or not at all, and only where its bytes have changed.

    Files that an earlier build made of definitions that are gone are removed.

    Raises:
        ProjectError: KF115, the folder cannot be written.
    """
    stale = stale_files(result, out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for artefact in result.artefacts:
            write_whole(out / artefact.name, artefact.content)
        for name in stale:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(Diagnostic("KF115", f"cannot write to {out}: {error.strerror}")) from error


def stale_files(result: Build, out: Path) -> list[str]:
    """The files that the manifest in the folder lists and a whole build does not make; none for a part of one."""
    made = {artefact.name for artefact in result.artefacts}
    if MANIFEST not in made:
        return []
    try:
        listed = json.loads((out / MANIFEST).read_bytes())["artefacts"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return sorted(name for name in listed if name not in made and Path(name).name == name)


def differences(result: Build, out: Path) -> tuple[Diagnostic, ...]:
    """How a folder differs from the build: KF116 for each file that is missing, old, or left over."""
    found = []
    hint = "run `keyflow build`"
    for artefact in result.artefacts:
        file = out / artefact.name
        if not file.is_file():
            found.append(f"{file} is missing")
        elif file.read_bytes() != artefact.content:
            found.append(f"{file} is not what the definitions say")
    for name in stale_files(result, out):
        if name.removesuffix(_PICTURE) in result.definitions.workflows:
            found.append(f"{out / name} is a picture, and this build makes none")
            hint = "add --graphs, or set graphs = true in the configuration; or run `keyflow build`, which removes it"
        else:
            found.append(f"{out / name} has no definition any more")
    return tuple(Diagnostic("KF116", message, hint=hint) for message in found)
