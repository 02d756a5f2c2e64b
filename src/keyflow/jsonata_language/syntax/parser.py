"""Reads an expression: operand after operand, each with the operators that bind it more strongly than those around it.

What is read becomes its final node at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.signatures import Signature
from keyflow.jsonata_language.syntax import paths
from keyflow.jsonata_language.syntax.nodes import (
    Application,
    ArrayOf,
    Binding,
    Block,
    Call,
    Condition,
    Descendants,
    Lambda,
    Literal,
    Negation,
    Node,
    ObjectOf,
    Operation,
    Pair,
    Parent,
    PartialCall,
    Regex,
    Step,
    Transform,
    Variable,
    Wildcard,
    bare,
)
from keyflow.jsonata_language.syntax.paths import Part, made
from keyflow.jsonata_language.syntax.tokens import Tokenizer

_LOOSE = 0
_LEVELS = (
    (":=",), ("?",), ("or",), ("and",), ("=", "!=", "<", "<=", ">", ">=", "in", "~>", "^"), ("+", "-", "&"),
    ("*", "/", "%"), ("{",), (".",), ("[", "(", "@", "#"),
)  # fmt: skip
_STRENGTH = {sign: level for level, signs in enumerate(_LEVELS, 1) for sign in signs}
"""How strongly each operator binds.

