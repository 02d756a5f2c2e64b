"""The code of the README and of docs/ runs, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keyflow.compiler import compile_workflow
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.dsl.workflow import Workflow
from keyflow.http import openapi_document
from tests import command

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The code blocks of a page in a language, each with the line that it begins at."""
    text = page.read_text()
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in found]


def names_of(page: Path) -> dict[str, object]:
    """What the Python of a page defines."""
    names: dict[str, object] = {"__name__": page.stem}
    for line, block in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + block, str(page), "exec"), names)
    return names


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path) -> None:
    for value in names_of(page).values():
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


def test_nothing_is_left_open_by_the_workflows_of_the_page_on_compensation() -> None:
    """No error, no warning, nothing violated and nothing unprovable: what the page shows is what to write."""
    from keyflow.verify import prove, subject_of_workflow

    workflows = [each for each in names_of(ROOT / "docs" / "compensation.md").values() if isinstance(each, Workflow)]
    assert len(workflows) >= 8
    for workflow in workflows:
        compiled = compile_workflow(workflow)
        assert [each for each in compiled.warnings if each.code != "KF236"] == [], workflow.name
        proof = prove(subject_of_workflow(compiled, ()))
        found = [example.finding.message for example in (*proof.violations, *proof.unprovable)]
        assert found == [], workflow.name


def test_the_table_of_effects_is_what_keyflow_knows() -> None:
    import keyflow.aws as services
    from keyflow.aws.effects import Effect, effect_of

    page = (ROOT / "docs" / "compensation.md").read_text()
    rows = re.findall(rf"^\| ({'|'.join(each.value for each in Effect)}) \| (.*?) \|", page, re.MULTILINE)
    assert {effect for effect, _examples in rows} == {each.value for each in Effect}
    for effect, examples in rows:
        for service, operation in re.findall(r"`(\w+)\.(\w+)`", examples):
            called = getattr(getattr(services, service), operation)
            assert effect_of(called.model).effect.value == effect, (service, operation)


def test_the_definition_that_verification_shows_leaves_what_it_says(tmp_path: Path) -> None:
    page = ROOT / "docs" / "verification.md"
    (tmp_path / "topic.asl.json").write_text(blocks(page, "json")[0][1])
    (session,) = (block for _line, block in blocks(page, "console") if "verify topic.asl.json" in block)
    printed = command.keyflow("verify", "topic.asl.json", cwd=tmp_path, HOME=str(tmp_path)).stdout
    _command, *shown, _cut = session.splitlines()
    assert len(shown) == 3
    assert printed.splitlines()[: len(shown)] == shown


def test_the_policy_in_the_guide_is_what_comes_out() -> None:
    import json

    from keyflow.policies import workflow_policy

    guide = ROOT / "docs" / "guide.md"
    reminder = names_of(guide)["reminder"]
    assert isinstance(reminder, Definition)
    statements = workflow_policy(compile_workflow(reminder))["Statement"]
    ((_line, shown),) = blocks(guide, "json")
    assert [each for each in statements if not each["Action"][0].startswith("logs:")] == json.loads(shown)
