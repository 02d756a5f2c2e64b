"""Definitions inside CloudFormation and SAM templates: as objects, as text, or in a file beside the template.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html and
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.check.cloudformation import Overflow, joined, with_placeholders, with_plain_names
from keyflow.check.definition import Definition
from keyflow.check.json5 import SyntaxProblem
from keyflow.check.paths import Path
from keyflow.check.sources import SourceText, read
from keyflow.dataclass import dataclass

_STATE_MACHINES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")


@dataclass(frozen=True, slots=True)
class NoDefinition:
    """Text inside a template that is no definition: where, and why."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class FileReference:
    """A definition that a resource of this name takes from a file; its path is relative to the template."""

    name: str
    file: str
    type: str | None


def is_template(document: JSON) -> bool:
    """Whether a document is a template with resources."""
    resources = document.get("Resources") if isinstance(document, dict) else None
    return isinstance(resources, dict) and any(isinstance(each, dict) and "Type" in each for each in resources.values())


def definitions_in(source: SourceText) -> Iterator[Definition | NoDefinition | FileReference]:
    """Every definition of a template."""
    resources: dict[str, Any] = source.value["Resources"]
    read = 0
    for name, resource in resources.items():
        if not isinstance(resource, dict) or resource.get("Type") not in _STATE_MACHINES:
            continue
        properties = resource.get("Properties")
        if not isinstance(properties, dict):
            continue
        path: Path = ("Resources", name, "Properties")
        machine_type = _type(resource["Type"], properties)
        try:
            if isinstance(properties.get("Definition"), dict):
                found = definition_at(source, properties["Definition"], (*path, "Definition"), machine_type)
                yield replace(found, document=with_placeholders(found.document), name=name)
            text_path, text = _text(properties.get("DefinitionString"), (*path, "DefinitionString"))
            read += len(text or "")
            if read > bounds.FILE_BYTES:
                raise Overflow(
                    f"the template's definitions have more than {bounds.FILE_BYTES / 1_000_000:g} MB of text"
                )
        except Overflow as error:
            yield NoDefinition(*source.place(path), str(error))
            return
        if text is not None:
            inner = _inner(source, text_path, text, machine_type)
            if isinstance(inner, Definition):
                inner = replace(inner, document=with_plain_names(inner.document), name=name)
            yield inner
        uri = properties.get("DefinitionUri")
        if isinstance(uri, str) and not uri.startswith("s3://") and "${" not in uri:
            yield FileReference(name, uri, machine_type)


def substitutions(document: JSON, name: str | None) -> dict[str, str]:
    """What a template's resource puts into its definition for `${NAME}`, as far as the template itself says it.

    A text or a number is that; of a `Ref` to a parameter of the template, its default.
    """
    if name is None or not isinstance(document, dict) or not is_template(document):
        return {}
    properties = document["Resources"][name].get("Properties", {})
    given = properties.get("DefinitionSubstitutions")
    parameters = document.get("Parameters")
    known = parameters if isinstance(parameters, dict) else {}
    values: dict[str, str] = {}
    for key, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, dict) and value.keys() == {"Ref"} and isinstance(known.get(value["Ref"]), dict):
            value = known[value["Ref"]].get("Default")
        if isinstance(value, str | int | float):
            values[key] = value if isinstance(value, str) else json.dumps(value)
    return values


def _type(resource_type: str, properties: dict[str, Any]) -> str | None:
    """EXPRESS or STANDARD; a template that says nothing means STANDARD, one that says a parameter is not known."""
    key = "Type" if resource_type == _STATE_MACHINES[0] else "StateMachineType"
    found = properties.get(key, "STANDARD")
    return found if found in ("EXPRESS", "STANDARD") else None


def definition_at(source: SourceText, document: JSON, base: Path, machine_type: str | None) -> Definition:
    """The definition that lies at a path of a source."""
    duplicates = tuple(path[len(base) :] for path in source.duplicates if path[: len(base)] == base)

    def locate(path: Path, key: bool) -> tuple[int, int]:
        return source.place((*base, *path), key=key)

    return Definition(
        document=document,
        locate=locate,
        type=machine_type,
        size=len(source.text.encode()) if not base else 0,
        duplicates=duplicates,
        file=source.file,
        word=lambda path: source.word((*base, *path)),
        edit=lambda path, key, new: source.edit((*base, *path), new, key=key),
    )


def _text(value: JSON, path: Path) -> tuple[Path, str | None]:
    """The text of a DefinitionString, and where it stands: by itself, in Fn::Sub, or in pieces in Fn::Join."""
    match value:
        case {"Fn::Sub": [str(text), *_]} | {"Fn::Sub": str(text)} | str(text):
            return path, text
        case {"Fn::Join": _}:
            return path, joined(value)
        case _:
            return path, None


def _inner(source: SourceText, path: Path, text: str, machine_type: str | None) -> Definition | NoDefinition:
    """A definition in a text of its own: its lines are counted from where the text begins."""
    line, column = source.place(path)
    first = source.lines[line - 1][column - 1 :] if source.text else ""
    is_block = source.is_yaml and first.lstrip("!Sub ").startswith(("|", ">"))
    indent = _indent(source, line) if is_block else 0

    def outer(position: tuple[int, int]) -> tuple[int, int]:
        if not is_block:
            return line, column
        return line + position[0], position[1] + indent

    try:
        inner = read(f"{source.file}.json", text)
    except SyntaxProblem as problem:
        before = text[: problem.offset]
        place = outer((before.count("\n") + 1, problem.offset - before.rfind("\n")))
        return NoDefinition(*place, str(problem))
    return Definition(
        document=inner.value,
        locate=lambda inner_path, key: outer(inner.place(inner_path, key=key)),
        type=machine_type,
        size=len(text.encode()),
        duplicates=inner.duplicates,
        file=source.file,
    )


def _indent(source: SourceText, line: int) -> int:
    following = source.lines[line] if line < len(source.lines) else ""
    return len(following) - len(following.lstrip())