Source: https://docs.jsonata.org/other-operators, and the reference for what that page leaves out
"""
_WORDS = ("and", "or", "in")
_MISFIT = Part(Literal(None))
"""Stands for what cannot be made, while the rest is read."""
_Read = TypeVar("_Read")
_BETWEEN = frozenset(("+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", *_WORDS))


def parse(text: str) -> Node:
    """The node of an expression; raises `JsonataError`."""
    try:
        return _Parser(text).whole()
    except RecursionError:
        raise JsonataError("U1001") from None


class _Parser:
    """One text on its way; `_token` is the word at hand, which nothing has taken yet."""

    def __init__(self, text: str) -> None:
        self._words = Tokenizer(text)
        self._token = self._words.next(after_operand=False)
        self._parents = 0
        self._misfit: JsonataError | None = None

    def whole(self) -> Node:
        """The node of all that is written."""
        part = self._expression(_LOOSE)
        if self._token.kind != "end":
            raise JsonataError("S0201", token=self._token.value, position=self._token.position)
        if self._misfit is None and part.leading_out:
            raise JsonataError("S0217")
        if self._misfit is not None:
            raise self._misfit
        return part.node

    # Words.

    def _take(self, *, after_operand: bool = False) -> None:
        self._token = self._words.next(after_operand=after_operand)

    def _take_sign(self, sign: str, *, after_operand: bool = False) -> None:
        """Takes a sign that must stand here."""
        if not self._token.is_sign(sign):
            code = "S0203" if self._token.kind == "end" else "S0202"
            raise JsonataError(code, token=self._token.value, value=sign, position=self._token.position)
        self._take(after_operand=after_operand)

    def _took(self, *signs: str) -> str:
        """The sign of these that stood here, which is taken; empty where none did."""
        sign: str = self._token.value if self._token.is_sign(*signs) else ""
        if sign:
            self._take()
        return sign

    def _listed(self, end: str, read: Callable[[], _Read]) -> Iterator[_Read]:
        """What stands between commas, up to an end, which is taken."""
        if not self._token.is_sign(end):
            yield read()
            while self._took(","):
                yield read()
        self._take_sign(end, after_operand=True)

    # Operands and operators.

    def _expression(self, strength: int) -> Part:
        """An operand, and what binds it more strongly than an operator of that strength."""
        left, made_by = self._operand(), ""
        while self._token.kind == "sign" and _STRENGTH.get(self._token.value, _LOOSE) > strength:
            sign: str = self._token.value
            self._take()
            if sign == "[":
                left = self._bracket(left, made_by)
            elif sign in _BETWEEN:
                right = self._expression(_STRENGTH[sign])
                left, made_by = made(Operation(sign, left.node, right.node), left, right), sign
            else:
                left, made_by = _CONTINUATIONS[sign](self, left), sign
        return left

    def _operand(self) -> Part:
        token = self._token
        self._take(after_operand=True)
        match token.kind:
            case "value":
                return Part(Literal(token.value))
            case "variable":
                return Part(Variable(token.value))
            case "name":
                return paths.named(token.value)
            case "regex":
                regex: Regex = token.value
                return Part(regex)
            case "end":
                self._misfit = self._misfit or JsonataError("S0207", position=token.position)
                return _MISFIT
        if token.value in _WORDS:
            return paths.named(token.value)
        if token.value not in _BEGINNINGS:
            raise JsonataError("S0211", token=token.value, position=token.position)
        return _BEGINNINGS[token.value](self)

    def _fitting(self, join: Callable[[], Part]) -> Part:
        """What `join` makes; where the parts do not fit, what breaks the grammar in the rest is said first."""
        try:
            return join()
        except JsonataError as error:
            self._misfit = self._misfit or error
            return _MISFIT

    # What begins an expression.

    def _negation(self) -> Part:
        part = self._expression(_STRENGTH["{"])
        inner = bare(part.node)
        if not isinstance(inner, Literal) or type(inner.value) not in (int, float):
            return made(Negation(part.node), part)
        literal = Literal(-inner.value if inner.value else -0.0)
        return part._replace(node=replace(part.node, node=literal) if isinstance(part.node, Step) else literal)

    def _block(self) -> Part:
        parts: list[Part] = []
        while not self._token.is_sign(")"):
            parts.append(self._expression(_LOOSE))
            if not self._took(";"):
                break
        self._take_sign(")", after_operand=True)
        return made(Block(tuple(part.node for part in parts)), *parts)

    def _array(self) -> Part:
        elements = list(self._listed("]", self._element))
        return made(ArrayOf(tuple(part.node for part in elements)), *elements)

    def _element(self) -> Part:
        first = self._expression(_LOOSE)
        if not self._took(".."):
            return first
        last = self._expression(_LOOSE)
        return made(Operation("..", first.node, last.node), first, last)

    def _object(self) -> Part:
        pairs = list(self._listed("}", self._member))
        node = ObjectOf(tuple((key.node, value.node) for key, value in pairs))
        return made(node, *(part for pair in pairs for part in pair))

    def _member(self) -> tuple[Part, Part]:
        key = self._expression(_LOOSE)
        self._take_sign(":")
        return key, self._expression(_LOOSE)

    def _transform(self) -> Part:
        pattern = self._expression(_LOOSE).node
        self._take_sign("|")
        update = self._expression(_LOOSE).node
        delete = self._expression(_LOOSE).node if self._took(",") else None
        self._take_sign("|")
        return Part(Transform(pattern, update, delete))

    def _parent(self) -> Part:
        self._parents += 1
        return Part(Parent(f"!{self._parents - 1}"))

    # What follows an operand.

    def _step(self, left: Part) -> Part:
        right = self._expression(_STRENGTH["."])
        return self._fitting(lambda: paths.followed(left, right))

    def _bracket(self, left: Part, made_by: str) -> Part:
        if self._took("]"):
            return paths.kept(left, made_by)
        predicate = self._expression(_LOOSE)
        self._take_sign("]", after_operand=True)
        return self._fitting(lambda: paths.filtered(left, predicate))

    def _group(self, left: Part) -> Part:
        pairs: tuple[Pair, ...] = tuple((key.node, value.node) for key, value in self._listed("}", self._member))
        return self._fitting(lambda: paths.grouped(left, pairs))

    def _order(self, left: Part) -> Part:
        self._take_sign("(")
        terms = [self._term()]
        while self._took(","):
            terms.append(self._term())
        self._take_sign(")")
        return self._fitting(lambda: paths.sorted_by(left, terms))

    def _term(self) -> tuple[Part, bool]:
        is_descending = self._took("<", ">") == ">"
        return self._expression(_LOOSE), is_descending

    def _focus(self, left: Part) -> Part:
        variable = self._variable("@")
        return self._fitting(lambda: paths.focused(left, variable))

    def _number(self, left: Part) -> Part:
        return paths.numbered(left, self._variable("#"))

    def _variable(self, sign: str) -> str:
        """The variable that a sign binds."""
        position = self._token.position
        node = self._expression(_STRENGTH[sign]).node
        if not isinstance(node, Variable):
            raise JsonataError("S0214", token=sign, position=position)
        return node.name

    def _condition(self, test: Part) -> Part:
        then = self._expression(_LOOSE)
        if not self._took(":"):
            return made(Condition(test.node, then.node, None), test, then)
        otherwise = self._expression(_LOOSE)
        return made(Condition(test.node, then.node, otherwise.node), test, then, otherwise)

    def _binding(self, left: Part) -> Part:
        variable = _as_variable(left.node)
        if variable is None:
            raise JsonataError("S0212", position=self._token.position)
        value = self._expression(_STRENGTH[":="] - 1)
        return made(Binding(variable, value.node), value)

    def _application(self, left: Part) -> Part:
        function = self._expression(_STRENGTH["~>"])
        return Part(Application(left.node, function.node))

    # Functions.

    def _call(self, left: Part) -> Part:
        position = self._token.position
        arguments = list(self._listed(")", self._argument))
        if paths.name_alone(left.node) in ("function", "λ"):
            return self._lambda(arguments, position)
        nodes = tuple(None if part is None else part.node for part in arguments)
        given = [part for part in arguments if part is not None]
        if len(given) < len(nodes):
            return made(PartialCall(left.node, nodes), *given)
        return made(Call(left.node, tuple(part.node for part in given)), *given)

    def _argument(self) -> Part | None:
        """An argument; None for a `?`."""
        return None if self._took("?") else self._expression(_LOOSE)

    def _lambda(self, arguments: list[Part | None], position: int) -> Part:
        parameters: list[str] = []
        for index, part in enumerate(arguments, 1):
            variable = None if part is None else _as_variable(part.node)
            if variable is None:
                raise JsonataError("S0208", value=index, position=position)
            parameters.append(variable.name)
        signature = Signature.parse(self._signature()) if self._token.is_sign("<") else None
        self._take_sign("{")
        body = self._expression(_LOOSE).node
        self._take_sign("}")
        return Part(Lambda(tuple(parameters), signature, body))

    def _signature(self) -> str:
        """A signature as it is written, up to the `>` that closes it."""
        written, depth = "<", 1
        while depth > 0 and self._token.kind != "end" and not self._token.is_sign("{"):
            self._take()
            depth += self._token.is_sign("<") - self._token.is_sign(">")
            written += str(self._token.value)
        self._take_sign(">")
        return written


_BEGINNINGS: dict[str, Callable[[_Parser], Part]] = {
    "-": _Parser._negation,
    "(": _Parser._block,
    "[": _Parser._array,
    "{": _Parser._object,
    "|": _Parser._transform,
    "%": _Parser._parent,
    "*": lambda _parser: Part(Wildcard()),
    "**": lambda _parser: Part(Descendants()),
}
"""What a sign begins."""
_CONTINUATIONS: dict[str, Callable[[_Parser, Part], Part]] = {
    ".": _Parser._step,
    "{": _Parser._group,
    "(": _Parser._call,
    "^": _Parser._order,
    "@": _Parser._focus,
    "#": _Parser._number,
    "?": _Parser._condition,
    ":=": _Parser._binding,
    "~>": _Parser._application,
}
"""What a sign makes of an operand in front of it; those of `_BETWEEN` and `[` apart."""


def _as_variable(node: Node) -> Variable | None:
    """The variable that a node is, also with `[]` after it; None where it is another."""
    match node:
        case Variable():
            return node
        case Step(node=Variable() as variable, filters=(), group=None, focus=""):
            return variable
    return None
