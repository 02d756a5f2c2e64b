"""Files to diagnostics: what a file is, which rules it is held to, and where each finding stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path as FilePath
from typing import Any

from keyflow.asl import JSON
from keyflow.check.api import is_api, operations
from keyflow.check.api_rules import api_rules
from keyflow.check.cloudformation import Overflow, with_placeholders, with_values
from keyflow.check.definition import Definition
from keyflow.check.embedded import (
    FileReference,
    NoDefinition,
    definition_at,
    definitions_in,
    is_template,
    substitutions,
)
from keyflow.check.json5 import SyntaxProblem
from keyflow.check.rule import Finding, Rule
from keyflow.check.rules import definition_rules
from keyflow.check.sources import SourceText, read
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic, Location, Severity, few_hints
from keyflow.files import Unreadable, text_of
from keyflow.placeholders import filled, filled_in

UNREADABLE = "KF801"
_DEPTH = 1
"""How far a template's references to files are followed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is checked and how it counts: severities by code or name (None: not at all), and the
    type where no file says it.
    """

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    type: str | None = None

    def severity(self, rule: Rule[Any]) -> Severity | None:
        """How much a rule's findings matter; None where they do not."""
        if not self.severities:
            return rule.severity
        return self.severities.get(rule.code, self.severities.get(rule.name, rule.severity))


def check_file(file: FilePath, settings: Settings | None = None) -> tuple[Diagnostic, ...]:
    """What the rules have against a file, in the order of its lines.

    Raises:
        CheckError: KF118, it cannot be read.
    """
    return check_text(str(file), _text(file), settings)


def definitions_of(file: FilePath, values: Mapping[str, str] | None = None) -> Iterator[Definition]:
    """The definitions in a file: itself, or those of a template and of the files that it refers to.

    Args:
        file: The file.
        values: What stands for `${NAME}`, by name, put in as text before anything is read; for `!Ref NAME`, too.

    Raises:
        CheckError: KF118, a file cannot be read; KF801, something is no document.
    """
    given = values or {}
    source = _source(file, given)
    if not is_template(source.value):
        bare = definition_at(source, source.value, (), None)
        yield replace(bare, document=_with_functions(bare.document, str(file)))
        return
    for found in definitions_in(source):
        match found:
            case Definition():
                yield replace(found, document=with_values(found.document, given))
            case NoDefinition(line, column, message):
                raise CheckError(Diagnostic(UNREADABLE, message, Location(str(file), line, column)))
            case FileReference(name, other, machine_type):
                inner = _source(_referred(file, other), given)
                yield replace(definition_at(inner, inner.value, (), machine_type), name=name)


def _with_functions(document: JSON, file: str) -> JSON:
    """A definition that a template is to include, with its functions as placeholders: `!GetAtt Job.Arn`."""
    try:
        return with_placeholders(document)
    except Overflow as error:
        raise CheckError(Diagnostic(UNREADABLE, str(error), Location(file, 1))) from error


def deployed_definitions(file: FilePath, machine_type: str | None = None) -> Iterator[Definition]:
    """The definitions in a file as a deployment has them: with what their template puts in.

    Args:
        file: The file.
        machine_type: EXPRESS or STANDARD, for those of which no file says it.

    Raises:
        CheckError: as `definitions_of`.
    """
    template = _source(file, {}).value
    for each in definitions_of(file):
        found = _substituted(each, substitutions(template, each.name))
        yield found if found.type is not None else replace(found, type=machine_type)


def definition_in(file: FilePath, within: str = "") -> tuple[Definition, Mapping[str, str]]:
    """The definition in a file, or the one of that name in a template, and what the template puts into it.

    Raises:
        CheckError: KF113, the file has no such definition, or several; others as `definitions_of`.
    """
    every = list(definitions_of(file))
    found = [each for each in every if within in ("", each.name)]
    if len(found) != 1:
        names = ", ".join(sorted(str(each.name) for each in every))
        message = f"{file} has these definitions: {names}" if names else f"{file} has no definition"
        hint = f"name one: {file}::NAME" if names else None
        raise CheckError(Diagnostic("KF113", message, hint=hint))
    return found[0], substitutions(_source(file, {}).value, found[0].name)


def _source(file: FilePath, values: Mapping[str, str]) -> SourceText:
    text = filled(_text(file), values)
    try:
        return read(str(file), text)
    except SyntaxProblem as problem:
        raise CheckError(_no_document(str(file), text, problem)) from problem


