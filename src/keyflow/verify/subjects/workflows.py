"""Workflows in Python as subjects: the definition itself says what each execution should have done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws.effects import Effect
from keyflow.compiler import Compiled
from keyflow.compiler.layout import ROOT
from keyflow.dsl.api import Api, Route
from keyflow.dsl.authorization import sent_headers
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.maps import Map
from keyflow.dsl.requests import Part
from keyflow.dsl.steps import RawState, Repeat, after_pivot
from keyflow.dsl.tasks import Task
from keyflow.dsl.values import values_of
from keyflow.dsl.workflow import Workflow
from keyflow.engine.paths import parsed
from keyflow.http import as_concrete, openapi_document, placeholders, request_values
from keyflow.http.admission import Door
from keyflow.http.gateway import Answer, Gateway, Request
from keyflow.suggestions.forgotten import effects_of
from keyflow.verify.judges.account import Account
from keyflow.verify.judges.declared import Declared, declared_by_machine
from keyflow.verify.judges.endpoint import Endpoint
from keyflow.verify.judges.workflow import WorkflowJudge
from keyflow.verify.subjects.documents import Document, subject_of_document
from keyflow.verify.subjects.paths import paths_in
from keyflow.verify.subjects.probes import data_in, data_of_items, length_of_sample, probes_of_block
from keyflow.verify.subjects.requests import execution_input, sample_context, sample_request
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.results import Keys, with_default
from keyflow.verify.world.runner import Finder


def subject_of_workflow(compiled: Compiled, apis: Iterable[Api]) -> Subject:
    """The subject that a compiled workflow is, with the route in front of it.

    Where several routes wait for its answer, the first is the one that is looked at.
    """
    endpoint = _endpoint(compiled, apis)
    data: JSON = {}
    if endpoint is not None:
        route, served = endpoint
        context = sample_context(value.keys for value in request_values(route) if value.part is Part.CONTEXT)
        data = execution_input(served.gateway, sample_request(route.request, route.path_parameters), context)
    workflow = compiled.workflow
    if not isinstance(workflow, Workflow):
        written = _subject_as_written(compiled, None if endpoint is None else endpoint[1], data)
        return replace(written, at_least_once=_runs_at_least_once(compiled, apis))
    read, inputs = _reads(compiled, workflow)
    for keys in sorted(inputs, key=len):
        data = with_default(data, keys, f"input.{'.'.join(map(str, keys))}")
    data = _with_forgeries(data, compiled)
    limit = compiled.budget.limit
    account = Account(declared=_declared(compiled, workflow))
    return Subject(
        name=workflow.name,
        machine=compiled.machine,
        judge=WorkflowJudge(workflow, compiled.block, compiled.repeats, account),
        input=data,
        probes=probes_of_block(compiled.block),
        limit=None if limit is None else limit.seconds,
        endpoint=None if endpoint is None else endpoint[1],
        read=read,
        finders=_finders(compiled),
        owned=tuple(value.keys for value in workflow.owned),
        at_least_once=_runs_at_least_once(compiled, apis),
        sources=compiled.sources,
        location=workflow.location,
    )


def _subject_as_written(compiled: Compiled, endpoint: Endpoint | None, data: JSON) -> Subject:
    """The subject that a state machine is whose author keeps the data: judged as any hand-written definition."""
    workflow = compiled.workflow
    given = Document(file=workflow.location.file, name=workflow.name, text="", document=compiled.document, values={})
    subject = subject_of_document(given if endpoint is None else replace(given, input=data))
    limit = subject.limit if endpoint is None else min(subject.limit or endpoint.seconds, endpoint.seconds)
    sources = {**compiled.sources}
    return replace(subject, endpoint=endpoint, limit=limit, sources=sources, location=workflow.location)


_FIX = 'task.compensate(...) undoes it, task.keep("why") says why it may stay, saga=False that nothing is ever undone'


def _declared(compiled: Compiled, workflow: Workflow) -> Declared:
    """What the workflow says of its states, for the account."""
    undoing = {each.name: task.name for task in workflow.tasks() for each in task.compensations}
    undoing |= {task.lookup.name: task.name for task in workflow.tasks() if task.lookup is not None}
    undoing |= {name: undoing[first] for name, first in compiled.repeats.items() if first in undoing}
    steps = [step for step in workflow.steps() if isinstance(step, Task | RawState)]
    kept = frozenset(step.name for step in steps if step.kept is not None or not workflow.saga)
    reads = {task.name for task in workflow.tasks() if task.call.is_read}
    reads |= {name for name, first in compiled.repeats.items() if first in reads}
    shape = declared_by_machine(compiled.machine, {})
    return replace(
        shape,
        ends=None,
        undoing=undoing,
        kept=kept,
        reads=frozenset(reads),
        reports=_reports(compiled, workflow),
        handed_over=tuple(map(repr, workflow.owned)),
        unknown=tuple(_unknown(workflow)),
        fix=_FIX,
        hint='say what undoes it, task.keep("why it may stay"), or that it only reads: call.reads()',
    )


def _unknown(workflow: Workflow) -> Iterator[str]:
    """The tasks of which nobody can know what they do, and nothing is said."""
    passed = after_pivot(workflow.block)
    for task in workflow.tasks() if workflow.saga else ():
        is_silent = not task.compensations and task.kept is None and task not in passed
        if task.call.effect is Effect.UNKNOWN and is_silent:
            yield task.name
    for step in workflow.steps() if workflow.saga else ():
        if isinstance(step, RawState) and step.kept is None and step not in passed:
            for name, effect in effects_of(step):
                if effect is None or effect.effect is Effect.UNKNOWN:
                    yield name


def _reports(compiled: Compiled, workflow: Workflow) -> tuple[str, ...]:
    """The states that tell the dead letter."""
    letter = workflow.dead_letter_call
    names = {step.name for step in workflow.steps()}
    tasks = asl.all_tasks(compiled.machine)
    return tuple(name for name, task in tasks if letter and task.resource == letter.resource and name not in names)


def _finders(compiled: Compiled) -> Mapping[str, Finder]:
    lookups = ((task, task.lookup) for task in compiled.workflow.tasks())
    found = {
        lookup.name: Finder(task.name, lookup.member, lookup.more) for task, lookup in lookups if lookup is not None
    }
    return found | {name: found[first] for name, first in compiled.repeats.items() if first in found}


def _with_forgeries(data: JSON, compiled: Compiled) -> JSON:
    """The input with what looks like results: nothing that a caller sends may be undone, or pass for a failure."""
    owned = {parsed(text).steps or () for text in paths_in(compiled.document) if text.startswith(f"$.{ROOT}.")}
    texts = re.findall(rf"\$states\.input\.({ROOT}(?:\.\w+)+)", json.dumps(compiled.document))
    owned |= {tuple(text.split(".")) for text in texts}
    for keys in sorted(owned, key=len, reverse=True):
        if keys and isinstance(data, dict):
            data = with_default(data, keys, f"forged {keys[-1]}")
    return data


def _endpoint(compiled: Compiled, apis: Iterable[Api]) -> tuple[Route, Endpoint] | None:
    """The first route that answers with the workflow's end."""
    for api in apis:
        for route in api.routes:
            if route.target is compiled.workflow and not route.asynchronous:
                document = openapi_document(api)
                concrete = as_concrete(document, {name: name for name in placeholders(document)})
                operation = concrete["paths"][route.path][route.method]
                gateway = Gateway(operation["x-amazon-apigateway-integration"])
                refusals = _refusals(route, Door(document=concrete, operation=operation))
                return route, Endpoint(route.label, gateway, route.success, route.errors, refusals=refusals)
    return None


