"""Hand-written definitions as subjects: what their calls make and delete is told from the operations' names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from keyflow import asl, bounds
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic, EngineError, Location
from keyflow.dsl.paths import names_in_path
from keyflow.engine.kinds import check_fields
from keyflow.http import without_functions
from keyflow.http.gateway import Gateway
from keyflow.interop.templates import with_operations
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import filled_in
from keyflow.verify.judges.account import Account
from keyflow.verify.judges.declared import Declared, declared_by_machine
from keyflow.verify.judges.endpoint import Endpoint
from keyflow.verify.subjects.guesses import guessed
from keyflow.verify.subjects.paths import paths_in
from keyflow.verify.subjects.probes import Members, data_at, members_of_results, probes_of_machine
from keyflow.verify.subjects.requests import execution_input, sample_request
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.subjects.told_effects import told_effects, told_owned, told_reading
from keyflow.verify.world.results import Keys

_OBJECT_KEY = lazy_pattern(r'"((?:[^"\\]++|\\.)*+)"\s*+:\s*+\{')
_MOST_SCHEMAS = 10_000
"""Schemas that a schema's references may lead to."""
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Document:
    """A definition as its file has it, and what is told beside it.

    `text` is the file's content, `values` are those of its placeholders, `api` an OpenAPI document with the route that
    starts it (`route`: `POST /keys`, where there are several), `effects` says of states what undoes them.
    """

    file: str
    name: str
    text: str
    document: JSON
    values: Mapping[str, str]
    api: JSON = None
    route: str | None = None
    input: JSON = None
    results: Mapping[str, JSON] | None = None
    effects: JSON = None
    places: Mapping[str, Location] = field(default_factory=dict)


def subject_of_document(given: Document) -> Subject:
    """The subject that a hand-written definition is.

    Raises:
        CheckError: KF101, it is no definition; KF106, the API has no route, or several, that start it.
        EngineError: KF610, a field is of the wrong kind; KF702, its conditions tell more values apart than are tried.
    """
    machine = asl.parse(with_operations(filled_in(given.document, given.values)))
    check_fields(machine)
    endpoint = None if given.api is None else _endpoint(given)
    data: JSON = {}
    if endpoint is not None:
        operation, served = endpoint
        names = names_in_path(served.label)
        data = execution_input(served.gateway, sample_request(_schema(operation, given.api), names))
    if given.input is not None:
        data = given.input
    limits = [machine.timeout_seconds, endpoint[1].seconds if endpoint is not None else None]
    members = members_of_results(machine)
    subject = Subject(
        name=given.name,
        machine=machine,
        judge=Account(declared=_declared(given, machine)),
        input=data,
        limit=min((limit for limit in limits if limit is not None), default=None),
        endpoint=None if endpoint is None else endpoint[1],
        read={name: tuple(_read(name, given.document, members)) for name, _task in asl.all_tasks(machine)},
        results=given.results or {},
        sources=given.places or dict(_sources(given, machine)),
        owned=told_owned(machine),
        location=Location(given.file, 1),
    )
    if given.input is None and endpoint is None:
        subject = guessed(subject)
    probes = probes_of_machine(machine, subject.input)
    tested = sum(len(probe.options) for probe in probes)
    if tested > bounds.TESTED_VALUES:
        message = f"the conditions of {given.name} distinguish {tested:,} values; verify tries {bounds.TESTED_VALUES:,}"
        raise EngineError(Diagnostic("KF702", message, Location(given.file, 1), "split the definition"))
    return replace(subject, probes=probes)


def _declared(given: Document, machine: asl.StateMachine) -> Declared:
    """What the definition's shape says of its states, and what is told of their effects."""
    told = told_effects(given.effects, machine, Location(given.file, 1))
    reads = told_reading(given.effects, machine)
    kept = frozenset(name for name, undone_by in told.items() if not undone_by) - reads
    return replace(declared_by_machine(machine, told), kept=kept, reads=reads)


def _sources(given: Document, machine: asl.StateMachine) -> Iterator[tuple[str, Location]]:
    """The line of each state in the file: the first key of its name that an object follows."""
    names = {name for name, _state in asl.all_states(machine)}
    line, counted = 1, 0
    for found in _OBJECT_KEY.finditer(given.text):
        if found[1] in names:
            names.discard(found[1])
            line += given.text.count("\n", counted, found.start())
            counted = found.start()
            yield found[1], Location(given.file, line)


def _read(task: str, document: JSON, members: Members) -> Iterator[Keys]:
    """The paths in a definition that may lead into a task's result: those with a member that it has."""
    for path in paths_in(document):
        for made_by, keys in data_at(path, {task: members.get(task, frozenset())}, None):
            if made_by == task:
                yield keys


# The endpoint.


def _endpoint(given: Document) -> tuple[Mapping[str, Any], Endpoint]:
    """The route that starts the definition and waits for its end, with its operation."""
    found = dict(routes_that_wait(given.api))
    chosen = {label: found[label] for label in found if given.route is None or label == given.route}
    if given.route is None and len(chosen) > 1:
        mentioned = {label: each for label, each in chosen.items() if _mentions(each, given.name)}
        chosen = mentioned or chosen
    if len(chosen) != 1:
        labels = ", ".join(found) or "none"
        message = f"the API has {len(chosen)} routes that could start {given.name} and wait for it"
        raise CheckError(Diagnostic("KF106", message, hint=f"name one with --route: {labels}"))
    ((label, operation),) = chosen.items()
    return operation, Endpoint(label, Gateway(operation["x-amazon-apigateway-integration"]))


def routes_that_wait(api: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The operations of an OpenAPI document behind which StartSyncExecution stands, by `METHOD /path`."""
    api = without_functions(api)
    paths = api.get("paths", {}) if isinstance(api, dict) else {}
    for path, item in paths.items():
        for method, operation in item.items():
            integration = operation.get("x-amazon-apigateway-integration", {}) if method in _METHODS else {}
            if "StartSyncExecution" in str(integration.get("uri", "")):
                yield f"{method.upper()} {path}", operation


def _mentions(operation: Mapping[str, Any], name: str) -> bool:
    """Whether a request template names a state machine that is called like the definition."""
    templates = str(operation["x-amazon-apigateway-integration"].get("requestTemplates", ""))
    return _letters(name) in _letters(templates)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _schema(operation: Mapping[str, Any], api: Any) -> Mapping[str, Any] | None:
    """The JSON Schema of the request's body, its references followed."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema")
    return None if schema is None else _resolved(schema, api, 0, itertools.count())


def _resolved(schema: Any, api: Any, depth: int, resolved: Iterator[int]) -> Any:
    match schema:
        case {"$ref": str(reference)} if depth < 8:
            if next(resolved) > _MOST_SCHEMAS:
                raise CheckError(Diagnostic("KF106", f"the schema refers to more than {_MOST_SCHEMAS:,} others"))
            target: Any = api
            for key in reference.removeprefix("#/").split("/"):
                target = target.get(key, {}) if isinstance(target, dict) else {}
            return _resolved(target, api, depth + 1, resolved)
        case dict():
            return {key: _resolved(value, api, depth, resolved) for key, value in schema.items()}
        case _:
            return schema
