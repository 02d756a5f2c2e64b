"""A state while its place is being looked for."""

from __future__ import annotations

from dataclasses import field

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Group, Node
from keyflow.render.layout.placed import Box, Drawing
from keyflow.render.layout.sizes import END_SIGN, PORT, Texts


@dataclass(slots=True, kw_only=True)
class Item:
    """A state: the height of its head, that of the scopes below it, and the scopes with how far right they stand."""

    node: Node
    texts: Texts
    head: int
    width: int
    depth: int = 0
    scopes: list[tuple[Group, Drawing, int]] = field(default_factory=list)
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        """The height of the box."""
        return self.head + self.depth

    @property
    def room(self) -> int:
        """The height that it takes, with the sign for an end."""
        return self.height + (END_SIGN if self.node.ends else 0)

    @property
    def right(self) -> int:
        """Where the box ends to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Where the box ends below."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """The middle from left to right, where lines come in and go out."""
        return self.x + self.width // 2

    def make_room(self, ports: int) -> None:
        """Makes the head so high that so many lines can leave it at a side."""
        self.head = max(self.head, ports * PORT + 10)

    def port(self, number: int, count: int) -> int:
        """The `y` of one of the lines at a side, the first at 0; they lie around the middle of the head."""
        return self.y + self.head // 2 + round((number - (count - 1) / 2) * PORT)

    def box(self) -> Box:
        """The box of the state."""
        return Box(
            node=self.node,
            x=self.x,
            y=self.y,
            width=self.width,
            height=self.height,
            head=self.head,
            name=self.texts.name,
            detail=self.texts.detail,
        )
