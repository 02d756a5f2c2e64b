"""Pages with a picture."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from keyflow.render import compared, graph, html
from tests.render.pictures import TRIP, one_state

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_page_has_no_script_and_loads_nothing() -> None:
    page = html(graph({**one_state(HOSTILE), "Comment": HOSTILE}), HOSTILE)
    tags = Page(page).tags
    assert {tag for tag, _attributes in tags}.isdisjoint({"script", "img", "link", "iframe", "object", "a"})
    attributes = [name for _tag, found in tags for name in found]
    assert not [name for name in attributes if name in ("src", "href") or name.startswith("on")]
    assert "url(" not in page
    assert "@import" not in page


def test_compensation_folds_without_a_script() -> None:
    page = html(graph(TRIP), "Trip")
    assert '<input type="checkbox" id="compensation" checked>' in page
    assert re.search(r"form:has\(#compensation:not\(:checked\)\) ~ \.picture \.compensation \{ display: none; \}", page)
    assert 'id="compensation"' not in html(graph(TRIP, compensation=False), "Trip")


def test_the_legend_names_what_is_in_the_picture() -> None:
    assert "dashed: an error is caught · ↩ has an undoing</footer>" in html(graph(TRIP), "Trip")
    changed = compared(graph(one_state("B")), graph(one_state("A")))
    assert "+ added · \u2212 removed</footer>" in html(changed, "A")
