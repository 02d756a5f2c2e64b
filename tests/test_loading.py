"""Which definition files are executed for a name: those that may make it, and all where another could add to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest

from keyflow.build import build
from keyflow.diagnostics import ProjectError
from keyflow.loading import load_definitions
from keyflow.project import Project

ONE = "from keyflow import Workflow\nw = Workflow('One', timeout=20)\nw.succeed()\n"
ROUTE = "from keyflow import Api\nfrom flows import w\napi = Api('Front')\napi.get('/one', w)\n"


def project(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (folder / name).write_text(text)
    return Project(root=folder, name="sample", definitions=("*.py",))


def share(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    """A module outside of the definitions, which any file may import."""
    (folder / "shared").mkdir()
    (folder / "shared" / f"{name}.py").write_text(text)
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(folder / "shared"))


def executed(project: Project, *names: str) -> list[str]:
    return [file.name for file in load_definitions(project, names).executed]


def test_only_the_file_that_makes_a_workflow_is_executed_for_its_name(tmp_path: Path) -> None:
    sample = project(tmp_path, {"one.py": ONE, "broken.py": "raise ValueError\n"})
    assert executed(sample, "One") == ["one.py"]
    with pytest.raises(ProjectError, match="KF111"):
        load_definitions(sample)


def test_a_name_that_stands_nowhere_is_looked_for_in_every_file(tmp_path: Path) -> None:
    computed = ONE.replace("'One'", "'On' + 'e'")
    assert executed(project(tmp_path, {"one.py": computed, "two.py": "x = 1\n"}), "One") == ["one.py", "two.py"]


def test_a_name_that_stands_where_nothing_makes_it_is_looked_for_in_every_file(tmp_path: Path) -> None:
    files = {"one.py": ONE.replace("'One'", "'On' + 'e'"), "two.py": "NAME = 'One'\n"}
    assert executed(project(tmp_path, files), "One") == ["one.py", "two.py"]


def test_every_file_is_executed_for_a_workflow_that_a_module_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file can lead a route to it, and for how long the caller waits counts in what is built."""
    share(tmp_path, monkeypatch, "flows", ONE)
    sample = project(tmp_path, {"one.py": "from flows import w\nNAME = 'One'\n", "front.py": ROUTE})
    assert executed(sample, "One") == ["front.py", "one.py"]


def test_no_file_is_executed_twice_for_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that adds steps to what a module has made would add them twice."""
    share(tmp_path, monkeypatch, "begun", "from keyflow import Workflow\nw = Workflow('One', timeout=20)\n")
    files = {"one.py": "from begun import w\nNAME = 'One'\nw.wait('A', 1)\nw.succeed()\n", "two.py": "x = 1\n"}
    found = load_definitions(project(tmp_path, files), ["One"])
    assert [file.name for file in found.executed] == ["one.py", "two.py"]
    assert [step.name for step in found.workflows["One"].steps()][:1] == ["A"]


def test_the_rest_of_a_project_is_executed_later(tmp_path: Path) -> None:
    """Where a workflow starts others, all are wanted after it was found; its own file is not executed again."""
    sample = project(tmp_path, {"one.py": ONE, "two.py": ONE.replace("One", "Two")})
    begun = load_definitions(sample, ["One"])
    found = load_definitions(sample, begun=begun)
    assert ([*begun.workflows], [*found.workflows]) == (["One"], ["One", "Two"])
    assert found.workflows["One"] is begun.workflows["One"]


def test_what_a_file_adds_to_the_list_of_another_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the file that holds the list was executed first, because its workflow was asked for."""
    share(tmp_path, monkeypatch, "registered", "ALL = []\n")
    adds = "import registered\nfrom keyflow import Workflow\nregistered.ALL.append(Workflow('Child', timeout=20))\n"
    holds = ONE + "from registered import ALL\n"
    sample = project(tmp_path, {"a.py": adds + "registered.ALL[-1].succeed()\n", "z.py": holds})
    found = load_definitions(sample, begun=load_definitions(sample, ["One"]))
    assert [*found.workflows] == ["Child", "One"]


def test_two_of_one_name_are_found_by_that_name(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="KF112"):
        load_definitions(project(tmp_path, {"one.py": ONE, "two.py": ONE, "broken.py": "raise ValueError\n"}), ["One"])


def test_an_unknown_name_is_held_against_all_that_there_is(tmp_path: Path) -> None:
    sample = project(tmp_path, {"one.py": ONE})
    with pytest.raises(ProjectError, match="did you mean 'One'"):
        load_definitions(sample, ["Ones"]).select(["Ones"])


def test_a_name_of_any_bytes_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="KF113"):
        load_definitions(project(tmp_path, {"one.py": ONE}), ["\udcff"]).select(["\udcff"])


def test_a_file_that_cannot_be_read_is_executed_and_reported(tmp_path: Path) -> None:
    sample = project(tmp_path, {"one.py": ONE, "broken.py": "raise ValueError\n"})
    read = Path.read_bytes

    def refused(file: Path) -> bytes:
        if file.is_relative_to(tmp_path):
            raise PermissionError
        return read(file)

    with patch.object(Path, "read_bytes", refused), pytest.raises(ProjectError, match="KF111"):
        load_definitions(sample, ["One"])


def test_what_is_built_by_name_is_what_is_built_of_it_among_all() -> None:
    own = Path(__file__).parents[1]
    sample = Project(root=own, name="keyflow")
    every = {each.name: each.content for each in build(sample, load_definitions(sample)).artefacts}
    for name in load_definitions(sample).workflows:
        alone = build(sample, load_definitions(sample, [name]), [name]).artefacts
        assert {each.name: each.content for each in alone}.items() <= every.items()
