"""What halves a file line by line finds what a look at each line finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyflow.aws import authorization, effects
from keyflow.aws.service_lines import first_line, line_of, services_of

FILES = [Path(str(package.__file__)).with_name("operations.jsonl") for package in (authorization, effects)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_each_service_of_a_file_has_its_line(file: Path) -> None:
    first, *lines = map(json.loads, file.read_text().splitlines())
    assert first_line(file) == first
    names = list(services_of(file))
    assert names == [line["service"] for line in lines] == sorted(names)
    assert all(line_of(file, line["service"]) == line for line in lines)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
@pytest.mark.parametrize("name", ["", "aaa", "dynamo", "dynamodbx", "zzz", "{"])
def test_what_has_no_line_is_not_found(file: Path, name: str) -> None:
    assert line_of(file, name) is None


@pytest.mark.parametrize("names", [[], ["a"], ["a", "b"], ["a", "b" * 500, "c"]])
def test_files_of_any_length(tmp_path: Path, names: list[str]) -> None:
    file = tmp_path / "lines.jsonl"
    lines = [{"about": "it"}, *({"service": name} for name in names)]
    file.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    assert [line_of(file, name) for name in names] == lines[1:]
    assert line_of(file, "bb") is None
