"""The expressions of JSONata states: where they stand, and what they read that is not there.

The States Language gives an expression no input document: what it reads are variables.
Source: https://states-language.net/spec.html#jsonata-restrictions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.asl.fields import is_expression, unbraced
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax.nodes import (
    Binding,
    Call,
    Lambda,
    Name,
    Node,
    Operation,
    PartialCall,
    Place,
    Step,
    Variable,
    bare,
    evaluated_here,
    evaluated_within,
)
from keyflow.jsonata_language.syntax.nodes import Path as SomePath

_UNREAD = ("Comment", "Resource", "Next", "Default", "Type", "ErrorEquals", "CSVHeaders")
"""Fields that are text to Step Functions, whatever they look like."""
_PAYLOADS = ("Arguments", "Assign", "Output", "Items", "ItemSelector", "BatchInput", "Credentials")
"""Fields that hold what their author likes: a key in them is no field's name."""
_SCOPES = ("Branches", "ItemProcessor", "Iterator")
_BUILT_IN = frozenset((
    "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone", "contains",
    "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl", "encodeUrlComponent", "error",
    "eval", "exists", "filter", "floor", "formatBase", "formatInteger", "formatNumber", "fromMillis", "join",
    "keys", "length", "lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not", "now",
    "number", "pad", "parseInteger", "power", "random", "reduce", "replace", "reverse", "round", "shuffle", "sift",
    "single", "sort", "split", "spread", "sqrt", "string", "substring", "substringAfter", "substringBefore", "sum",
    "toMillis", "trim", "type", "uppercase", "zip", "partition", "range", "hash", "uuid", "parse",
))  # fmt: skip
"""The functions of JSONata 2.0.6, and those that Step Functions adds.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a JSONata state, an expression or not, and its place."""

    state: State
    path: Path
    text: str
    is_read: bool = True

    @property
    def field(self) -> Path:
        """The keys that lead from the state to the text."""
        return self.path[len(self.state.path) :]

    @property
    def expression(self) -> str | None:
        """What stands between {% and %}; None where the text is plain, is put in at deployment, or is beyond bounds."""
        is_known = self.is_read and is_expression(self.text) and not is_substitution(self.text)
        return unbraced(self.text) if is_known else None


def texts_of(definition: Definition) -> Iterator[Text]:
    """Every text of the states in JSONata in which an expression can stand; they are looked for once."""
    return iter(definition.once("jsonata", lambda given: list(_all_texts(given))))


def _all_texts(definition: Definition) -> Iterator[Text]:
    left = bounds.JSONATA_CHARACTERS
    for state in definition.states:
        if state.language == JSONATA:
            own = {key: value for key, value in state.document.items() if key not in _SCOPES}
            for text in _texts(state, own, state.path, False):
                if is_expression(text.text):
                    left -= len(text.text)
                within = left >= 0 and len(text.text) <= bounds.EXPRESSION_CHARACTERS
                yield text if within else replace(text, is_read=False)


def _texts(state: State, tree: JSON, path: Path, in_payload: bool) -> Iterator[Text]:
    match tree:
        case dict():
            for key, value in tree.items():
                if in_payload or key not in _UNREAD:
                    yield from _texts(state, value, (*path, key), in_payload or key in _PAYLOADS)
        case list():
            for index, element in enumerate(tree):
                yield from _texts(state, element, (*path, index), in_payload)
        case str():
            yield Text(state, path, tree)


def blanks(text: str) -> tuple[bool, bool] | None:
    """Whether a blank stands behind {%, and in front of %}; None where there is no expression between them."""
    inner = text[2:-2]
    return (inner[0].isspace(), inner[-1].isspace()) if is_expression(text) and inner.strip() else None


@lru_cache(maxsize=4096)
def syntax_problem(expression: str) -> str | None:
    """Why a text is no JSONata of Step Functions; None where it is."""
    tree = _parsed(expression)
    return f"{expression!r} is no JSONata: {tree}" if isinstance(tree, JsonataError) else None


@lru_cache(maxsize=4096)
def reads(expression: str) -> frozenset[str]:
    """What an expression reads of what it cannot: `$`, `$$`, `$eval`, a field's name; and its members of `$states`.

    The latter as `$states.result`. A name behind a minus, which is most likely the end of a member's name with a hyphen
    in it, is given with the minus. Nothing, where the text is no JSONata.
    """
    tree = _parsed(expression)
    return frozenset(_reads(tree, True)) if isinstance(tree, Node) else frozenset()


@lru_cache(maxsize=4096)
def variables(expression: str) -> frozenset[str]:
    """The variables that an expression takes from outside: not `$states`, no function, and none of its own."""
    return _from_outside(expression, _variable_of) - _BUILT_IN - {"", "$", "states"}


@lru_cache(maxsize=4096)
def called(expression: str) -> frozenset[str]:
    """The names that an expression calls as functions and does not bind itself, those of JSONata included."""
    return _from_outside(expression, _called_of)


def _from_outside(expression: str, name_of: Callable[[Node], str | None]) -> frozenset[str]:
    """The names that nodes of an expression use, without those that it binds itself."""
    tree = _parsed(expression)
    if not isinstance(tree, Node):
        return frozenset()
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


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> Node | JsonataError | None:
    """The expression as a tree; an error where it is none, None where it is too long to be read."""
    if len(expression) > bounds.EXPRESSION_CHARACTERS:
        return None
    from keyflow.jsonata_language.syntax.parser import parse  # most definitions have no expression

    try:
        return parse(expression)
    except JsonataError as error:
        return error


def _reads(node: Node, top: bool) -> Iterator[str]:
    """`top` says that the node's context is the document which expressions here have none of."""
    match node:
        case SomePath(steps=(first, second, *_rest)) if first.node == _STATES:
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


_STATES = Variable("states")


def _name_of(node: Node) -> str:
    """The member's name that a path begins with; empty where a node is no such path."""
    first = node.steps[0].node if isinstance(node, SomePath) else None
    return first.name if isinstance(first, Name) else ""
