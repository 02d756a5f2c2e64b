"""The table of diagnostics: every code that is used is in it, every entry is used, and each example shows its code."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from keyflow.build import build
from keyflow.check import all_rules
from keyflow.codes import RESERVED, Code, all_codes
from keyflow.codes.page import diagnostics_page
from keyflow.diagnostics import KeyflowError
from keyflow.loading import Definitions, load_definitions
from keyflow.project import Project

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"
SOURCES = [file for file in (ROOT / "src").rglob("*.py") if file.parent.name != "codes"]
USED = {code for file in SOURCES for code in re.findall(r'"(KF\d{3})"', file.read_text())}
PREAMBLE = """\
from keyflow import Api, Parameter, Retry, StateMachine, Workflow, format, intrinsics
from keyflow.aws import apigateway, dynamodb

workflow = Workflow("Orders", timeout=25)
lookup = Workflow("Lookup", timeout=20)
lookup.task("Get It", dynamodb.get_item(TableName="orders", Key={}))
api = Api("front")
"""


def test_every_code_that_is_used_is_in_the_table_and_every_entry_is_used() -> None:
    assert sorted({*all_codes(), *all_rules()}) == sorted(USED)
    assert not set(RESERVED) & USED


@pytest.mark.parametrize("code", all_codes().values(), ids=lambda code: code.code)
def test_an_entry_is_told_in_full(code: Code) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.name)
    for text in (code.what, code.why, code.fix):
        assert text[0].isupper() or text.startswith(("`", "keyflow "))
        assert text.endswith((".", "`"))


def test_names_are_said_once() -> None:
    names = [code.name for code in all_codes().values()] + [rule.name for rule in all_rules().values()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "code",
    [code for code in all_codes().values() if "KF200" < code.code < "KF500" and code.code != "KF305"],
    ids=lambda code: code.code,
)
def test_an_example_shows_its_code(code: Code, tmp_path: Path) -> None:
    """KF305 would take a megabyte to show."""
    assert code.example or code.code == "KF233"
    assert shown_by(code.example, tmp_path)[0] == code.code


def shown_by(example: str, folder: Path) -> list[str]:
    """The codes of what a definition file with the example in it says."""
    file = folder / "definitions" / "example.py"
    file.parent.mkdir()
    file.write_text(PREAMBLE + example)
    project = Project(root=folder, name="examples")
    try:
        held = load_definitions(project)
        workflows = {name: each for name, each in held.workflows.items() if each.block.steps or not example}
        apis = {name: each for name, each in held.apis.items() if each.routes or name == "empty"}
        made = build(project, Definitions(workflows, apis, held.files))
    except KeyflowError as error:
        return [each.code for each in error.diagnostics]
    return [each.code for each in made.warnings]


def test_the_page_is_that_of_the_table() -> None:
    """`KEYFLOW_UPDATE_GOLDEN=1 pytest tests/codes` writes it anew."""
    if os.environ.get("KEYFLOW_UPDATE_GOLDEN"):
        PAGE.write_text(diagnostics_page())
    assert PAGE.read_text() == diagnostics_page()
