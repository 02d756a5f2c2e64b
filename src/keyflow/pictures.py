"""Graphs of what was compiled, and what a notebook shows of a definition."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from keyflow.compiler import Compiled, compile_workflow
from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.definition import Definition
from keyflow.dsl.tasks import Task
from keyflow.render import Graph, graph, svg
from keyflow.render.lettering import visible


def graph_of(compiled: Compiled, *, compensation: bool = True) -> Graph:
    """The graph of a compiled workflow, in which each state knows what the definition says that undoes it."""
    return graph(compiled.document, compensation=compensation, undoing=dict(_undoing(compiled)))


def _undoing(compiled: Compiled) -> Iterator[tuple[str, list[str]]]:
    for step in compiled.workflow.steps():
        if isinstance(step, Task) and step.compensations:
            yield step.name, [each.name for each in step.compensations]


def notebook_picture(definition: Definition) -> str:
    """The picture of a definition as HTML; what is wrong with one that does not build, with its lines."""
    try:
        return svg(graph_of(compile_workflow(definition)))
    except DefinitionError as error:
        lines = [f"{definition.name} does not build", *(_shown(each) for each in error.diagnostics)]
        text = "\n".join(visible(line) for line in lines)
        return f"<pre>{escape(text)}</pre>"


def _shown(diagnostic: Diagnostic) -> str:
    place = f"{diagnostic.location}: " if diagnostic.location else ""
    hint = f" (hint: {diagnostic.remedy})" if diagnostic.remedy else ""
    return f"{place}{diagnostic.code}: {diagnostic.message}{hint}"
