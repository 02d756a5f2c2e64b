"""`keyflow explain` knows every code, however it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyflow.check import all_rules
from keyflow.codes import RESERVED, all_codes
from keyflow.codes.properties import PROPERTIES
from keyflow.verify import Property
from tests.command import keyflow_in_this_process as keyflow


def explained(asked: str, tmp_path: Path) -> list[str]:
    done = keyflow("explain", asked, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    return [each["code"] for each in (*document["codes"], *document["rules"])]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("KF204", "KF204"),
        ("kf204", "KF204"),
        ("204", "KF204"),
        ("kf-204", "KF204"),
        ("KF 204", "KF204"),
        ("unknown-parameter", "KF204"),
        ("Unknown parameter", "KF204"),
        ("unknown_parameter", "KF204"),
        ("811", "KF811"),
        ("P1", "P1"),
        ("p4", "P4"),
        *((code, code) for code in RESERVED),
    ],
)
def test_a_code_as_people_write_it(tmp_path: Path, asked: str, code: str) -> None:
    assert explained(asked, tmp_path) == [code]


def test_all_of_them_and_families(tmp_path: Path) -> None:
    known = sorted({*all_codes(), *all_rules()})
    assert sorted(explained("KF", tmp_path)) == known
    assert sorted(explained("KF5", tmp_path)) == [code for code in known if code.startswith("KF5")]
    listed = keyflow("explain", cwd=tmp_path).stdout
    assert [code for code in known if code not in listed] == []


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("KF20", None),
        ("unknown-paramter", "did you mean 'unknown-parameter'?"),
        ("dynamodb.update_itm", "did you mean 'update_item'?"),
        ("dynamo.update_item", "did you mean 'dynamodb'?"),
        ("P9", "`keyflow explain` lists them"),
        ("???", "`keyflow explain` lists them"),
    ],
)
def test_near_misses(tmp_path: Path, asked: str, hint: str | None) -> None:
    done = keyflow("explain", asked, cwd=tmp_path)
    assert (done.returncode == 0) is (hint is None)
    assert hint is None or hint in done.stderr


def test_the_properties_are_those_of_the_proof() -> None:
    assert [each.code for each in PROPERTIES] == [each.name for each in Property]


@pytest.mark.parametrize("entry", PROPERTIES, ids=lambda entry: entry.code)
def test_a_property_begins_with_the_sentence_of_the_proof(entry: object) -> None:
    code, what = getattr(entry, "code", ""), getattr(entry, "what", "")
    sentence = Property[code].value.split(",")[0]
    assert what[0].lower() + what[1 : len(sentence)] == sentence
