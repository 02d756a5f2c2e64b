"""The look of pictures: all of it by class, so that a page with a strict policy for content can link it.

Colours stand in it as they are, without custom properties of CSS: viewers that are no browsers do not know these.
"""

from __future__ import annotations

from collections.abc import Mapping

_LIGHT = {
    "ground": "#ffffff",
    "box": "#ffffff",
    "text": "#1f2933",
    "quiet": "#5b6875",
    "line": "#52606d",
    "edge": "#7b8794",
    "inside": "#f5f7fa",
    "undo": "#b4540a",
    "undo_box": "#fff6ec",
    "undo_inside": "#fffaf4",
    "fail": "#b91c1c",
    "fail_box": "#fef1f1",
    "choice": "#1d4ed8",
    "good": "#15803d",
    "good_box": "#effaf2",
}
_DARK = {
    "ground": "#14181d",
    "box": "#1d242c",
    "text": "#e4e9ee",
    "quiet": "#a2aebb",
    "line": "#8796a5",
    "edge": "#8796a5",
    "inside": "#181e24",
    "undo": "#f0a35e",
    "undo_box": "#2d2418",
    "undo_inside": "#211c15",
    "fail": "#f58a8a",
    "fail_box": "#311c1e",
    "choice": "#8fb4ff",
    "good": "#6fcf8b",
    "good_box": "#17291d",
}
_SHAPES = """\
.keyflow-graph { font-family: "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
.keyflow-graph .shape, .keyflow-graph .ring, .keyflow-graph .from-start,
.keyflow-graph .edge path { stroke-width: 1.25; }
.keyflow-graph .frame { stroke-width: 0.75; stroke-dasharray: 2 3; }
.keyflow-graph .ring, .keyflow-graph .edge path { fill: none; }
.keyflow-graph text { font-size: 13px; text-anchor: middle; }
.keyflow-graph text.detail, .keyflow-graph text.label { font-size: 11px; }
.keyflow-graph text.badge, .keyflow-graph text.mark, .keyflow-graph text.sign { text-anchor: end; }
.keyflow-graph text.mark, .keyflow-graph text.sign { font-size: 14px; font-weight: bold; }
.keyflow-graph .edge.catch path { stroke-dasharray: 5 4; }
.keyflow-graph .missing > .shape { stroke-dasharray: 3 3; }
.keyflow-graph .removed > .shape { stroke-dasharray: 6 4; }
.keyflow-graph .added > .shape, .keyflow-graph .removed > .shape, .keyflow-graph .changed > .shape,
.keyflow-graph .mark-succeeded > .shape, .keyflow-graph .mark-failed > .shape,
.keyflow-graph .mark-caught > .shape { stroke-width: 2.5; }
.keyflow-graph .edge.added path, .keyflow-graph .edge.removed path,
.keyflow-graph .edge.changed path { stroke-width: 2.25; }
.keyflow-graph .edge path.head { stroke: none; }
"""
_COLOURS = {
    "": "background: {ground}",
    ".ground": "fill: {ground}",
    ".shape": "fill: {box}; stroke: {line}",
    ".frame": "fill: {inside}; stroke: {line}",
    "text": "fill: {text}",
    "text.detail, text.label": "fill: {quiet}",
    "text.badge": "fill: {undo}",
    ".dot, .end": "fill: {line}",
    ".ring, .from-start": "stroke: {line}",
    ".edge path:not(.head)": "stroke: {edge}",
    ".edge path.head": "fill: {edge}",
    ".choice > .shape": "stroke: {choice}",
    ".succeed > .shape": "fill: {good_box}; stroke: {good}",
    ".compensation .shape": "fill: {undo_box}; stroke: {undo}",
    ".compensation .frame": "fill: {undo_inside}; stroke: {undo}",
    ".compensation .edge path:not(.head)": "stroke: {undo}",
    ".compensation .edge path.head": "fill: {undo}",
    ".compensation .dot, .compensation .end": "fill: {undo}",
    ".compensation .ring, .compensation .from-start": "stroke: {undo}",
    "g.failure > .shape": "fill: {fail_box}; stroke: {fail}",
    "g g.added > .shape, g .edge.added path:not(.head), g.mark-succeeded > .shape": "stroke: {good}",
    "g g.removed > .shape, g .edge.removed path:not(.head), g.mark-failed > .shape": "stroke: {fail}",
    "g g.changed > .shape, g .edge.changed path:not(.head)": "stroke: {choice}",
    "g.mark-caught > .shape": "stroke: {undo}",
    "g .edge.added path.head, .added > text.sign, .mark-succeeded > text.mark": "fill: {good}",
    "g .edge.removed path.head, .removed > text.sign, .mark-failed > text.mark": "fill: {fail}",
    "g .edge.changed path.head, .changed > text.sign": "fill: {choice}",
    ".mark-caught > text.mark": "fill: {undo}",
}
"""By what they are for, within a picture; where several fit, the later one counts."""


def _coloured(picture: str, colours: Mapping[str, str]) -> str:
    return "".join(
        f"{', '.join(f'{picture} {each}'.rstrip() for each in selectors.split(', '))} {{ {look.format(**colours)}; }}\n"
        for selectors, look in _COLOURS.items()
    )


STYLESHEET = (
    _SHAPES
    + _coloured(".keyflow-graph", _LIGHT)
    + f"@media (prefers-color-scheme: dark) {{\n{_coloured('.keyflow-graph:not(.light)', _DARK)}}}\n"
    + _coloured(".keyflow-graph.dark", _DARK)
)
"""CSS for what `svg` draws. Light and dark follow the reader's setting; the class `light` or `dark` forces one."""
