"""A state while its place is being looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Group, Node
from keyflow.render.layout.placed import Box, Drawing
from keyflow.render.layout.sizes import END_SIGN, Texts, port_height


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
        return self.height + (END_SIGN if self.node.ends and self.node.kind != "Succeed" else 0)

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

    def make_room(self, ports: Iterable[Edge | None]) -> None:
        """Makes the head so high that these lines can leave it at a side, each with its label."""
        self.head = max(self.head, sum(map(port_height, ports)) + 10)

    def ports(self, ports: Sequence[Edge | None]) -> list[int]:
        """The `y` of each of the lines at a side; they lie around the middle of the head."""
        heights = [port_height(each) for each in ports]
        top = self.y + (self.head - sum(heights)) // 2
        return [top + sum(heights[:count]) + height // 2 for count, height in enumerate(heights)]

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
