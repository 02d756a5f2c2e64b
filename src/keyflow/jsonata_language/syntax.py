"""Expressions as trees, in the form in which they are written: operators, operands and what stands in brackets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.signatures import Signature
from keyflow.jsonata_language.tokens import BINDING, Token, Tokenizer


class Node:
    """A part of an expression; which of its members have values depends on its type."""

    type: str = ""
    value: Any = None
    position: int = 0
    lhs: Any = None
    rhs: Any = None
    expression: Any = None
    expressions: Any = None
    arguments: Any = None
    procedure: Any = None
    body: Any = None
    signature: Signature | None = None
    condition: Any = None
    then: Any = None
    otherwise: Any = None
    pattern: Any = None
    update: Any = None
    delete: Any = None
    steps: Any = None
    stages: Any = None
    predicate: Any = None
    group: Any = None
    terms: Any = None
    descending: bool = False
    is_thunk: bool = False
    keeps_array: bool = False
    keeps_singleton: bool = False
    makes_array: bool = False
    is_tuple: bool = False
    focus: Any = None
    index: Any = None
    ancestor: Any = None
    slot: Any = None
    seeking: Any = None

    def __init__(self, type: str, value: Any = None, position: int = 0, **parts: Any) -> None:  # noqa: A002
        self.type, self.value, self.position = type, value, position
        self.__dict__.update(parts)


_END = "(end)"
_INFIX = frozenset((".", "+", "-", "*", "/", "%", "=", "<", ">", "!=", "<=", ">=", "&", "and", "or", "in", "~>"))
_KNOWN = frozenset(BINDING) - {"!", "~"}
_BINDS = frozenset(("[", "{", "(", "@", "#", "?", "^", ":="))


class _Reader:
    """Reads by the operators' strengths (a Pratt parser); `sign` is the operator that stands at hand, or `(end)`."""

    def __init__(self, text: str) -> None:
        self._tokens = Tokenizer(text)
        self._length = len(text)
        self._token = Token("", None, 0)
        self._sign = ""
        self._led: dict[str, Callable[[Node, Node], Node]] = {
            "(": self._call,
            "[": self._filter,
            "{": self._group,
            "^": self._sort,
            ":=": self._bind,
            "@": self._binding,
            "#": self._binding,
            "?": self._condition,
        }
        self._nud: dict[str, Callable[[Node], Node]] = {
            "-": self._negation,
            "(": self._block,
            "[": self._array,
            "{": self._object,
            "|": self._transform,
        }

    def whole(self) -> Node:
        """The tree of all that is written."""
        self._advance()
        tree = self._expression(0)
        if self._sign != _END:
            raise JsonataError("S0201", token=self._token.value, position=self._token.position)
        return tree

    def _advance(self, expected: str = "", *, is_infix: bool = False) -> None:
        if expected and self._sign != expected:
            code = "S0203" if self._sign == _END else "S0202"
            raise JsonataError(code, token=self._token.value, value=expected, position=self._token.position)
        token = self._tokens.next(is_infix=is_infix)
        self._token = token or Token(_END, None, self._length)
        self._sign = self._token.value if self._token.type == "operator" else "" if token else _END
        if self._sign and self._sign != _END and self._sign not in _KNOWN:
            raise JsonataError("S0204", token=self._sign, position=self._token.position)

    def _expression(self, strength: int) -> Node:
        sign, node = self._sign, Node(*self._token)
        self._advance(is_infix=True)
        left = self._begun(sign, node)
        while strength < self._strength():
            sign, node = self._sign, Node(*self._token)
            self._advance()
            left = self._led[sign](node, left) if sign in self._led else self._infix(sign, node, left)
        return left

    def _strength(self) -> int:
        return BINDING[self._sign] if self._sign in _INFIX or self._sign in _BINDS else 0

    def _begun(self, sign: str, node: Node) -> Node:
        """The expression that begins with a word."""
        if sign in self._nud:
            return self._nud[sign](node)
        if not sign or sign in (_END, "and", "or", "in"):
            return node
        kinds = {"*": "wildcard", "**": "descendant", "%": "parent"}
        if sign not in kinds:
            raise JsonataError("S0211", token=sign, position=node.position)
        node.type = kinds[sign]
        return node

    def _infix(self, sign: str, node: Node, left: Node) -> Node:
        node.type, node.lhs, node.rhs = "binary", left, self._expression(BINDING[sign])
        return node

    def _negation(self, node: Node) -> Node:
        node.type, node.expression = "unary", self._expression(70)
        return node

    def _call(self, node: Node, left: Node) -> Node:
        node.type, node.procedure, node.arguments = "function", left, []
        if self._sign != ")":
            while True:
                if self._sign == "?":
                    node.type = "partial"
                    node.arguments.append(Node(*self._token))
                    self._advance("?")
                else:
                    node.arguments.append(self._expression(0))
                if self._sign != ",":
                    break
                self._advance(",")
        self._advance(")", is_infix=True)
        is_function = left.type == "name" and left.value in ("function", "λ")
        return self._function(node) if is_function else node

    def _function(self, node: Node) -> Node:
        for index, argument in enumerate(node.arguments, 1):
            if argument.type != "variable":
                raise JsonataError("S0208", token=argument.value, value=index, position=argument.position)
        node.type = "lambda"
        if self._sign == "<":
            node.signature = Signature.parse(self._signature())
            node.signature.check()
        self._advance("{")
        node.body = self._expression(0)
        self._advance("}")
        return node

    def _signature(self) -> str:
        depth, signature = 1, "<"
        while depth > 0 and self._sign not in ("{", _END):
            self._advance()
            depth += (self._sign == "<") - (self._sign == ">")
            signature += str(_END if self._sign == _END else self._token.value)
        self._advance(">")
        return signature

    def _block(self, node: Node) -> Node:
        node.type, node.expressions = "block", []
        while self._sign != ")":
            node.expressions.append(self._expression(0))
            if self._sign != ";":
                break
            self._advance(";")
        self._advance(")", is_infix=True)
        return node

    def _array(self, node: Node) -> Node:
        node.type, node.expressions = "unary", []
        if self._sign != "]":
            while True:
                item = self._expression(0)
                if self._sign == "..":
                    span = Node("binary", "..", self._token.position, lhs=item)
                    self._advance("..")
                    span.rhs = self._expression(0)
                    item = span
                node.expressions.append(item)
                if self._sign != ",":
                    break
                self._advance(",")
        self._advance("]", is_infix=True)
        return node

    def _filter(self, node: Node, left: Node) -> Node:
        if self._sign == "]":
            step = left
            while step.type == "binary" and step.value == "[":
                step = step.lhs
            step.keeps_array = True
            self._advance("]")
            return left
        node.type, node.lhs, node.rhs = "binary", left, self._expression(BINDING["]"])
        self._advance("]", is_infix=True)
        return node

    def _pairs(self) -> list[tuple[Node, Node]]:
        pairs: list[tuple[Node, Node]] = []
        if self._sign != "}":
            while True:
                key = self._expression(0)
                self._advance(":")
                pairs.append((key, self._expression(0)))
                if self._sign != ",":
                    break
                self._advance(",")
        self._advance("}", is_infix=True)
        return pairs

    def _object(self, node: Node) -> Node:
        node.type, node.lhs = "unary", self._pairs()
        return node

    def _group(self, node: Node, left: Node) -> Node:
        node.type, node.lhs, node.rhs = "binary", left, self._pairs()
        return node

    def _sort(self, node: Node, left: Node) -> Node:
        self._advance("(")
        node.type, node.lhs, node.rhs = "binary", left, []
        while True:
            term = Node("term", descending=self._sign == ">")
            if self._sign in ("<", ">"):
                self._advance(self._sign)
            term.expression = self._expression(0)
            node.rhs.append(term)
            if self._sign != ",":
                break
            self._advance(",")
        self._advance(")")
        return node

    def _bind(self, node: Node, left: Node) -> Node:
        if left.type != "variable":
            raise JsonataError("S0212", token=left.value, position=left.position)
        node.type, node.lhs, node.rhs = "binary", left, self._expression(BINDING[":="] - 1)
        return node

    def _binding(self, node: Node, left: Node) -> Node:
        node.type, node.lhs, node.rhs = "binary", left, self._expression(BINDING[node.value])
        if node.rhs.type != "variable":
            raise JsonataError("S0214", token=node.value, position=node.rhs.position)
        return node

    def _condition(self, node: Node, left: Node) -> Node:
        node.type, node.condition, node.then = "condition", left, self._expression(0)
        if self._sign == ":":
            self._advance(":")
            node.otherwise = self._expression(0)
        return node

    def _transform(self, node: Node) -> Node:
        node.type, node.pattern = "transform", self._expression(0)
        self._advance("|")
        node.update = self._expression(0)
        if self._sign == ",":
            self._advance(",")
            node.delete = self._expression(0)
        self._advance("|")
        return node


def written(text: str) -> Node:
    """The tree of a text as it is written; raises `JsonataError`."""
    return _Reader(text).whole()
