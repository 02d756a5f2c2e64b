"""Python expressions as text: on one line where they fit, else one element a line, as formatters leave them."""

from __future__ import annotations

from collections.abc import Sequence

from keyflow.dataclass import dataclass

WIDTH = 120
"""Characters in a line."""
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: `before` ends with the opening one, `after` begins with the closing one."""

    before: str
    items: Sequence[Item]
    after: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by an operator."""

    operator: str
    operands: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Parentheses:
    """An operand in parentheses."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Item:
    """An element of a group: its name or key (`name=`, `"key": `), or nothing, and its value."""

    label: str
    value: Node


Node = str | Group | Chain | Parentheses


def flat(node: Node) -> str:
    """The expression on one line."""
    match node:
        case Group(before, items, after):
            return before + ", ".join(item.label + flat(item.value) for item in items) + after
        case Chain(operator, operands):
            return f" {operator} ".join(flat(each) for each in operands)
        case Parentheses(inner):
            return f"({flat(inner)})"
        case text:
            return text


def laid_out(node: Node, depth: int, before: str = "", after: str = "") -> str:
    """The expression at an indentation of `depth` levels, behind `before` on its first line and with `after` behind."""
    line = flat(node)
    if len(_INDENT) * depth + len(before) + len(line) + len(after) <= WIDTH or isinstance(node, str):
        return before + line + after
    if isinstance(node, Chain):
        separator = f"\n{_INDENT * depth}{node.operator} "
        return before + separator.join(laid_out(each, depth) for each in node.operands) + after
    if isinstance(node, Parentheses):
        inside = laid_out(node.inner, depth + 1)
        return f"{before}(\n{_INDENT * (depth + 1)}{inside}\n{_INDENT * depth}){after}"
    if not node.items:
        return before + line + after
    inner = "".join(
        f"{_INDENT * (depth + 1)}{laid_out(item.value, depth + 1, item.label, ',')}\n" for item in node.items
    )
    closing = node.after.removeprefix(",")  # of a tuple with one element, whose line has its comma already
    return f"{before}{node.before}\n{inner}{_INDENT * depth}{closing}{after}"
