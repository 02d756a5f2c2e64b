"""The code of the README and of docs/ runs, and their links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keyflow.compiler import compile_workflow
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.dsl.workflow import Workflow
from keyflow.http import openapi_document
from tests import command
from tests.test_readme import fixed

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


def test_the_request_that_the_guide_claims_is_made_once_or_not_at_all() -> None:
    """Whatever fails, with one fault and with two: nothing is left, nothing is answered wrongly, nothing unprovable."""
    from keyflow.verify import prove, subject_of_workflow

    names = names_of(ROOT / "docs" / "guide.md")
    workflow, api = names["once"], names["keys"]
    assert isinstance(workflow, Workflow)
    assert isinstance(api, Api)
    compiled = compile_workflow(workflow, answer_within=29, provided=api.routes[0].provided)
    assert compiled.warnings == ()
    proof = prove(subject_of_workflow(compiled, [api]))
    assert [example.finding.message for example in (*proof.violations, *proof.unprovable)] == []


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


def test_the_models_that_name_no_fault_are_those_of_which_verification_says_so() -> None:
    from keyflow.aws import apigateway, ec2, s3

    page = " ".join((ROOT / "docs" / "verification.md").read_text().split())
    assert "The models of S3, EC2, API Gateway and others name no 5xx" in page
    for operation in (s3.put_object, ec2.run_instances, apigateway.create_api_key):
        assert operation.model.faults == ()


def test_the_definition_that_verification_shows_leaves_what_it_says(tmp_path: Path) -> None:
    page = ROOT / "docs" / "verification.md"
    (tmp_path / "topic.asl.json").write_text(blocks(page, "json")[0][1])
    (session,) = (block for _line, block in blocks(page, "console") if "verify topic.asl.json" in block)
    printed = command.keyflow("verify", "topic.asl.json", cwd=tmp_path, HOME=str(tmp_path)).stdout
    _command, *shown, _cut = session.splitlines()
    assert len(shown) == 3
    assert printed.splitlines()[: len(shown)] == shown


def test_the_two_executions_that_verification_shows_take_those_turns(tmp_path: Path) -> None:
    page = ROOT / "docs" / "verification.md"
    (definitions,) = (block for _line, block in blocks(page, "python") if "DeleteKey" in block)
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "keys.py").write_text(definitions)
    (session,) = (block for _line, block in blocks(page, "console") if "verify DeleteKey RotateKey" in block)
    done = command.keyflow("verify", "DeleteKey", "RotateKey", cwd=tmp_path, HOME=str(tmp_path))
    _command, _cut, *shown, _rest = session.splitlines()
    assert len(shown) == 4
    assert "\n".join(shown) in done.stdout
    assert "violation P6" in done.stdout
    assert "left: api key of 'Create Key' of RotateKey" in done.stdout
    assert done.returncode == 1


def test_the_review_on_the_page_is_what_is_printed(tmp_path: Path) -> None:
    """A line that ends in dots goes on."""
    page = ROOT / "docs" / "reviewing.md"
    file = tmp_path / "definitions" / "register.py"
    file.parent.mkdir()
    file.write_text(blocks(page, "python")[0][1])
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)
    file.write_text(re.sub(r"key\.compensate.*\n", "", file.read_text()))
    (session,) = (block for _line, block in blocks(page, "console") if "newly open" in block)
    shown_command, *shown = session.splitlines()
    done = command.keyflow(*shown_command.split()[2:], cwd=tmp_path, HOME=str(tmp_path))
    printed = done.stdout.splitlines()
    assert done.returncode == 1
    assert len(printed) == len(shown)
    for expected, line in zip(shown, printed, strict=True):
        assert line == expected or (expected.endswith("...") and line.startswith(expected.removesuffix("...")))


def test_a_projects_own_test_passes_with_plain_pytest(tmp_path: Path) -> None:
    """The page's first block is a whole file: with README's first workflow, nothing is to be added."""
    (tmp_path / "keyflow.toml").write_text('name = "sample"\n')
    for file, text in {
        "definitions/register.py": fixed(),
        "tests/test_register.py": blocks(ROOT / "docs" / "testing.md", "python")[0][1],
    }.items():
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_policy_in_the_guide_is_what_comes_out() -> None:
    import json

    from keyflow.policies import workflow_policy

    guide = ROOT / "docs" / "guide.md"
    reminder = names_of(guide)["reminder"]
    assert isinstance(reminder, Definition)
    statements = workflow_policy(compile_workflow(reminder))["Statement"]
    ((_line, shown),) = blocks(guide, "json")
    assert [each for each in statements if not each["Action"][0].startswith("logs:")] == json.loads(shown)


def test_the_integration_in_the_guide_is_what_comes_out() -> None:
    import yaml

    guide = ROOT / "docs" / "guide.md"
    shop = names_of(guide)["shop"]
    assert isinstance(shop, Api)
    built = openapi_document(shop)["paths"]["/events"]["post"]["x-amazon-apigateway-integration"]
    ((_line, text),) = blocks(guide, "yaml")
    shown = yaml.safe_load(text)
    assert {name: built[name] for name in shown if name != "responses"} == {
        name: each for name, each in shown.items() if name != "responses"
    }
    assert built["responses"]["200"] == shown["responses"]["200"]
