"""Two graphs as one."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from keyflow.render import Change, Kind, compared, graph, mermaid, svg, text
from tests.render.pictures import TRIP

STATES = TRIP["States"]
NEW: dict[str, Any] = {
    "StartAt": "Book",
    "States": {
        "Book": {**STATES["Book"], "Next": "Both", "Catch": [{"ErrorEquals": ["Full"], "Next": "Unbook"}]},
        "Both": {**STATES["Both"], "Branches": [STATES["Both"]["Branches"][0]]},
        "Unbook": {**STATES["Unbook"], "TimeoutSeconds": 5, "Next": "Note"},
        "Note": {"Type": "Pass", "Next": "Failed"},
        "Failed": STATES["Failed"],
    },
}
BOTH = compared(graph(NEW), graph(TRIP))


def test_states_are_added_removed_and_changed() -> None:
    assert {node.path: node.change for node in BOTH.nodes if node.change} == {
        ("Book",): Change.CHANGED,  # it catches less
        ("Unbook",): Change.CHANGED,
        ("Note",): Change.ADDED,
        ("Paid?",): Change.REMOVED,
        ("Unpaid",): Change.REMOVED,
        ("Both", 1, "Text"): Change.REMOVED,
    }


def test_edges_are_added_removed_and_changed() -> None:
    assert {(edge.source, edge.target, edge.kind): edge.change for edge in BOTH.edges if edge.change} == {
        (("Book",), ("Both",), Kind.NEXT): Change.ADDED,
        (("Book",), ("Unbook",), Kind.CATCH): Change.CHANGED,
        (("Unbook",), ("Note",), Kind.NEXT): Change.ADDED,
        (("Note",), ("Failed",), Kind.NEXT): Change.ADDED,
        (("Book",), ("Paid?",), Kind.NEXT): Change.REMOVED,
        (("Paid?",), ("Both",), Kind.CHOICE): Change.REMOVED,
        (("Paid?",), ("Unpaid",), Kind.DEFAULT): Change.REMOVED,
        (("Unbook",), ("Failed",), Kind.NEXT): Change.REMOVED,
    }


def test_what_is_the_same_has_no_change() -> None:
    same = compared(graph(TRIP), graph(TRIP))
    assert same == graph(TRIP)


def test_every_line_that_has_changed_has_a_sign() -> None:
    root = ElementTree.fromstring(svg(BOTH))
    for change, sign in (("added", "+"), ("removed", "\u2212"), ("changed", "~")):
        found = [each for each in root.iter() if {"edge", change} <= set(each.get("class", "").split())]
        assert found
        assert all(
            next(line.text or "" for line in each if line.get("class") == "label").startswith(sign) for each in found
        )


def test_colour_is_never_the_only_sign() -> None:
    for drawn in (svg(BOTH), text(BOTH)):
        assert "+ Note" in drawn or ">+</text>" in drawn
        assert "\u2212 Paid?" in drawn or ">\u2212</text>" in drawn
        assert "~ Unbook" in drawn or ">~</text>" in drawn
    assert '"#43; Note' in mermaid(BOTH)  # a plain + would begin a list
