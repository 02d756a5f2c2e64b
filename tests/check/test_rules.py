"""Each rule finds its own bad example and has nothing against its good one; the page of the documentation is theirs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from keyflow.check import Settings, all_rules, check_text, text_of
from keyflow.check.page import rules_page
from tests.asl.definitions import VALID

RULES = all_rules()
PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def settings(code: str) -> Settings:
    return Settings(type="EXPRESS" if code == "KF834" else None)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_the_bad_example_breaks_the_rule_and_the_good_one_none(rule: Any) -> None:
    bad = check_text("bad.json", text_of(rule.bad), settings(rule.code))
    assert rule.code in {each.code for each in bad}
    assert all(each.location is not None and each.location.column is not None for each in bad)
    assert [str(each) for each in check_text("good.json", text_of(rule.good), settings(rule.code))] == []


def test_rules_are_told_in_full() -> None:
    assert list(RULES) == sorted(RULES)
    for rule in RULES.values():
        assert rule.title[0].isupper()
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")
        assert rule.source.startswith("https://")
        assert re.fullmatch(r"KF[89]\d\d", rule.code)


def test_the_page_is_that_of_the_rules() -> None:
    """`KEYFLOW_UPDATE_GOLDEN=1 pytest tests/check/test_rules.py` writes it anew."""
    if os.environ.get("KEYFLOW_UPDATE_GOLDEN"):
        PAGE.write_text(rules_page())
    assert PAGE.read_text() == rules_page()


@pytest.mark.parametrize("name", VALID)
def test_valid_definitions_have_no_errors(name: str) -> None:
    import json

    found = check_text("valid.json", json.dumps(VALID[name]))
    assert [str(each) for each in found if each.severity.value == "error"] == []


@pytest.mark.parametrize("word", ["KF829", "catch-loses-the-input"])
def test_a_rule_is_silenced_by_its_code_or_its_name(word: str) -> None:
    rule = RULES["KF829"]
    text = text_of(rule.bad)
    (line,) = {each.location.line for each in check_text("x.json", text) if each.code == "KF829" and each.location}
    lines = text.splitlines()
    lines[line - 1] += f"  // keyflow: ignore[{word}]"
    found = check_text("x.json", "\n".join(lines))
    assert "KF829" not in {each.code for each in found}
    assert "KF829" not in {each.code for each in check_text("x.json", text, Settings({word: None}))}
