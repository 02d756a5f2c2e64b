"""Functions in expressions: those that they write, calls, `?` for arguments that come later, `~>` and transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import (
    PLACE,
    Chain,
    Evaluate,
    Frame,
    Lambda,
    Native,
    Passed,
    Thunk,
    apply,
    given,
    late,
)
from keyflow.jsonata_language.comparison import is_true
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation.construction import nothing
from keyflow.jsonata_language.library import LIBRARY
from keyflow.jsonata_language.library.objects import clone
from keyflow.jsonata_language.syntax import nodes
from keyflow.jsonata_language.syntax.nodes import Node, bare
from keyflow.jsonata_language.values import NOTHING, Array, Function, Object

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def function(_compiler: Compiler, node: nodes.Lambda, _depth: int) -> Evaluate:
    """A function that the expression writes."""
    from keyflow.jsonata_language.evaluation.compiler import code_of

    parameters, body = node.parameters, code_of(node.body, is_body=True)
    return lambda value, frame: Lambda(parameters, body, value, frame, node.signature)


def call(compiler: Compiler, node: nodes.Call, depth: int) -> Evaluate:
    """A call; of some built-in functions, while their names are theirs, by a shorter way."""
    procedure = bare(node.procedure)
    name = procedure.name if isinstance(procedure, nodes.Variable) and len(node.arguments) == 1 else ""
    if name not in _SHORT or procedure is not node.procedure or compiler.is_guarded:
        calling = _calling(compiler, node, depth)
        return lambda value, frame: calling((), value, frame)
    short, own = _SHORT[name], LIBRARY[name]
    argument = compiler.part(node.arguments[0], depth + 1)
    other = late(lambda: _calling(compiler, node, depth))

    def called(value: Any, frame: Frame) -> Any:
        if frame.find(name) is not own:
            return other()((), value, frame)
        taken = argument(value, frame)
        found = short(taken)
        return _applied(own, name, (_passed(taken),), value, frame, depth) if found is None else found

    return called


def last_call(compiler: Compiler, node: nodes.Call) -> Evaluate:
    """A call with which a function is over: it is made outside of the function, at its depth."""
    inner = type(compiler)(is_guarded=compiler.is_guarded)
    procedure, arguments = inner.part(node.procedure, 1), [inner.part(each, 1) for each in node.arguments]
    compiler.deepest = max(compiler.deepest, inner.deepest)
    return lambda value, frame: Thunk(procedure, arguments, value, frame)


_Calling = Callable[[Sequence[Any], Any, Frame], Any]
"""A call, of the arguments that come before those that are written."""


def _calling(compiler: Compiler, node: nodes.Call, depth: int) -> _Calling:
    procedure = compiler.part(node.procedure, depth + 1)
    arguments = compiler.parts(node.arguments, depth)
    name, is_member = _name_of(node.procedure)

    def calling(first: Sequence[Any], value: Any, frame: Frame) -> Any:
        called = procedure(value, frame)
        if called is NOTHING and is_member and frame.find(name):
            raise JsonataError("T1005", token=name)
        taken = [*first, *(_passed(argument(value, frame)) for argument in arguments)]
        return _applied(called, name, taken, value, frame, depth)

    return calling


def _applied(called: Any, name: str, taken: Sequence[Any], value: Any, frame: Frame, depth: int) -> Any:
    try:
        return apply(called, taken, value, frame.run, frame.depth + depth)
    except JsonataError as error:
        raise error.about(name) from None


def _passed(value: Any) -> Any:
    return Passed(value) if isinstance(value, Function) else value


def _name_of(procedure: Node) -> tuple[str, bool]:
    """The name by which something is called, and whether it is that of a member: a `$` is missing there."""
    is_path = isinstance(procedure, nodes.Path)
    inner = bare(procedure.steps[0] if isinstance(procedure, nodes.Path) else procedure)
    name = inner.name if isinstance(inner, nodes.Name | nodes.Variable) else ""
    return name, is_path


def partial_call(compiler: Compiler, node: nodes.PartialCall, depth: int) -> Evaluate:
    """A function some of whose arguments are given later."""
    procedure = compiler.part(node.procedure, depth + 1)
    arguments = [None if each is None else compiler.part(each, depth + 1) for each in node.arguments]
    name, is_member = _name_of(node.procedure)

    def partial(value: Any, frame: Frame) -> Any:
        taken = [PLACE if argument is None else argument(value, frame) for argument in arguments]
        called = procedure(value, frame)
        if not isinstance(called, Function):
            is_known = called is NOTHING and is_member and frame.find(name)
            raise JsonataError("T1007" if is_known else "T1008", token=name)
        return given(called, taken)

    return partial


def application(compiler: Compiler, node: nodes.Application, depth: int) -> Evaluate:
    """`~>`: the value is the first argument of a call, or of a function; two functions become one."""
    left = compiler.part(node.value, depth + 1)
    call_of = bare(node.function)
    if isinstance(call_of, nodes.Call):
        calling = _calling(compiler, call_of, depth)
        return lambda value, frame: calling((left(value, frame),), value, frame)
    right = compiler.part(node.function, depth + 1)

    def applied(value: Any, frame: Frame) -> Any:
        argument, called = left(value, frame), right(value, frame)
        if not isinstance(called, Function):
            raise JsonataError("T2006", value=called)
        if isinstance(argument, Function):
            return Chain(argument, called)
        return apply(called, (argument,), None, frame.run, frame.depth + depth)

    return applied


# Transforms.


def transform(compiler: Compiler, node: nodes.Transform, depth: int) -> Evaluate:
    """A function that gives a copy with members put into its parts, and others taken out."""
    pattern, update = compiler.parts((node.pattern, node.update), depth)
    delete = nothing if node.delete is None else compiler.part(node.delete, depth + 1)

    def transformed(frame: Frame, value: Any) -> Any:
        if value is NOTHING:
            return NOTHING
        if not isinstance(frame.find("clone"), Function):
            raise JsonataError("T2013")
        copy = clone(value)
        found = pattern(copy, frame)
        for each in found if isinstance(found, list) else [found]:
            if each is not NOTHING:
                _put_into(each, update(each, frame))
                _take_out_of(each, delete(each, frame))
        return copy

    return lambda _value, frame: Native(lambda value: transformed(frame, value), 1, "<(oa):o>")


def _put_into(value: Any, update: Any) -> None:
    if update is NOTHING:
        return
    if not isinstance(update, dict):
        raise JsonataError("T2011", value=update)
    if isinstance(value, dict):
        value.update(update)
    elif update and not isinstance(value, list):
        raise JsonataError("U1004", value="what is no object has no members")


def _take_out_of(value: Any, names: Any) -> None:
    if names is NOTHING:
        return
    sought = names if isinstance(names, list) else [names]
    if not all(type(name) is str for name in sought):
        raise JsonataError("T2012", value=names)
    if isinstance(value, dict):
        for name in sought:
            value.pop(name, None)


# Short ways.


def _merged(value: Any) -> Any:
    if type(value) is not Array or not all(isinstance(each, dict) for each in value):
        return None
    merged = Object()
    for each in value:
        merged.update(each)
    return merged


_SHORT: dict[str, Callable[[Any], Any]] = {
    "exists": lambda value: value is not NOTHING,
    "not": lambda value: None if value is NOTHING or isinstance(value, Function) else not is_true(value),
    "type": lambda value: "string" if type(value) is str else None,
    "merge": _merged,
}
"""Functions that are called again and again, for what they are mostly given; None where the long way is taken."""
