"""Plain English in README, docs and titles: the glossary's words, short sentences, lines that fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyflow.check import all_rules
from keyflow.codes import all_codes
from tests.source_trees import nodes

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
MADE = ("diagnostics.md", "rules.md")
"""Pages that are made of tables, which their own tests hold."""
AVOIDED = {
    "mend": "fix",
    "mended": "fixed",
    "nobody": "no one, or the thing itself",
    "is told": "is reported",
    "are told": "are reported",
}
LEFT_BEHIND = re.compile(r"\b(?:leav\w+|left|\w*things?|link|one|it)\s+behind\b", re.IGNORECASE)
"""Things are left behind; a step stands after another one."""
NOT_IN_MESSAGES = re.compile(r"\b(mend\w*|nobody|somebody|behind|tells|told)\b", re.IGNORECASE)
MODULES = sorted((ROOT / "src" / "keyflow").rglob("*.py"))
LONGEST_SENTENCE, LONGEST_LINE = 30, 120


def prose(page: Path) -> str:
    """The text of a page without its code and its tables."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", [each for each in PAGES if each.name not in MADE], ids=lambda page: page.name)
def test_a_page_uses_the_words_of_the_glossary(page: Path) -> None:
    text = prose(page)
    found = [word for word in AVOIDED if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    assert not found
    assert "behind" not in LEFT_BEHIND.sub("", " ".join(text.lower().split()))


@pytest.mark.parametrize("page", [each for each in PAGES if each.name not in MADE], ids=lambda page: page.name)
def test_lines_and_sentences_are_short(page: Path) -> None:
    for line in prose(page).splitlines():
        assert len(line) <= LONGEST_LINE or "http" in line, line
    for sentence in re.split(r"(?<=[.:;?!])\s+|(?<=[.:;?!]\*\*)\s+|\n\n|\n- ", prose(page)):
        assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


def test_every_term_is_once_in_the_glossary_and_in_order() -> None:
    terms = re.findall(r"^\| ([A-Za-z ]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)[1:]
    assert terms == sorted(set(terms), key=str.lower)


def test_titles_of_diagnostics_use_the_words_of_the_glossary() -> None:
    texts = [text for code in all_codes().values() for text in (code.what, code.why, code.fix)]
    texts += [rule.title for rule in all_rules().values()]
    for text in texts:
        assert not NOT_IN_MESSAGES.search(LEFT_BEHIND.sub("", text)), text


def messages(file: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that are no docstrings, each with its line."""
    docstrings = {id(node.value) for node in nodes(file) if isinstance(node, ast.Expr)}
    for node in nodes(file):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_messages_use_the_words_of_the_glossary() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in MODULES
        for line, text in messages(file)
        if NOT_IN_MESSAGES.search(LEFT_BEHIND.sub("", text))
    ]
    assert found == []
