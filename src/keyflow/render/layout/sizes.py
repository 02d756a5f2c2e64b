"""How large things are, in pixels, and in how many lines their texts are written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Kind, Node
from keyflow.render.lettering import broken, listed, visible, width
from keyflow.render.signs import change_sign

NAME, DETAIL, LABEL = 13, 11, 11
"""The sizes of letters."""
NAME_LINE, DETAIL_LINE, LABEL_LINE = 17, 14, 14
END_SIGN = 20
"""How far the sign for an end reaches below its box."""
_PORT = 17
_WIDEST_TEXT, _NARROWEST_BOX, _MARGIN = 156, 116, 24
_WIDEST_LABEL = 140
_NAME_LINES, _DETAIL_LINES, _LABEL_LINES = 4, 2, 2


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a state in lines, and the room that they take with a margin around."""

    name: Sequence[str]
    detail: Sequence[str]
    width: int
    height: int


def texts_of(node: Node, inside: int) -> Texts:
    """The name of a state and what it does, in lines that fit: above scopes that are so wide, or in a box."""
    most = max(_WIDEST_TEXT, inside - 2 * _MARGIN)
    name = broken(visible(node.name), NAME, most, _NAME_LINES)
    detail = broken(visible(node.detail), DETAIL, most, _DETAIL_LINES) if node.detail else ()
    widest = max((*(width(line, NAME) for line in name), *(width(line, DETAIL) for line in detail)), default=0)
    badge = 14 if node.undone_by or node.change else 0
    full = max(_NARROWEST_BOX, round(widest) + _MARGIN + badge)
    return Texts(name, detail, full + full % 2, 14 + NAME_LINE * len(name) + DETAIL_LINE * len(detail))


def label_of(edge: Edge) -> Sequence[str]:
    """The label of an edge in lines: of the errors of a catcher the first ones, and how many more there are.

    It begins with the sign of a change; an edge without a label has that alone.
    """
    return _label(change_sign(edge.change), edge.label, edge.kind is Kind.CATCH)


@lru_cache(maxsize=1024)
def _label(sign: str, label: str, is_list: bool) -> Sequence[str]:
    text = visible(label)
    if is_list:
        text = listed(text.split(", "), LABEL, _WIDEST_LABEL)
    shown = (sign + text).strip()
    return broken(shown, LABEL, _WIDEST_LABEL, _LABEL_LINES) if shown else ()


def label_size(lines: Sequence[str]) -> tuple[int, int] | None:
    """The room that a label takes; None where there is none."""
    if not lines:
        return None
    widest = round(max(width(line, LABEL) for line in lines)) + 8
    return widest + widest % 2, LABEL_LINE * len(lines) + 4


def port_height(edge: Edge | None) -> int:
    """How high the room is for an edge at the side of a box, with its label; None stands for those that come in."""
    size = label_size(label_of(edge)) if edge is not None else None
    return max(_PORT, size[1] if size else 0)