def _referred(template: FilePath, name: str) -> FilePath:
    """The file that a template refers to, in the folder of the template, of its project, or the current one.

    Raises:
        CheckError: KF118, it lies elsewhere: a template of others may name any file, whose lines would then be shown.
    """
    from keyflow.project import find_project

    folder = template.parent
    roots = (folder, find_project(folder).root, FilePath.cwd())
    try:
        target = (folder / name).resolve()
        if any(target.is_relative_to(root.resolve()) for root in roots):
            return folder / name
    except (OSError, RuntimeError, ValueError):
        pass
    message = f"{name} lies outside of the folder of the template, and is not read"
    raise CheckError(Diagnostic("KF118", message, Location(str(template), 1), "name the file itself"))


def _text(file: FilePath) -> str:
    try:
        return text_of(file, encoding="utf-8-sig")
    except Unreadable as error:
        raise CheckError(Diagnostic("KF118", str(error))) from error


def _no_document(file: str, text: str, problem: SyntaxProblem) -> Diagnostic:
    line = text.count("\n", 0, problem.offset) + 1
    column = problem.offset - (text.rfind("\n", 0, problem.offset) + 1) + 1
    return Diagnostic(UNREADABLE, f"this is no document: {problem}", Location(file, line, column))


def check_text(file: str, text: str, settings: Settings | None = None) -> tuple[Diagnostic, ...]:
    """What the rules have against a file's text; its name says whether it is YAML."""
    with few_hints():
        return tuple(_sorted(_check(file, text, settings or Settings(), 0)))


def _sorted(diagnostics: Iterator[Diagnostic]) -> list[Diagnostic]:
    def place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
        location = diagnostic.location or Location("", 0)
        return (location.file, location.line, location.column or 0, diagnostic.code)

    return sorted(dict.fromkeys(diagnostics), key=place)


def _check(
    file: str, text: str, settings: Settings, depth: int, values: Mapping[str, str] | None = None
) -> Iterator[Diagnostic]:
    """`values` are what a template puts into the definition of the file."""
    try:
        source = read(file, text)
    except SyntaxProblem as problem:
        yield _no_document(file, text, problem)
        return
    if is_api(source.value):
        yield from _api(source, settings)
    elif is_template(source.value):
        yield from _template(source, settings, depth)
    else:
        definition = definition_at(source, source.value, (), settings.type)
        yield from _definition(source, _substituted(definition, values or {}), settings)


def _template(source: SourceText, settings: Settings, depth: int) -> Iterator[Diagnostic]:
    for found in definitions_in(source):
        match found:
            case Definition():
                values = substitutions(source.value, found.name)
                yield from _definition(source, _substituted(found, values), settings)
            case NoDefinition(line, column, message):
                text = f"this is no definition: {message}"
                yield Diagnostic(UNREADABLE, text, Location(source.file, line, column))
            case FileReference(resource, name, machine_type):
                values = substitutions(source.value, resource)
                inner = replace(settings, type=machine_type)
                try:
                    other = _referred(FilePath(source.file), name)
                    if depth < _DEPTH and other.is_file():
                        yield from _check(str(other), _text(other), inner, depth + 1, values)
                except CheckError as error:
                    yield from error.diagnostics


def _substituted(definition: Definition, values: Mapping[str, str]) -> Definition:
    """The definition with what its template puts in; places stay those of the file."""
    if not values:
        return definition
    return replace(definition, document=filled_in(with_values(definition.document, values), values, stand_ins=False))


def _definition(source: SourceText, definition: Definition, settings: Settings) -> Iterator[Diagnostic]:
    for rule in definition_rules().values():
        severity = settings.severity(rule)
        for finding in rule.check(definition) if severity is not None else ():
            place = definition.locate(finding.path, finding.on_key)
            edit = None if finding.fix is None else definition.edit(finding.path, finding.on_key, finding.fix)
            for each in _diagnostic(source, rule, finding, finding.message, place, settings):
                yield each if edit is None else replace(each, edit=edit)


def _api(source: SourceText, settings: Settings) -> Iterator[Diagnostic]:
    for operation in operations(source.value):
        for rule in api_rules().values():
            for finding in rule.check(operation) if settings.severity(rule) is not None else ():
                place = source.place((*operation.path, *finding.path), key=finding.on_key)
                yield from _diagnostic(source, rule, finding, f"{operation.label}: {finding.message}", place, settings)


def _diagnostic(
    source: SourceText, rule: Rule[Any], finding: Finding, message: str, place: tuple[int, int], settings: Settings
) -> Iterator[Diagnostic]:
    """The finding at its place, unless a comment there takes it out."""
    codes = source.ignored.get(place[0])
    severity = settings.severity(rule)
    if severity is not None and (codes is None or (codes and rule.names.isdisjoint(codes))):
        yield Diagnostic(rule.code, message, Location(source.file, *place), finding.hint, severity)
