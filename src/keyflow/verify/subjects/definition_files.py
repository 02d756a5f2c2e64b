"""The definitions in a file: JSON or YAML, or a CloudFormation or SAM template with several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location, ProjectError
from keyflow.files import parse_json, read_text

ENDINGS = (".json", ".yaml", ".yml")
"""How the names of definition files end."""


@dataclass(frozen=True, kw_only=True)
class FileDefinition:
    """A definition as a file has it; `places` are its states' lines, as far as they are known."""

    file: str
    name: str
    text: str
    document: JSON
    places: Mapping[str, Location]


def definitions_of(file: str) -> tuple[FileDefinition, ...]:
    """Every definition in a file.

    Raises:
        ProjectError: KF118, the file cannot be read, is no document, or is a template without a definition.
    """
    text, name = read_text(file), Path(file).name.split(".")[0]
    if file.endswith(".json"):
        document = parse_json(text, file)
        if not _is_template(document):
            return (FileDefinition(file=file, name=name, text=text, document=document, places={}),)
    found = tuple(_positioned(file, name, text))
    if not found:
        raise ProjectError(Diagnostic("KF118", f"the template {file} has no state machine with a definition"))
    return found


def _is_template(document: JSON) -> bool:
    return isinstance(document, dict) and "Resources" in document and "States" not in document


def _positioned(file: str, name: str, text: str) -> Iterator[FileDefinition]:
    """The definitions of YAML, and of templates."""
    from keyflow.check.definition import Definition
    from keyflow.check.embedded import FileReference, definition_at, definitions_in, is_template
    from keyflow.check.json5 import SyntaxProblem
    from keyflow.check.sources import read

    try:
        source = read(file, text)
    except SyntaxProblem as error:
        raise ProjectError(Diagnostic("KF118", f"{file} is neither YAML nor JSON: {error}")) from error
    if not is_template(source.value):
        found = definition_at(source, source.value, (), None)
        yield FileDefinition(file=file, name=name, text=text, document=found.document, places=_places(file, found))
        return
    for each in definitions_in(source):
        match each:
            case Definition():
                own = each.name or name
                yield FileDefinition(file=file, name=own, text=text, document=each.document, places=_places(file, each))
            case FileReference():
                beside = Path(file).parent / each.file
                yield from (_named(other, each.name) for other in definitions_of(str(beside)))
            case _:
                raise ProjectError(Diagnostic("KF118", each.message, Location(file, each.line, each.column)))


def _named(found: FileDefinition, name: str) -> FileDefinition:
    return FileDefinition(file=found.file, name=name, text=found.text, document=found.document, places=found.places)


def _places(file: str, definition: Any) -> Mapping[str, Location]:
    return {name: Location(file, *definition.locate(path, True)) for name, path in _states(definition.document, ())}


def _states(scope: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The states of a scope and of those inside it, each with its path."""
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        here = (*path, "States", name)
        yield name, here
        branches = state.get("Branches") if isinstance(state, dict) else None
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _states(branch, (*here, "Branches", index))
        for key in ("ItemProcessor", "Iterator"):
            yield from _states(state.get(key) if isinstance(state, dict) else None, (*here, key))
