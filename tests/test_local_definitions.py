"""Definitions inside of functions are named, with the line that makes them known: applied literally, it builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyflow.diagnostics import Diagnostic, KeyflowError, ProjectError
from keyflow.loading import load_definitions
from keyflow.project import Project

BODY = "w = Workflow('Register', timeout=20)\n    w.succeed()\n"


def project(tmp_path: Path, text: str) -> Project:
    (tmp_path / "definitions").mkdir(exist_ok=True)
    (tmp_path / "definitions" / "register.py").write_text(text)
    return Project(root=tmp_path, name="sample")


def refused(tmp_path: Path, text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(KeyflowError) as caught:
        load_definitions(project(tmp_path, text)).select(["Register"])
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"from keyflow import Workflow\ndef make():\n    {BODY}    return w\n", 3),
        (f"import keyflow\ndef make():\n    {BODY}    return w\n".replace("Workflow(", "keyflow.Workflow("), 3),
        (
            f"from keyflow import Workflow as Flow\ndef make(t=1):\n    {BODY}    return w\n".replace(
                "Workflow(", "Flow("
            ),
            3,
        ),
        (
            f"from keyflow import Api, Workflow\ndef make():\n    {BODY}    api = Api('front')\n"
            "    api.get('/r', w)\n    return w, api\n",
            3,
        ),
    ],
)
def test_the_hint_applied_literally_builds(tmp_path: Path, text: str, line: int) -> None:
    found = refused(tmp_path, text)[0]
    assert (found.code, found.location.line if found.location else 0) == ("KF114", line)
    assert "the workflow 'Register' is made inside of 'make'" in found.message
    assert found.hint is not None
    mended = text + found.hint.removeprefix("after the function, at the top level: ") + "\n"
    assert list(load_definitions(project(tmp_path, mended)).workflows) == ["Register"]


@pytest.mark.parametrize(
    ("head", "where"),
    [
        ("def main():", "inside of 'main'"),
        ("async def make():", "inside of 'make'"),
        ("class Flows:", "inside of 'Flows'"),
        ('if __name__ == "__main__":', 'under `if __name__ == "__main__"`'),
    ],
)
def test_what_no_call_makes_known_is_moved(tmp_path: Path, head: str, where: str) -> None:
    (found,) = refused(tmp_path, f"from keyflow import Workflow\n{head}\n    {BODY}")
    assert where in found.message
    assert found.hint == "move it to the top level"


def test_beside_others_it_is_named_where_it_is_asked_for(tmp_path: Path) -> None:
    """Not `there are Other`: the workflow is there, in sight of whoever wrote it."""
    text = (
        "from keyflow import Workflow\n"
        "other = Workflow('Other', timeout=20)\n"
        "other.succeed()\n"
        f"def make(table):\n    {BODY}    return w\n"
    )
    (found,) = refused(tmp_path, text)
    assert (found.code, found.hint) == ("KF114", "after the function, at the top level: w = make(...)")


def test_a_name_that_is_computed(tmp_path: Path) -> None:
    (found,) = refused(
        tmp_path, "from keyflow import Workflow\ndef make(n):\n    return Workflow(f'R{n}', timeout=20)\n"
    )
    assert "a workflow is made inside of 'make'" in found.message
    assert found.hint == "after the function, at the top level: workflow = make(...)"


def test_a_file_without_any_is_not_sent_to_init(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, "x = 1\n")
    assert (found.code, "init" in str(found.hint)) == ("KF114", False)
    assert "(1 file)" in found.message


def test_where_there_is_no_file_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="`keyflow init` writes a first definition"):
        load_definitions(Project(root=tmp_path, name="sample"))


def test_a_file_is_named_instead_of_what_it_makes(tmp_path: Path) -> None:
    given = project(tmp_path, "from keyflow import Workflow\nw = Workflow('Register', timeout=20)\nw.succeed()\n")
    for name in ("definitions/register.py", "register.py"):
        with pytest.raises(ProjectError, match="that file has Register"):
            load_definitions(given).select([name])
