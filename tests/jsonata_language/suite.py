"""The reference's own suite, as a package on PyPI carries it in its sources; it is fetched once, into the cache."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.environments import cached_folder

CARRIER = "jsonata2py==0.1.3"
_GROUPS = "tests/resources/jsonata-test-suite"
UNSTEADY = ("$now", "$millis", "$random", "$shuffle", "$eval")
"""Functions whose cases are left out: chance, the clock, and `$eval`, which Step Functions has not."""
Case = dict[str, Any]


def suite() -> list[Case]:
    """The cases with their documents, but those of the functions that are left out."""
    root = cached_folder("jsonata-suite", CARRIER, _fetch) / _GROUPS
    documents = {file.stem: json.loads(file.read_text()) for file in (root / "datasets").glob("*.json")}
    found = (case for file in sorted((root / "groups").glob("*/*.json")) for case in _cases(file, documents))
    return [case for case in found if not any(name in case["expression"] for name in UNSTEADY)]


def _cases(file: Path, documents: dict[str, Any]) -> Iterator[Case]:
    written = json.loads(file.read_text())
    for case in written if isinstance(written, list) else [written]:
        if case.get("code") == "U1001":  # endless
            continue
        expression = case["expr"] if "expr" in case else (file.parent / case["expr-file"]).read_text()
        found: Case = {"name": f"{file.parent.name}/{file.stem}", "expression": expression}
        if case.get("dataset"):
            found["document"] = documents[case["dataset"]]
        elif "data" in case:
            found["document"] = case["data"]
        if case.get("bindings"):
            found["bindings"] = case["bindings"]
        yield found


def _fetch(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-binary", ":all:", "--dest", str(folder), CARRIER], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(folder, filter="data")
    (unpacked,) = (each for each in folder.iterdir() if each.is_dir())
    (unpacked / "tests").rename(folder / "tests")
