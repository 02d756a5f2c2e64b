"""The code of the README and of docs/ runs, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keyflow.compiler import compile_workflow
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.http import openapi_document

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The code blocks of a page in a language, each with the line that it begins at."""
    text = page.read_text()
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in found]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    for line, block in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + block, str(page), "exec"), names)
    for value in names.values():
        if isinstance(value, Definition):
            compile_workflow(value)
        if isinstance(value, Api):
            openapi_document(value)


def test_the_commands_of_the_pages_exist() -> None:
    from keyflow.cli import main

    for page in PAGES:
        for _line, block in blocks(page, "console"):
            for name in re.findall(r"\bkeyflow (\w+)", block):
                assert name in main.list_commands(None), (page.name, name)  # type: ignore[arg-type]


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_policy_in_the_guide_is_what_comes_out() -> None:
    import json

    from keyflow.policies import workflow_policy

    guide = ROOT / "docs" / "guide.md"
    names: dict[str, object] = {"__name__": "guide"}
    for line, block in blocks(guide, "python"):
        exec(compile("\n" * (line - 1) + block, str(guide), "exec"), names)
    reminder = names["reminder"]
    assert isinstance(reminder, Definition)
    statements = workflow_policy(compile_workflow(reminder))["Statement"]
    ((_line, shown),) = blocks(guide, "json")
    assert [each for each in statements if not each["Action"][0].startswith("logs:")] == json.loads(shown)
