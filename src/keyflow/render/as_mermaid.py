"""A graph as a flowchart of Mermaid, which GitHub and many editors draw (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keyflow.lazy import lazy_pattern
from keyflow.render.graphs import Change, Edge, Graph, Group, Kind, Node, Path, Role
from keyflow.render.lettering import visible
from keyflow.render.signs import UNDONE, change_sign

_SHAPES = {"Choice": ("{{", "}}"), "Succeed": ("([", "])"), "Fail": ("([", "])"), "Wait": ("(", ")")}
_LOOKS = {
    Role.COMPENSATION.value: "fill:#fff6ec,stroke:#b4540a,color:#1f2933",
    Role.FAILURE.value: "fill:#fef1f1,stroke:#b91c1c,color:#1f2933",
    Change.ADDED.value: "stroke:#15803d,stroke-width:3px",
    Change.REMOVED.value: "stroke:#b91c1c,stroke-width:3px,stroke-dasharray:6 4",
    Change.CHANGED.value: "stroke:#1d4ed8,stroke-width:3px",
}
_SPECIAL = lazy_pattern(
    r"^(?:[ -]|\d+(?=[.)]))|\$(?=\$)|(?<=\$)\$"
    r"|[^A-Za-z0-9 .,:?!()=/$'\u21a9\u2212\u00d7\u2264\u2265\u2260\u2026\u27e8\u27e9\u00c0-\u024f\u2400-\u2426-]"
)
"""Labels are Markdown, quoted or not: what begins a list is special, and two signs of a dollar begin mathematics.

Source: https://github.com/mermaid-js/mermaid/issues/5824
"""


def mermaid(graph: Graph) -> str:
    """A graph as a flowchart: scopes are subgraphs, catchers are dotted, compensation has a class of its own."""
    return "\n".join(_flowchart(graph)) + "\n"


def _flowchart(graph: Graph) -> Iterator[str]:
    ids = {node.path: f"s{number}" for number, node in enumerate(graph.nodes, start=1)}
    inside: dict[Path, list[Node]] = {}
    groups: dict[Path, list[Group]] = {}
    for node in graph.nodes:
        inside.setdefault(node.scope, []).append(node)
    for group in graph.groups:
        groups.setdefault(group.owner, []).append(group)
    yield "flowchart TD"
    if graph.start is not None:
        yield f"    start(( )) --> {ids[graph.start]}"
    yield from _scope((), inside, groups, ids, "    ")
    yield from (_edge(edge, ids) for edge in graph.edges)
    for word, look in _LOOKS.items():
        members = [ids[node.path] for node in graph.nodes if word in (node.role.value, node.change)]
        if members:
            yield f"    classDef {word} {look}"
            yield f"    class {','.join(members)} {word}"


def _scope(
    path: Path,
    inside: Mapping[Path, Sequence[Node]],
    groups: Mapping[Path, Sequence[Group]],
    ids: Mapping[Path, str],
    indent: str,
) -> Iterator[str]:
    for node in inside.get(path, ()):
        name = ids[node.path]
        if node.path not in groups:
            opening, closing = _SHAPES.get(node.kind, ("[", "]"))
            yield f'{indent}{name}{opening}"{_text_of(node)}"{closing}'
            continue
        yield f'{indent}subgraph {name}["{_text_of(node)}"]'
        for number, group in enumerate(groups[node.path], start=1):
            yield f'{indent}    subgraph {name}b{number}["{group.kind} {number}"]'
            if group.start is not None:
                yield f"{indent}        {name}b{number}start(( )) --> {ids[group.start]}"
            yield from _scope(group.path, inside, groups, ids, f"{indent}        ")
            yield f"{indent}    end"
        yield f"{indent}end"


def _text_of(node: Node) -> str:
    undone = f" {UNDONE}" if node.undone_by else ""
    return f"{escaped(change_sign(node.change) + node.name)}{undone}<br/>{escaped(node.detail)}"


def _edge(edge: Edge, ids: Mapping[Path, str]) -> str:
    text = escaped(change_sign(edge.change) + edge.label)
    source, target = ids[edge.source], ids[edge.target]
    if edge.kind is Kind.CATCH:
        return f'    {source} -. "{text}" .-> {target}' if text else f"    {source} -.-> {target}"
    return f'    {source} -- "{text}" --> {target}' if text else f"    {source} --> {target}"


def escaped(text: str) -> str:
    """A text inside of quotes: every character that means something to Mermaid, Markdown or HTML by its number."""
    return _SPECIAL.sub(lambda found: "".join(f"#{ord(each)};" for each in found[0]), visible(text))
