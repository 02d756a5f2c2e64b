"""An order of states for reading: each after those that lead to it, and each way kept together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from keyflow.render.graphs import Edge, Node, Path


def in_order(nodes: Iterable[Node], edges: Iterable[Edge], wanted: Sequence[Path] = ()) -> list[Node]:
    """States of one scope in an order for reading; edges that lead back do not count.

    Args:
        nodes: The states.
        edges: Edges, of which those between the states matter.
        wanted: The states that ways begin with, the one that should come first at the beginning.
    """
    by_path = {node.path: node for node in nodes}
    first = {path: index for index, path in enumerate(dict.fromkeys(wanted))}
    leaving: dict[Path, list[Path]] = {path: [] for path in by_path}
    for edge in edges:
        if edge.source in by_path and edge.target in by_path and edge.target not in leaving[edge.source]:
            leaving[edge.source].append(edge.target)
    _leave_out_what_leads_back(leaving, [path for path in (*first, *by_path) if path in by_path])
    coming = dict.fromkeys(by_path, 0)
    for targets in leaving.values():
        for target in targets:
            coming[target] += 1
    place = {path: index for index, path in enumerate(by_path)}
    ready = {path for path in by_path if not coming[path]}
    found: list[Node] = []
    following: Collection[Path] = ()
    while ready:
        path = min(ready, key=lambda each: _preference(by_path[each], following, first, place))
        ready.discard(path)
        found.append(by_path[path])
        following = leaving[path]
        for target in following:
            coming[target] -= 1
            if not coming[target]:
                ready.add(target)
    return found


def _preference(
    node: Node, following: Collection[Path], first: Mapping[Path, int], place: Mapping[Path, int]
) -> tuple[bool, bool, int, int]:
    is_failure = node.kind in ("Fail", "Missing")
    return is_failure, node.path not in following, first.get(node.path, len(place)), place[node.path]


def _leave_out_what_leads_back(leaving: dict[Path, list[Path]], roots: Sequence[Path]) -> None:
    """Takes the ways out that lead to a state that is still being visited, itself included."""
    state: dict[Path, int] = {}
    for root in roots:
        if root in state:
            continue
        stack = [(root, iter(list(leaving[root])))]
        state[root] = 1
        while stack:
            path, left = stack[-1]
            for target in left:
                if state.get(target) == 1:
                    leaving[path].remove(target)
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(list(leaving[target]))))
                    break
            else:
                state[path] = 2
                stack.pop()
