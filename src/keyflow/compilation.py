"""The project's workflows, compiled for the routes that lead to them: what a run needs, and a build begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keyflow.compiler import Compiled, compile_workflow
from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.api import Route
from keyflow.dsl.definition import Definition
from keyflow.project import Definitions


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


def _compiled(workflow: Definition, routes: Sequence[Route]) -> Compiled:
    """The workflow compiled for its routes: whether a caller waits, and what all of them send."""
    synchronous = any(not route.asynchronous for route in routes)
    provided = frozenset.intersection(*(route.provided for route in routes)) if routes else frozenset()
    return compile_workflow(workflow, synchronous=synchronous, provided=provided)
