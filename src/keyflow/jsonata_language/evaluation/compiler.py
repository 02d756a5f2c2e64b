"""Nodes to functions: each node becomes a function of the value at which it stands and of the names.

What JSONata 2.0.6 does is the measure, its oddities included: when a sequence of one becomes that one, what a filter
makes of arrays, which calls are made last.
Source: https://docs.jsonata.org/processing
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from keyflow.jsonata_language.calls import DEEPEST, Code, Evaluate, Frame, late
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation import calling, construction, filters, groups, members, operators, paths
from keyflow.jsonata_language.syntax import nodes
from keyflow.jsonata_language.syntax.nodes import Node, Step, bare, keeps_array
from keyflow.jsonata_language.values import NOTHING, Document, Items


def code_of(node: Node, *, is_body: bool = False) -> Code:
    """An expression as it is evaluated, or the body of a function, whose last calls are made when it is over."""

    def compiled(compiler: Compiler) -> Evaluate:
        return compiler.part(node, 1, is_last=is_body)

    plain = Compiler(is_guarded=False)
    return Code(compiled(plain), plain.deepest, late(lambda: compiled(Compiler(is_guarded=True))))


class Compiler:
    """Makes the functions of one body; guarded ones ask at each part whether it is nested too deep."""

    def __init__(self, *, is_guarded: bool) -> None:
        self.is_guarded = is_guarded
        self.deepest = 0

    def part(self, node: Node, depth: int, *, is_last: bool = False) -> Evaluate:
        """A node as a function; `is_last` says that a function is over with it."""
        if depth > self.deepest:
            self.deepest = depth
        inner: Any = bare(node)
        kind = type(inner)
        if is_last and kind is nodes.Call and not (isinstance(node, Step) and node.filters):
            evaluate = calling.last_call(self, inner)
        else:
            form = _LAST_FORMS[kind] if is_last and kind in _LAST_FORMS else _FORMS[kind]
            evaluate = self._finished(node, form(self, inner, depth), depth)
        return _guarded(evaluate, depth) if self.is_guarded else evaluate

    def parts(self, found: Iterable[Node], depth: int) -> list[Evaluate]:
        """The parts of a node at a depth."""
        return [self.part(node, depth + 1) for node in found]

    def _finished(self, node: Node, evaluate: Evaluate, depth: int) -> Evaluate:
        """A node's function with what follows the node; a sequence that it may give is finished."""
        if isinstance(node, Step):
            return self._with_what_follows(node, evaluate, depth)
        if type(node) in _SEQUENCES:
            return self.finished(evaluate, is_kept=keeps_array(node))
        is_range = isinstance(node, nodes.Operation) and node.sign == ".."
        return self.finished(evaluate, is_kept=False) if is_range else evaluate

    def _with_what_follows(self, step: Step, evaluate: Evaluate, depth: int) -> Evaluate:
        for predicate in step.filters:
            evaluate = _after(evaluate, filters.chosen(self, predicate, depth))
        if step.group is not None:
            evaluate = _after(evaluate, groups.grouped(self, step.group, depth))
        if step.filters or step.keeps_array or type(step.node) in _SEQUENCES:
            return self.finished(evaluate, is_kept=step.keeps_array)
        return evaluate

    @staticmethod
    def finished(evaluate: Evaluate, *, is_kept: bool) -> Evaluate:
        """What a part gives: a sequence of one is that one, one of none is nothing."""

        def finish(value: Any, frame: Frame) -> Any:
            found = evaluate(value, frame)
            kind = type(found)
            if kind is not Items and kind is not Document:
                return found
            if is_kept:
                found.is_kept = True
            if not found:
                return NOTHING
            return found[0] if len(found) == 1 and not found.is_kept else found

        return finish


def _after(evaluate: Evaluate, then: Evaluate) -> Evaluate:
    return lambda value, frame: then(evaluate(value, frame), frame)


def _guarded(evaluate: Evaluate, depth: int) -> Evaluate:
    def guarded(value: Any, frame: Frame) -> Any:
        if frame.depth + depth > DEEPEST:
            raise JsonataError("U1001")
        return evaluate(value, frame)

    return guarded


_Form = Callable[[Compiler, Any, int], Evaluate]
_FORMS: dict[type[Node], _Form] = {
    nodes.Literal: construction.literal,
    nodes.Regex: construction.regex,
    nodes.ArrayOf: construction.array,
    nodes.ObjectOf: construction.object_,
    nodes.Condition: construction.condition,
    nodes.Block: construction.block,
    nodes.Binding: construction.binding,
    nodes.Variable: members.variable,
    nodes.Name: members.name,
    nodes.Wildcard: members.wildcard,
    nodes.Descendants: members.descendants,
    nodes.Parent: members.parent,
    nodes.Operation: operators.operation,
    nodes.Negation: operators.negation,
    nodes.Lambda: calling.function,
    nodes.Call: calling.call,
    nodes.PartialCall: calling.partial_call,
    nodes.Application: calling.application,
    nodes.Transform: calling.transform,
    nodes.Path: paths.path,
}
_LAST_FORMS: dict[type[Node], _Form] = {
    nodes.Condition: construction.last_condition,
    nodes.Block: construction.last_block,
}
"""Those whose own last part is the last of the function."""
_SEQUENCES = frozenset((
    nodes.Name, nodes.Wildcard, nodes.Descendants, nodes.Variable, nodes.Parent, nodes.Call, nodes.Application,
    nodes.Condition, nodes.Block, nodes.Binding,
))  # fmt: skip
"""Nodes that may give a sequence; a sequence within one is finished by the node around it."""
