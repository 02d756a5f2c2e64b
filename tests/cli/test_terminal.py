"""What files say on its way to a terminal, and to programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.cli.terminal import excerpt, json_escaped, line, message, plain
from tests.command import keyflow

ESCAPES = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202e\u2066\x7f\r\x08"


@given(
    st.text(
        st.characters() | st.sampled_from("\x00\x1b\x7f\x85\x9b\u200b\u2028\u202e\u2069\ud800\U000e0041"), max_size=60
    )
)
def test_nothing_that_controls_is_left(text: str) -> None:
    assert not set(plain(text)) & set("\x00\x1b\x7f\x85\x9b\u200b\u2028\u202e\u2069\ud800\U000e0041\r")
    assert "\n" not in line(text)
    plain(text).encode()
    document = json_escaped(json.dumps({"x": text}, ensure_ascii=False))
    assert json.loads(document) == {"x": text}
    assert not set(document) & set("\x00\x1b\x7f\x85\x9b\u202e\ud800")


def test_escapes_are_those_of_python() -> None:
    assert plain("a\x1b[0m\u202e\U000e0041\tb\n") == "a\\x1b[0m\\u202e\\U000e0041\tb\n"
    assert message("x" * 2_000).endswith("x... (1,000 characters more)")


@pytest.mark.parametrize(
    ("source", "column", "shown"),
    [
        ("  short  ", 3, "short"),
        ("x" * 500 + "HERE" + "y" * 500, 501, "... " + "x" * 40 + "HERE" + "y" * 76 + " ..."),
        ("HERE" + "y" * 500, 1, "HERE" + "y" * 116 + " ..."),
        ("x" * 500 + "HERE", 501, "... " + "x" * 116 + "HERE"),
        ("x" * 500, None, "x" * 120 + " ..."),
    ],
)
def test_a_long_line_is_shown_around_the_column(source: str, column: int | None, shown: str) -> None:
    assert excerpt(source, column) == shown


def _definition(**fields: object) -> str:
    state = {"Type": "Pass", "Result": 1, **fields}
    return json.dumps({"StartAt": f"A{ESCAPES}", "States": {f"A{ESCAPES}": state}}, ensure_ascii=False)


@pytest.mark.parametrize("command", ["check", "import", "run", "verify"])
def test_no_command_lets_control_sequences_through(command: str, tmp_path: Path) -> None:
    name = "x\x1b[31m.asl.json"
    for text in (_definition(Next="\x1b[2J"), _definition(End=True), _definition(End=True, Foo="\x1b[1m"), "{\x1b[31m"):
        (tmp_path / name).write_text(text)
        done = keyflow(command, name, cwd=tmp_path)
        for output in (done.stdout, done.stderr):
            assert not set(output) & set("\x1b\x07\x9b\u202e\u2066\x7f\r\x08"), output
        for created in tmp_path.glob("definitions/*"):
            created.unlink()


def test_causes_in_run_are_plain_and_json_is_whole(tmp_path: Path) -> None:
    document = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": f"E{ESCAPES}", "Cause": f"C{ESCAPES}"}}}
    (tmp_path / "x.json").write_text(json.dumps(document))
    done = keyflow("run", "x.json", cwd=tmp_path)
    assert "E\\x1b]0;owned\\x07" in done.stdout
    assert not set(done.stdout) & set("\x1b\x07\x9b\u202e")
    done = keyflow("run", "x.json", "--format", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["cause"] == f"C{ESCAPES}"
    assert not set(done.stdout) & set("\x1b\x07\x9b\u202e")


def test_after_a_hundred_findings_of_a_code_there_is_a_count(tmp_path: Path) -> None:
    states = {f"S{index}": {"Type": "Pass", "X": 1, "End": True} for index in range(151)}
    (tmp_path / "x.asl.json").write_text(json.dumps({"StartAt": "S0", "States": states}))
    done = keyflow("check", "x.asl.json", cwd=tmp_path)
    assert done.stdout.count("error KF804") == 100
    assert "x.asl.json: 51 more of KF804; --format json has all" in done.stdout
    assert "301 errors, 0 warnings" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 400
    found = json.loads(keyflow("check", "x.asl.json", "--format", "json", cwd=tmp_path).stdout)["diagnostics"]
    assert len(found) == 301
