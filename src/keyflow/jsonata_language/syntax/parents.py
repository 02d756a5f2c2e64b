"""What `%` leads to: the step whose items are found in the value that it stands for.

A `%` is sought from where it stands to the left, a level up for each step that goes a level down.
Source: https://docs.jsonata.org/path-operators#-parent
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax.nodes import Block, Name, Node, Parent, Path, Step, Wildcard, bare


class Seek(NamedTuple):
    """A `%` on its way: the label of what it leads to, and how many levels up that is."""

    label: str
    level: int = 1


def own_seeks(node: Node) -> tuple[Seek, ...]:
    """What a node seeks because it is a `%` itself."""
    inner = bare(node)
    return (Seek(inner.label),) if isinstance(inner, Parent) else ()


def resolved(steps: Sequence[Step], seeks: Iterable[Seek]) -> tuple[list[Step], tuple[Seek, ...]]:
    """The steps of a path with what its last one seeks bound at them, and the seeks that lead out of the path.

    Raises:
        JsonataError: A `%` leads to what has no members.
    """
    found, leading_out = list(steps), []
    for seek in seeks:
        index = len(found) - 2
        while seek.level > 0 and index >= 0:
            while index > 0 and found[index].focus and found[index - 1].focus:  # these stay where they are
                index -= 1
            found[index], seek = led_to(found[index], seek)
            index -= 1
        if seek.level > 0:
            leading_out.append(seek)
    return found, tuple(leading_out)


def led_to(step: Step, seek: Seek) -> tuple[Step, Seek]:
    """A step with the label bound at it, where the `%` leads to it, and how far that has still to go."""
    match step.node:
        case Name() | Wildcard():
            seek = seek._replace(level=seek.level - 1)
            if seek.level == 0:
                step = replace(step, labels=(*step.labels, seek.label), binds=True)
        case Parent():
            seek = seek._replace(level=seek.level + 1)
        case Block(expressions=()):
            pass
        case Block(expressions=(*others, last)):
            inner, seek = _led_into(last, seek)
            step = replace(step, node=Block((*others, inner)), binds=True)
        case other:
            raise JsonataError("S0217", token=type(other).__name__)
    return step, seek


def _led_into(node: Node, seek: Seek) -> tuple[Node, Seek]:
    """The same of the last expression of a block."""
    if not isinstance(node, Path):
        return led_to(node if isinstance(node, Step) else Step(node=node), seek)
    steps = list(node.steps)
    for index in range(len(steps) - 1, -1, -1):
        steps[index], seek = led_to(steps[index], seek)
        if seek.level <= 0:
            break
    return replace(node, steps=tuple(steps), gives_bindings=True), seek
