"""`keyflow init`: a first project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import click

from keyflow import __version__
from keyflow.cli.first_project import CI, CONFIGURATION, PRE_COMMIT, SAMPLE, files
from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.terminal import line
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.files import is_there, write_text
from keyflow.lazy import lazy_pattern
from keyflow.libraries import DISTRIBUTION
from keyflow.project import is_configured

_REACHABLE = lazy_pattern(r"(?:https|ssh)://[A-Za-z0-9._~:/@+-]+")
"""URLs that other machines can be given, and that YAML and a shell take as they are."""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@reports_errors({"files": [], "left_alone": [], "notes": []})
def command(folder: Path, output_format: str) -> None:
    """Write a first project into a folder: a definition with its test, and what checks both in CI.

    Nothing that is there is overwritten: what is left alone is named. A folder with definitions of its own gets what
    stands around them: a workflow for GitHub, a hook for pre-commit, a .gitignore.

    \b
    Examples:
      keyflow init my-api && cd my-api && keyflow build && pytest
      keyflow init                     into this folder
    """
    origin = origin_of(_direct_url())
    contents = files(_project_name(folder), origin.requirement)
    left = dict(_left_alone(folder, contents))
    if len(left) == len(contents):
        there = ", ".join(str(folder / name) for name in contents if is_there(folder / name))
        raise ProjectError(Diagnostic("KF117", f"{there}: there already", hint="init overwrites nothing"))
    written = {name: content for name, content in contents.items() if name not in left}
    for name, content in written.items():
        write_text(folder / name, content)
    notes = list(_notes(folder, written, origin))
    if output_format == "json":
        paths, kept = ([str(folder / name) for name in names] for names in (written, left))
        print_json({"files": paths, "left_alone": kept, "notes": notes, "diagnostics": []})
        return
    for name in written:
        click.echo(f"wrote {line(folder / name)}")
    for name, why in left.items():
        click.echo(f"left alone {line(folder / name)}: {why}")
    for note in notes:
        click.echo(f"note: {line(note)}")
    where = "" if folder == Path() else f"cd {line(folder)} && "
    click.echo(f"next: {where}keyflow build{' && pytest' if CONFIGURATION in written else ''}")


def _project_name(folder: Path) -> str:
    """The folder's own name, of characters that need no escape in TOML and in AWS's tags."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-") or "notes"


def _left_alone(folder: Path, contents: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is not written, and why: files that are there, and a sample where there are definitions already."""
    own = is_configured(folder) or any((folder / "definitions").glob("*.py"))
    mixed = any(is_there(folder / name) for name in SAMPLE)
    for name in contents:
        if is_there(folder / name):
            yield name, "there already"
        elif name in SAMPLE and (own or mixed):
            yield name, "this is a project already, and needs no sample" if own else "a file of the sample is there"


def _notes(folder: Path, written: Mapping[str, str], origin: Origin) -> Iterator[str]:
    """What the author has to do by hand."""
    if CI in written and not origin.reachable:
        yield f"{CI} installs {origin.requirement}, but this keyflow is from a folder: write there where CI finds it"
    root = next((each for each in folder.resolve().parents if (each / ".git").exists()), None)
    outside = [name for name in (CI, PRE_COMMIT) if name in written]
    if root is not None and outside and not (folder / ".git").exists():
        yield f"{' and '.join(outside)} are read at the root of the repository only: move them to {root}"


@dataclass(frozen=True)
class Origin:
    """What `pip install` is given for this very keyflow, and whether another machine can be given the same."""

    requirement: str
    reachable: bool


def origin_of(direct_url: Mapping[str, Any] | None) -> Origin:
    """Where a keyflow comes from that has this `direct_url.json`: None has one that an index gave.

    Source: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    url = str((direct_url or {}).get("url", ""))
    if direct_url is not None and _REACHABLE.fullmatch(url):
        version = direct_url.get("vcs_info")
        place = f"{version['vcs']}+{url}@{version['commit_id']}" if version else url
        return Origin(f"{DISTRIBUTION}[verify] @ {place}", True)
    return Origin(f"{DISTRIBUTION}[verify]=={__version__}", direct_url is None)


def _direct_url() -> Mapping[str, Any] | None:
    try:
        text = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:  # it runs from its sources
        return {}
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found
