"""Literals, arrays, objects, and what leads from one expression to the next: conditions, blocks and `:=`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame, late
from keyflow.jsonata_language.comparison import is_true
from keyflow.jsonata_language.evaluation import groups
from keyflow.jsonata_language.library.matching import matcher
from keyflow.jsonata_language.syntax import nodes
from keyflow.jsonata_language.values import NOTHING, Array, Object, Whole

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def literal(_compiler: Compiler, node: nodes.Literal, _depth: int) -> Evaluate:
    """A value that is written out."""
    value = node.value
    return lambda _value, _frame: value


def regex(_compiler: Compiler, node: nodes.Regex, _depth: int) -> Evaluate:
    """A regular expression, which is a function."""

    def made(_value: Any, frame: Frame) -> Any:
        return matcher(node.pattern, frame.run.matches(node.pattern, node.ignores_case, node.is_multiline))

    return made


def nothing(_value: Any, _frame: Frame) -> Any:
    """What is left out."""
    return NOTHING


def array(compiler: Compiler, node: nodes.ArrayOf, depth: int) -> Evaluate:
    """An array: what its elements give is joined, but arrays that are written in it."""
    elements = compiler.parts(node.elements, depth)
    nested = [isinstance(nodes.bare(each), nodes.ArrayOf) for each in node.elements]
    pairs = list(zip(elements, nested, strict=True))
    kind = Whole if node.is_whole else Array

    def made(value: Any, frame: Frame) -> Array:
        found = kind()
        for element, is_nested in pairs:
            one = element(value, frame)
            if isinstance(one, list) and not is_nested:
                found += one
            elif one is not NOTHING:
                found.append(one)
        frame.run.spend(len(found))
        return found

    return made


def object_(compiler: Compiler, node: nodes.ObjectOf, depth: int) -> Evaluate:
    """An object; where its keys are texts that differ, and it stands at no array, by a shorter way."""
    names = [key.value for key, _value in node.pairs if isinstance(key, nodes.Literal) and isinstance(key.value, str)]
    if compiler.is_guarded or len(set(names)) < len(node.pairs):
        return groups.grouped(compiler, node.pairs, depth)
    grouped = late(lambda: groups.grouped(compiler, node.pairs, depth))
    pairs = list(zip(names, compiler.parts((value for _key, value in node.pairs), depth), strict=True))

    def made(value: Any, frame: Frame) -> Any:
        if isinstance(value, list):
            return grouped()(value, frame)
        found = Object()
        for name, evaluate in pairs:
            one = evaluate(value, frame)
            if one is not NOTHING:
                found[name] = one
        return found

    return made


def condition(compiler: Compiler, node: nodes.Condition, depth: int, *, is_last: bool = False) -> Evaluate:
    """`? :`."""
    test = compiler.part(node.test, depth + 1)
    then = compiler.part(node.then, depth + 1, is_last=is_last)
    otherwise = nothing if node.otherwise is None else compiler.part(node.otherwise, depth + 1, is_last=is_last)
    return lambda value, frame: (then if is_true(test(value, frame)) else otherwise)(value, frame)


def last_condition(compiler: Compiler, node: nodes.Condition, depth: int) -> Evaluate:
    """A condition with which a function is over."""
    return condition(compiler, node, depth, is_last=True)


def block(compiler: Compiler, node: nodes.Block, depth: int, *, is_last: bool = False) -> Evaluate:
    """Expressions, one after the other, with names of their own."""
    parts = [
        compiler.part(each, depth + 1, is_last=is_last and place == len(node.expressions))
        for place, each in enumerate(node.expressions, 1)
    ]

    def evaluate(value: Any, frame: Frame) -> Any:
        inner, found = Frame(frame, {}, frame.run, frame.depth), NOTHING
        for part in parts:
            found = part(value, inner)
        return found

    return evaluate


def last_block(compiler: Compiler, node: nodes.Block, depth: int) -> Evaluate:
    """A block with which a function is over."""
    return block(compiler, node, depth, is_last=True)


def binding(compiler: Compiler, node: nodes.Binding, depth: int) -> Evaluate:
    """`$name := value`, which is the value, too."""
    name, right = node.variable.name, compiler.part(node.value, depth + 1)

    def bind(value: Any, frame: Frame) -> Any:
        found = frame.names[name] = right(value, frame)
        return found

    return bind
