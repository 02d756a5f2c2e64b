"""Pictures of definitions: SVG, HTML, Mermaid and text, of any definition in the States Language."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.render.as_html import html
    from keyflow.render.as_mermaid import mermaid
    from keyflow.render.as_svg import element_id, svg
    from keyflow.render.as_text import text
    from keyflow.render.comparison import compared
    from keyflow.render.graphs import Change, Edge, Graph, Group, Kind, Node, Path, Role, graph
    from keyflow.render.stylesheet import STYLESHEET

__all__ = [
    "STYLESHEET",
    "Change",
    "Edge",
    "Graph",
    "Group",
    "Kind",
    "Node",
    "Path",
    "Role",
    "compared",
    "element_id",
    "graph",
    "html",
    "mermaid",
    "svg",
    "text",
]

_MODULES = {
    "keyflow.render.as_html": ("html",),
    "keyflow.render.as_mermaid": ("mermaid",),
    "keyflow.render.as_svg": ("element_id", "svg"),
    "keyflow.render.as_text": ("text",),
    "keyflow.render.comparison": ("compared",),
    "keyflow.render.graphs": ("Change", "Edge", "Graph", "Group", "Kind", "Node", "Path", "Role", "graph"),
    "keyflow.render.stylesheet": ("STYLESHEET",),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
