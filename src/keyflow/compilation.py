"""The project's workflows, compiled for the routes that lead to them: what a run needs, and a build begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from keyflow.aws import Call
from keyflow.compiler import Compiled, compile_workflow
from keyflow.compiler.analysis.unsent import unsent
from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.api import Route, answer_seconds
from keyflow.dsl.contents import contents, contents_of
from keyflow.dsl.definition import Definition
from keyflow.dsl.deployed import StateMachineArn
from keyflow.loading import Definitions


def compiled_workflows(definitions: Definitions, names: Sequence[str] = ()) -> tuple[Compiled, ...]:
    """The workflows with the given names, all where none is given, compiled for the routes that lead to them.

    Raises:
        ProjectError: KF113, nothing has one of the names.
        DefinitionError: What the definitions have done wrong, of all of them together.
    """
    compiled, diagnostics = compiled_and_wrong(definitions, names)
    if diagnostics:
        raise DefinitionError(*diagnostics)
    return tuple(compiled)


def compiled_and_wrong(definitions: Definitions, names: Sequence[str]) -> tuple[list[Compiled], list[Diagnostic]]:
    """The workflows that compile, and what is wrong with the others."""
    compiled: list[Compiled] = []
    diagnostics: list[Diagnostic] = []
    routes = _routes(definitions)
    for workflow in definitions.select(names).workflows.values():
        try:
            compiled.append(_compiled(workflow, routes.get(workflow, [])))
            never_sent = list(unsent(workflow, routes.get(workflow, [])))
            diagnostics += never_sent if never_sent and workflow.name not in _started(definitions) else []
        except DefinitionError as error:
            diagnostics += error.diagnostics
    return compiled, diagnostics


def _routes(definitions: Definitions) -> Mapping[Definition, Sequence[Route]]:
    """The routes that lead to each workflow."""
    found: dict[Definition, list[Route]] = {}
    for api in definitions.apis.values():
        for route in api.routes:
            if isinstance(route.target, Definition):
                found.setdefault(route.target, []).append(route)
    return found


def _started(definitions: Definitions) -> frozenset[str]:
    """The names of the workflows whose ARNs others have: they may be started with any input."""
    calls = (route for api in definitions.apis.values() for route in api.routes if isinstance(route.target, Call))
    held = chain(
        (each for workflow in definitions.workflows.values() for each in contents(workflow)),
        (each for route in calls for each in contents_of(route.target, route.location)),
    )
    return frozenset(each.workflow for each, _location in held if isinstance(each, StateMachineArn))


def _compiled(workflow: Definition, routes: Sequence[Route]) -> Compiled:
    """The workflow compiled for its routes: how long a caller waits, and what all of them send."""
    provided = frozenset.intersection(*(route.provided for route in routes)) if routes else frozenset()
    return compile_workflow(workflow, answer_within=answer_seconds(routes), provided=provided)
