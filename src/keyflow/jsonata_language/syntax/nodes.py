"""The parts of an expression, a type for each construct of the language.

Source: https://docs.jsonata.org/overview
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.signatures import Signature


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""


Pair = tuple[Node, Node]
"""The key and the value of an object's member."""


# Values and names.


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A string, a number, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Regex(Node):
    """A regular expression as it is written."""

    pattern: str
    ignores_case: bool
    is_multiline: bool


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$name`; `$` has no name, and the name of `$$` is `$`."""

    name: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A member by its name; it always stands in a step."""

    name: str


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """`*`: all members."""


@dataclass(frozen=True, slots=True)
class Descendants(Node):
    """`**`: the value, its members, and theirs."""


@dataclass(frozen=True, slots=True)
class Parent(Node):
    """`%`: the value that the step binds to the label which it leads to."""

    label: str


# Operators.


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """An operator between two operands: arithmetic, comparisons, `&`, `and`, `or`, `in` and `..`."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`-` in front of an operand."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """`test ? then : otherwise`."""

    test: Node
    then: Node
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Binding(Node):
    """`$name := value`."""

    variable: Variable
    value: Node


@dataclass(frozen=True, slots=True)
class Application(Node):
    """`value ~> function`."""

    value: Node
    function: Node


# What stands in brackets.


@dataclass(frozen=True, slots=True)
class ArrayOf(Node):
    """`[a, b]`; as a step of a path it stays whole."""

    elements: tuple[Node, ...]
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class ObjectOf(Node):
    """`{key: value}` that follows nothing."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`(a; b)`: its value is that of the last expression."""

    expressions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Transform(Node):
    """`|pattern|update, delete|`."""

    pattern: Node
    update: Node
    delete: Node | None


# Functions.


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """`function($a, $b)<signature>{body}`."""

    parameters: tuple[str, ...]
    signature: Signature | None
    body: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`procedure(a, b)`."""

    procedure: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PartialCall(Node):
    """`procedure(a, ?)`: the function that is left; None stands for each `?`."""

    procedure: Node
    arguments: tuple[Node | None, ...]


# Paths.


@dataclass(frozen=True, slots=True)
class Filter:
    """`[predicate]` of a step, applied to what the step gives of each item."""

    predicate: Node


@dataclass(frozen=True, slots=True)
class Place:
    """`#$name` after a filter: the place of each item that is left."""

    name: str


class Term(NamedTuple):
    """One criterion of an order."""

    expression: Node
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Sorting(Node):
    """`^(>a, b)`, a step of its own."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Node):
    """A node with what follows it: a step of a path, or the same alone.

    Attributes:
        filters: Predicates that choose from the node's value itself, as those of the first step do.
        group: What its value is grouped by.
        keeps_array: Whether `[]` follows it.
        stages: What follows a later step, and is done item by item.
        focus: The variable of `@$name`, at which each item is bound; the step leads nowhere then.
        place: The variable of `#$name`, for the place of each item.
        labels: What `%` looks up here: each item of the step is bound to the value that it was found in.
        binds: Whether items go on with what is bound at them.
    """

    node: Node
    filters: tuple[Node, ...] = ()
    group: tuple[Pair, ...] | None = None
    keeps_array: bool = False
    stages: tuple[Filter | Place, ...] = ()
    focus: str = ""
    place: str = ""
    labels: tuple[str, ...] = ()
    binds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Node):
    """Steps, each on what the one in front of it gives.

    Attributes:
        group: What its items are grouped by.
        keeps_array: Whether it gives an array also where it finds one item.
        is_array: The same of paths one of whose steps has `[]`; such a path fails where it finds nothing at all.
        gives_bindings: Whether its items go on with what is bound at them, for a `%` outside.
    """

    steps: tuple[Step, ...]
    group: tuple[Pair, ...] | None = None
    keeps_array: bool = False
    is_array: bool = False
    gives_bindings: bool = False


# Questions about nodes.


def bare(node: Node) -> Node:
    """A node without what follows it."""
    return node.node if isinstance(node, Step) else node


def keeps_array(node: Node) -> bool:
    """Whether a node gives an array also where it finds one item."""
    if isinstance(node, Application):
        return keeps_array(node.value) or keeps_array(node.function)
    return isinstance(node, Step | Path) and node.keeps_array


def stays_whole(node: Node) -> bool:
    """Whether a node, as the first step of a path, is an array constructor or a block with one in it."""
    match bare(node):
        case ArrayOf(is_whole=is_whole):
            return is_whole
        case Block(expressions=expressions):
            return any(
                stays_whole(each) or (isinstance(each, Path) and stays_whole(each.steps[0])) for each in expressions
            )
    return False


def evaluated_here(node: Node) -> Sequence[Node]:
    """The parts of a node that are evaluated on the same value as itself."""
    match node:
        case Operation(left=left, right=right):
            return (left, right)
        case Application(value=value, function=function):
            return (value, function)
        case Negation(operand=operand):
            return (operand,)
        case Condition(test=test, then=then, otherwise=otherwise):
            return (test, then) if otherwise is None else (test, then, otherwise)
        case Binding(variable=variable, value=value):
            return (variable, value)
        case ArrayOf(elements=parts) | Block(expressions=parts):
            return parts
        case ObjectOf(pairs=pairs):
            return [part for pair in pairs for part in pair]
        case Lambda(body=body):
            return (body,)
        case Call() | PartialCall():
            return [node.procedure, *(each for each in node.arguments if each is not None)]
        case Step(node=inner):
            return (inner,)
        case Path(steps=steps):
            return steps[:1]
    return ()


def evaluated_within(node: Node) -> Sequence[Node]:
    """The parts of a node that are evaluated on what is found on the way: later steps, filters, groups and orders."""
    match node:
        case Step(filters=filters, stages=stages, group=group):
            predicates = [each.predicate for each in stages if isinstance(each, Filter)]
            return [*filters, *predicates, *(part for pair in group or () for part in pair)]
        case Path(steps=steps, group=group):
            return [*steps[1:], *(part for pair in group or () for part in pair)]
        case Sorting(terms=terms):
            return [term.expression for term in terms]
        case Transform(pattern=pattern, update=update, delete=delete):
            return (pattern, update) if delete is None else (pattern, update, delete)
    return ()