def _runs_at_least_once(compiled: Compiled, apis: Iterable[Api]) -> bool | None:
    """Whether an execution may run twice: an Express one may that nobody waits for. None where no route starts it.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html
    """
    if compiled.workflow.type != "EXPRESS":
        return False
    routes = [route for api in apis for route in api.routes if route.target is compiled.workflow]
    return any(route.asynchronous for route in routes) if routes else None


def _refusals(route: Route, door: Door) -> tuple[Answer, ...]:
    """What callers are answered that say nothing of themselves, or are not known; none where everybody may call."""
    unknown = Request(headers=dict.fromkeys(sent_headers(route.authorization), "unknown"))
    answers = (door.context(request, lambda *_asked: None) for request in (Request(), unknown))
    return tuple(answer for answer in answers if isinstance(answer, Answer))


def _reads(compiled: Compiled, workflow: Workflow) -> tuple[Mapping[str, tuple[Keys, ...]], set[Keys]]:
    """The paths that anything reads: of results, by task, and of the input."""
    read: dict[str, dict[Keys, None]] = {}
    inputs: set[Keys] = set()
    for value in _values(compiled.block, workflow):
        for task, keys in data_in(value):
            if task is not None:
                read.setdefault(task, {})[keys] = None
            elif keys:
                inputs.add(keys)
    for around in (step for step in compiled.block.walk() if isinstance(step, Map)):
        for task, keys in data_of_items(around):
            for index in range(length_of_sample(around)):
                if task is None:
                    inputs.add((*keys, index))
                else:
                    read.setdefault(task, {})[(*keys, index)] = None
    read |= {name: read[first] for name, first in compiled.repeats.items() if first in read}
    return {name: tuple(keys) for name, keys in read.items()}, inputs


def _values(block: Block, workflow: Workflow) -> Iterator[Value]:
    step: Step
    for step in block.walk():
        yield from step.values()
        if isinstance(step, Task):
            yield from step.undoing_values()
        if isinstance(step, Map):
            yield from values_in(step.written)
        if isinstance(step, Repeat) and step.until is not None:
            yield from step.until.values()
    letter = workflow.dead_letter_call
    if letter is not None:
        yield from values_of(letter)
