"""SVG: well-formed, addressed by paths, styled by classes."""

from __future__ import annotations

import re
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.render import STYLESHEET, element_id, graph, svg
from tests.random_graphs import RandomGraph
from tests.render.pictures import TRIP, one_state

NAMES = st.text(st.characters(exclude_categories=()), max_size=60)
HOSTILE = '"><script>alert(1)</script>&\x00\x1b]]>'


def tree(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def classes(element: ElementTree.Element) -> list[str]:
    return element.get("class", "").split()


def states(picture: str) -> dict[str, ElementTree.Element]:
    return {each.get("id", ""): each for each in tree(picture).iter() if "state" in classes(each)}


@settings(deadline=None)
@given(name=NAMES, label=NAMES)
def test_any_name_gives_well_formed_xml(name: str, label: str) -> None:
    catch = [{"ErrorEquals": [label], "Next": name}]
    definition = one_state(name, Type="Task", Resource=label, Catch=catch, Next=label, Comment=label)
    (root, *_others) = [tree(svg(graph({**definition, "Comment": label}), styled=styled)) for styled in (True, False)]
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_no_script_runs() -> None:
    definition = one_state(HOSTILE, Type="Task", Resource=HOSTILE, Next=HOSTILE)
    picture = svg(graph(definition), marks={(HOSTILE,): 'x" onload="alert(1)'})
    tags = {each.tag.partition("}")[2] for each in tree(picture).iter()}
    assert tags <= {"svg", "style", "title", "rect", "g", "path", "text", "circle"}
    assert not [name for each in tree(picture).iter() for name in each.attrib if name.startswith("on")]


def test_each_state_is_a_group_with_its_name_an_id_of_its_path_and_a_title() -> None:
    found = states(svg(graph(TRIP)))
    assert len(found) == len(graph(TRIP).nodes)
    mail = found[element_id(("Both", 0, "Mail"))]
    assert mail.get("data-state") == "Mail"
    (title,) = mail.findall("{http://www.w3.org/2000/svg}title")
    assert title.text == "Mail\npass"


def test_ids_are_those_of_paths_and_differ() -> None:
    assert element_id(("Book",)) == "state-Book"
    paths: list[tuple[str | int, ...]] = [
        ("a b",),
        ("a-b",),
        ("a", 0, "b"),
        ("a-0-b",),
        ("",),
        ("-",),
        ("数",),
        ("字",),
    ]
    ids = {element_id(path) for path in paths}
    assert len(ids) == len(paths)
    assert all(re.fullmatch(r"state-[A-Za-z0-9-]*", each) for each in ids)


def test_without_style_there_is_none_at_all() -> None:
    picture = svg(graph(TRIP), styled=False)
    assert "<style" not in picture
    assert "style=" not in picture
    assert "fill=" not in picture


def test_every_class_of_a_picture_that_should_have_looks_has_some() -> None:
    known = set(re.findall(r"\.([a-z][a-z-]*)", STYLESHEET))
    assert {
        "keyflow-graph",
        "compensation",
        "failure",
        "catch",
        "choice",
        "frame",
        "label",
        "added",
        "removed",
    } <= known
    assert {"mark-succeeded", "mark-failed", "mark-caught", "light", "dark"} <= known


def test_the_style_is_known_to_viewers_that_are_no_browsers() -> None:
    assert "var(" not in STYLESHEET
    assert "{" not in re.sub(r"\{[^{}]*\}", "", re.sub(r"@media [^{]*\{(.*?)\}\n\}", "", STYLESHEET, flags=re.DOTALL))


def test_compensation_is_a_layer_of_its_own() -> None:
    layers = [each for each in tree(svg(graph(TRIP))) if each.tag.endswith("}g")]
    assert [classes(layer) for layer in layers] == [["way"], ["compensation"]]
    named = [each.get("data-state") for each in layers[1] if each.get("data-state")]
    assert named == ["Unbook", "Failed"]  # nothing else leads to the failure
    assert len([each for each in layers[1] if "edge" in classes(each)]) == 2


def test_a_state_with_an_undoing_says_so() -> None:
    for compensation in (True, False):
        book = states(svg(graph(TRIP, compensation=compensation)))["state-Book"]
        assert "↩" in [each.text for each in book]
        assert "undone by Unbook" in (book[0].text or "")


@pytest.mark.parametrize(("mark", "sign"), [("succeeded", "✓"), ("failed", "✗"), ("caught", "↯")])
def test_marks_are_classes_and_signs(mark: str, sign: str) -> None:
    found = states(svg(graph(TRIP), marks={("Both", 1, "Text"): mark}))
    marked = {id_ for id_, each in found.items() if f"mark-{mark}" in classes(each)}
    assert marked == {element_id(("Both", 1, "Text"))}
    assert sign in [each.text for each in found[marked.pop()]]


def test_errors_are_dashed() -> None:
    caught = [each for each in tree(svg(graph(TRIP))).iter() if {"edge", "catch"} <= {*classes(each)}]
    assert len(caught) == 1
    assert re.search(r"\.edge\.catch path \{ stroke-dasharray: \d", STYLESHEET)


def test_the_same_definition_gives_the_same_bytes() -> None:
    assert svg(graph(TRIP)) == svg(graph(TRIP))


def test_an_empty_definition_has_a_picture() -> None:
    assert tree(svg(graph({}))).get("width") == "40"


@settings(deadline=None)
@given(seed=st.integers(0, 100_000))
def test_each_state_and_line_is_in_one_layer(seed: int) -> None:
    drawn = graph(RandomGraph(Random(seed)).definition)
    root = tree(svg(drawn))
    found = [each.get("id") for each in root.iter() if "state" in classes(each)]
    assert sorted(map(str, found)) == sorted(element_id(node.path) for node in drawn.nodes)
    assert len([each for each in root.iter() if "edge" in classes(each)]) == len(drawn.edges)
    folded = {each.get("id") for layer in root if classes(layer) == ["way"] for each in layer} - {None}
    left = graph(RandomGraph(Random(seed)).definition, compensation=False)
    assert folded == {element_id(node.path) for node in left.nodes}
