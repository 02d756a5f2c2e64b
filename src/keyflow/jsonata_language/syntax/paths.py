"""How an operand and what follows it become one node: steps of paths, filters, groups, orders and bindings.

Each function takes what was read so far, and gives it with one thing more. They raise `JsonataError` where the parts do
not go together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax.nodes import (
    ArrayOf,
    Filter,
    Literal,
    Name,
    Node,
    Pair,
    Path,
    Place,
    Sorting,
    Step,
    Term,
)
from keyflow.jsonata_language.syntax.parents import Seek, led_to, own_seeks, resolved


class Part(NamedTuple):
    """A node, and the `%` in it that lead out of it.

    `inner` are those of its last step, which only a step in front of it can resolve.
    """

    node: Node
    seeks: tuple[Seek, ...] = ()
    inner: tuple[Seek, ...] = ()

    @property
    def leading_out(self) -> tuple[Seek, ...]:
        """What the node seeks, itself and its parts."""
        return self.seeks + own_seeks(self.node)


def made(node: Node, *parts: Part) -> Part:
    """A node that is made of parts, and seeks what they seek."""
    seeks = tuple(seek for part in parts for seek in part.leading_out)
    return Part(node, seeks, seeks)


def named(name: str) -> Part:
    """A member's name, which is a path of one step."""
    return Part(Path(steps=(Step(node=Name(name)),)))


def name_alone(node: Node) -> str | None:
    """The name that a path of one step is, without anything but `[]` after it."""
    if not isinstance(node, Path) or len(node.steps) > 1 or node.group is not None:
        return None
    (step,) = node.steps
    is_alone = isinstance(step.node, Name) and not (step.filters or step.stages or step.binds)
    return step.node.name if is_alone and isinstance(step.node, Name) else None


def followed(left: Part, right: Part) -> Part:
    """`left.right`."""
    if isinstance(left.node, Path):
        path, seeks = left.node, left.seeks
    else:
        path, seeks = Path(steps=(_step(left.node),)), own_seeks(left.node)
    first, *rest = (*path.steps, _late(right.node))
    steps = [_as_step_of_path(first), *rest[:-1], _as_step_of_path(rest[-1])]
    found, out = resolved(steps, right.inner + own_seeks(rest[-1]))
    is_array = path.is_array or any(step.keeps_array for step in found)
    return Part(replace(path, steps=tuple(found), is_array=is_array), seeks + out)


def _step(node: Node) -> Step:
    return node if isinstance(node, Step) else Step(node=node)


def _late(node: Node) -> Step:
    """What follows a dot as a step, whose filters are for each item."""
    if isinstance(node, Path):
        return node.steps[0]
    step = _step(node)
    return replace(step, filters=(), stages=tuple(map(Filter, step.filters))) if step.filters else step


def _as_step_of_path(step: Step) -> Step:
    """A string is a name in a path, and an array stays whole."""
    match step.node:
        case Literal(value=str(name)):
            return replace(step, node=Name(name))
        case Literal(value=value):
            raise JsonataError("S0213", value=value)
        case ArrayOf(elements=elements):
            return replace(step, node=ArrayOf(elements, is_whole=True))
    return step


def _last(node: Node) -> Step:
    return node.steps[-1] if isinstance(node, Path) else _step(node)


def _with_last(node: Node, step: Step) -> Node:
    return replace(node, steps=(*node.steps[:-1], step)) if isinstance(node, Path) else step


def filtered(left: Part, predicate: Part) -> Part:
    """`left[predicate]`."""
    step = _last(left.node)
    if step.group is not None:
        raise JsonataError("S0209")
    seeks: list[Seek] = []
    for seek in predicate.seeks:
        if seek.level == 1:
            step, further = led_to(step, seek)
        else:
            further = seek._replace(level=seek.level - 1)
        seeks.append(further)
    if seeks:
        seeks += own_seeks(predicate.node)
    inner = (*left.inner, *seeks)
    if isinstance(left.node, Path):
        step = replace(step, stages=(*step.stages, Filter(predicate.node)))
        return Part(_with_last(left.node, step), left.seeks, inner)
    return Part(replace(step, filters=(*step.filters, predicate.node)), (*left.seeks, *seeks), inner)


def grouped(left: Part, pairs: tuple[Pair, ...]) -> Part:
    """`left{key: value}`."""
    whole = left.node if isinstance(left.node, Path) else _step(left.node)
    if whole.group is not None:
        raise JsonataError("S0210")
    return left._replace(node=replace(whole, group=pairs))


def sorted_by(left: Part, terms: Iterable[tuple[Part, bool]]) -> Part:
    """`left^(term, >term)`."""
    is_path = isinstance(left.node, Path)
    path = left.node if isinstance(left.node, Path) else Path(steps=(_step(left.node),))
    criteria = list(terms)
    step = Step(node=Sorting(tuple(Term(part.node, is_descending) for part, is_descending in criteria)))
    inner = [seek for part, _is_descending in criteria for seek in part.leading_out]
    steps, out = resolved((*path.steps, step), inner)
    return Part(replace(path, steps=tuple(steps)), (left.seeks if is_path else ()) + out)


def focused(left: Part, variable: str) -> Part:
    """`left@$variable`."""
    step = _last(left.node)
    if step.stages or step.filters:
        raise JsonataError("S0215")
    if isinstance(step.node, Sorting):
        raise JsonataError("S0216")
    return left._replace(node=_with_last(left.node, replace(step, focus=variable, binds=True)))


def numbered(left: Part, variable: str) -> Part:
    """`left#$variable`."""
    if not isinstance(left.node, Path):
        left = Part(Path(steps=(_late(left.node),)), (), left.inner)
    step = _last(left.node)
    if step.stages:
        step = replace(step, stages=(*step.stages, Place(variable)), binds=True)
    else:
        step = replace(step, place=variable, binds=True)
    return left._replace(node=_with_last(left.node, step))


def kept(left: Part, sign: str) -> Part:
    """`left[]`; `sign` is the operator that made what is on the left, filters apart."""
    step = replace(_last(left.node), keeps_array=True)
    if not isinstance(left.node, Path):
        return left._replace(node=step)
    path = replace(left.node, keeps_array=True, is_array=left.node.is_array or not sign)
    return left._replace(node=_with_last(path, step) if sign in ("", "@") else path)
