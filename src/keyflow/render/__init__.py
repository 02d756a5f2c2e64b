"""Pictures of definitions: SVG, HTML, Mermaid and text, of any definition in the States Language."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.render.graphs import Change, Edge, Graph, Group, Kind, Node, Path, Role, graph
    from keyflow.render.stylesheet import STYLESHEET
    from keyflow.render.as_svg import element_id, svg

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
    "element_id",
    "graph",
    "svg",
]

_MODULES = {
    "keyflow.render.graphs": ("Change", "Edge", "Graph", "Group", "Kind", "Node", "Path", "Role", "graph"),
    "keyflow.render.stylesheet": ("STYLESHEET",),
    "keyflow.render.as_svg": ("element_id", "svg"),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
