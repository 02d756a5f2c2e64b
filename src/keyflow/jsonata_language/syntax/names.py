"""The names that an expression uses: variables, functions, and what it reads of an input that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keyflow.jsonata_language.syntax.nodes import (
    Binding,
    Call,
    Lambda,
    Name,
    Node,
    Operation,
    PartialCall,
    Path,
    Place,
    Step,
    Variable,
    bare,
    evaluated_here,
    evaluated_within,
)

_STATES = Variable("states")


def variables_of(tree: Node) -> frozenset[str]:
    """The variables that an expression takes from outside, functions and `$states` among them."""
    return _from_outside(tree, _variable_of)


def called_by(tree: Node) -> frozenset[str]:
    """The names that an expression calls as functions and does not bind itself, those of JSONata included."""
    return _from_outside(tree, _called_of)


def reads_of(tree: Node) -> frozenset[str]:
    """What an expression reads of an input document, and its members of `$states`, which is all that it is given.

    Of the former `$`, `$$`, `$eval` and fields' names; a name after a minus comes with it. Of the latter, the first
    member: `$states.result`.
    """
    return frozenset(_reads(tree, True))


def _from_outside(tree: Node, name_of: Callable[[Node], str | None]) -> frozenset[str]:
    """The names that nodes of an expression use, without those that it binds itself."""
    nodes = tuple(_every(tree))
    used = {name for name in map(name_of, nodes) if name is not None}
    return frozenset(used.difference(*map(_bound, nodes)))


def _variable_of(node: Node) -> str | None:
    """The variable that a node is."""
    return node.name if isinstance(node, Variable) else None


def _called_of(node: Node) -> str | None:
    """The name that a node calls as a function."""
    return _variable_of(bare(node.procedure)) if isinstance(node, Call | PartialCall) else None


def _every(tree: Node) -> Iterator[Node]:
    """Every node of a tree."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += [*evaluated_here(node), *evaluated_within(node)]


def _bound(node: Node) -> set[str]:
    """The variables that a node binds: by `:=`, as a function's parameters, or by `@` and `#`."""
    match node:
        case Binding(variable=variable):
            return {variable.name}
        case Lambda(parameters=parameters):
            return set(parameters)
        case Step(focus=focus, place=place, stages=stages):
            return {focus, place, *(stage.name for stage in stages if isinstance(stage, Place))} - {""}
    return set()


def _reads(node: Node, top: bool) -> Iterator[str]:
    """`top` says that the node's context is the document which expressions here have none of."""
    match node:
        case Path(steps=(first, second, *_rest)) if first.node == _STATES:
            yield f"$states.{second.node.name}" if isinstance(second.node, Name) else "$states"
        case Operation(sign="-", left=left, right=right) if top and _name_of(right) and not _name_of(left):
            yield f"-{_name_of(right)}"
            yield from _reads(left, top)
            return
        case Variable(name=name) if name == "$" or (name == "" and top):
            yield f"${name}"
        case Name(name=name) if top:
            yield name
        case Call() | PartialCall() if _called_of(node) == "eval":
            yield "$eval"
    for part in evaluated_here(node):
        yield from _reads(part, top)
    for part in evaluated_within(node):
        yield from _reads(part, False)


def _name_of(node: Node) -> str:
    """The member's name that a path begins with; empty where a node is no such path."""
    first = node.steps[0].node if isinstance(node, Path) else None
    return first.name if isinstance(first, Name) else ""
