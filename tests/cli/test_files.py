"""Files that are hostile in their names, their places and their links."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command import keyflow_in_this_process as keyflow

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


def test_a_name_that_is_code_is_not_executed(tmp_path: Path) -> None:
    name = 'x""";import os;os.system("touch pwned");""".asl.json'
    (tmp_path / name).write_text(DEFINITION)
    done = keyflow("import", name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert keyflow("build", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "pwned").exists()


def test_two_sources_of_one_name_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "flow.asl.json").write_text(DEFINITION)
    done = keyflow("import", "a/flow.asl.json", "b/flow.asl.json", "--force", cwd=tmp_path)
    assert done.returncode == 1
    assert "KF119: a/flow.asl.json and b/flow.asl.json would both become the state machine flow" in done.stderr
    assert not (tmp_path / "definitions").exists()
    (tmp_path / "a" / "Fl-ow.asl.json").write_text(DEFINITION)
    (tmp_path / "a" / "fl_ow.asl.json").write_text(DEFINITION)
    done = keyflow("import", "a/Fl-ow.asl.json", "a/fl_ow.asl.json", cwd=tmp_path)
    assert "would both become definitions/fl_ow.py" in done.stderr


def test_a_link_that_leads_nowhere_is_there(tmp_path: Path) -> None:
    (tmp_path / "x.asl.json").write_text(DEFINITION)
    (tmp_path / "definitions").mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    (tmp_path / "definitions" / "x.py").symlink_to(outside)
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert (done.returncode, "KF117" in done.stderr) == (1, True)
    done = keyflow("import", "x.asl.json", "--force", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not outside.exists()
    assert not (tmp_path / "definitions" / "x.py").is_symlink()


def test_a_folder_that_leads_out_is_not_written_to(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / "x.asl.json").write_text(DEFINITION)
    (project / "definitions").symlink_to(outside)
    done = keyflow("import", "x.asl.json", cwd=project)
    assert (done.returncode, "KF115: definitions is a link that leads out" in done.stderr) == (1, True)
    assert not list(outside.iterdir())
    assert keyflow("import", "x.asl.json", "--out", str(outside), cwd=project).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "x.asl.json").write_text(DEFINITION)
    (tmp_path / "definitions").mkdir(mode=0o500)
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("error")) == (1, 1)
    assert "KF115: cannot write definitions/x.py: Permission denied" in done.stderr
    assert not list((tmp_path / "definitions").iterdir())


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.asl.json").write_text(DEFINITION)
    (tmp_path / "definitions").write_text("")
    done = keyflow("import", "x.asl.json", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("error KF115")) == (1, 1), done.stderr


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/f\xff.asl.json"
    with open(file, "wb") as stream:
        stream.write(DEFINITION.encode())
    name = os.fsdecode(b"f\xff.asl.json")
    done = keyflow("import", name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "definitions").iterdir()
    assert "imported from f\\udcff.asl.json" in made.read_text()
    assert keyflow("build", cwd=tmp_path).returncode == 0
    (tmp_path / "broken").mkdir()
    with open(os.fsencode(tmp_path / "broken") + b"/\xff.asl.json", "wb") as stream:
        stream.write(b"{")
    for arguments in (
        ("check", "broken"),
        ("check", "broken", "--format", "json"),
        ("check", "broken", "--format", "sarif"),
    ):
        done = keyflow(*arguments, cwd=tmp_path)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr


def test_a_module_hides_no_other(tmp_path: Path) -> None:
    """The folder of a definition file comes first where modules are looked for."""
    for name in ("json", "yaml", "copy"):
        (tmp_path / f"{name}.asl.json").write_text(DEFINITION)
    done = keyflow("import", "json.asl.json", "yaml.asl.json", "copy.asl.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / "definitions").iterdir()) == [
        "copy_machine.py", "json_machine.py", "yaml_machine.py",
    ]  # fmt: skip
    assert keyflow("build", cwd=tmp_path).returncode == 0


def test_a_pipe_without_end_is_read_no_further_than_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.asl.json").symlink_to("/dev/zero")
    done = keyflow("check", "x.asl.json", cwd=tmp_path)
    assert (done.returncode, "KF118: cannot read x.asl.json: it has more than 6 MB" in done.stdout) == (1, True)


def test_a_template_refers_to_no_file_outside(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret").write_text("sesame: open")
    for uri in ("../secret", str(tmp_path / "secret"), "link"):
        (project / "link").unlink(missing_ok=True)
        (project / "link").symlink_to(tmp_path / "secret")
        properties = {"DefinitionUri": uri}
        template = {"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}}}
        (project / "template.json").write_text(json.dumps(template))
        for command in ("check", "import"):
            done = keyflow(command, "template.json", cwd=project)
            assert done.returncode == 1
            assert "lies outside of the folder" in done.stdout + done.stderr
            assert "sesame" not in done.stdout + done.stderr
