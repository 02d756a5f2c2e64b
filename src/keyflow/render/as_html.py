"""A graph as a page of its own: no script, and nothing that is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.render.as_svg import svg, text
from keyflow.render.graphs import Graph, Kind, Role
from keyflow.render.signs import CHANGES, UNDONE
from keyflow.render.stylesheet import STYLESHEET

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PAGE = """\
:root { color-scheme: light dark; }
body { margin: 0; font: 14px/1.5 "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif;
  color: light-dark(#1f2933, #e4e9ee); background: light-dark(#ffffff, #14181d); }
header, form, footer { padding: 0.75rem 1.25rem; }
h1 { font-size: 1.2rem; margin: 0; }
p { margin: 0; }
label { margin-right: 1.5rem; }
.picture { overflow: auto; }
form:has(#compensation:not(:checked)) ~ .picture .compensation { display: none; }
form:has(#fit:checked) ~ .picture svg { width: 100%; height: auto; }
"""


def html(graph: Graph, title: str) -> str:
    """A page with the picture of a graph; a box on it shows and hides the compensation."""
    return "\n".join(_page(graph, title)) + "\n"


def _page(graph: Graph, title: str) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{text(title)}</title>"
    yield f"<style>\n{_PAGE}{STYLESHEET}</style></head>"
    yield "<body>"
    yield f"<header><h1>{text(title)}</h1>"
    if graph.comment:
        yield f"<p>{text(graph.comment)}</p>"
    yield "</header>"
    yield "<form>"
    if any(node.role is Role.COMPENSATION for node in graph.nodes):
        yield '<label><input type="checkbox" id="compensation" checked> compensation</label>'
    yield '<label><input type="checkbox" id="fit"> fit to the window</label>'
    yield "</form>"
    yield f'<div class="picture">\n{svg(graph, styled=False)}</div>'
    yield f"<footer>{text(_legend(graph))}</footer>"
    yield "</body></html>"


def _legend(graph: Graph) -> str:
    """What the signs mean that are in the picture."""
    found = []
    if any(edge.kind is Kind.CATCH for edge in graph.edges):
        found.append("dashed: an error is caught")
    if any(node.undone_by for node in graph.nodes):
        found.append(f"{UNDONE} has an undoing")
    changes = {node.change for node in graph.nodes} | {edge.change for edge in graph.edges}
    found += [f"{sign} {change.value}" for change, sign in CHANGES.items() if change in changes]
    return " · ".join(found)
