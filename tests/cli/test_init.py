"""`keyflow init`: the project that it writes builds, and is sound."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_init_makes_a_project_that_builds_at_once(tmp_path: Path, run_alone: Run) -> None:
    folder = tmp_path / "new" / "app"
    folder.parent.mkdir()
    done = run_alone("init", str(folder))
    assert done.returncode == 0
    assert "next: cd" in done.stdout
    assert run_alone("build", cwd=folder).returncode == 0
    assert (folder / "build" / "TakeNote.asl.json").is_file()
    again = run_alone("init", str(folder))
    assert again.returncode == 1
    assert "KF117" in again.stderr


def test_what_init_writes_is_sound(tmp_path: Path, run: Run) -> None:
    """No error, no warning, and nothing that a proof leaves open."""
    run("init", str(tmp_path / "app"))
    built = run("build", "--strict", cwd=tmp_path / "app")
    assert (built.returncode, built.stderr) == (0, "")
    proven = run("verify", "--strict", cwd=tmp_path / "app")
    assert (proven.returncode, proven.stderr) == (0, "")
    assert "unprovable" not in proven.stdout
    assert proven.stdout.startswith("TakeNote: P1 to P5 hold; ")
