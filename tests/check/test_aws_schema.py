"""`keyflow check` against the JSON Schema of AWS's own language service, on definitions with a field gone wrong.

The schema knows fields and kinds, and nothing of paths, transitions or calls: so what it refuses, `check` must refuse;
not the other way round.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from keyflow.check import Settings, all_rules, check_text, text_of
from keyflow.diagnostics import Severity
from tests.environments import node_modules

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "aws_language_service" / "package.json"
ALL = os.environ.get("KEYFLOW_SCHEMA_MUTATIONS")
MUTATIONS = range(int(ALL)) if ALL else Random().sample(range(1500), 500)
"""Each run tries other ones; `KEYFLOW_SCHEMA_MUTATIONS=1500` tries all of these, and a higher number more."""
LARGEST = 6000
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 1.5, "", "x", "$.a", "{% $states.input %}", [], ["x"], [None], {}, {"a": 1}, 100_000_001,
)  # fmt: skip
STRICTER = ("Comment", "Error", "Cause", "Bucket", "Key", "Prefix")
"""What the schema wants of some texts, and Step Functions does not: that they are not empty, or text at all."""


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    file = node_modules(PACKAGE) / "amazon-states-language-service" / "out" / "json-schema" / "bundled.json"
    return Draft7Validator(json.loads(file.read_text()))


def definitions() -> list[Any]:
    """Small definitions of all kinds: what keyflow compiles, and what its rules call right."""
    files = [*(ROOT / "build").glob("*.asl.json"), *(ROOT / "tests" / "golden").rglob("*.asl.json")]
    texts = [file.read_text() for file in sorted(files)]
    texts += [text_of(rule.good) for rule in all_rules().values() if rule.code < "KF9"]
    found = []
    for text in texts:
        try:
            document = json.loads(text)
        except ValueError:
            continue  # an example with comments
        if isinstance(document, dict) and len(text) <= LARGEST:
            found.append(document)
    return found


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from places(tree[key])


def mutated(document: Any, random: Random) -> tuple[Any, str]:
    broken = copy.deepcopy(document)
    container, key = random.choice(list(places(broken)))
    if random.random() < 0.3:
        del container[key]
        return broken, f"without {key}"
    container[key] = copy.deepcopy(random.choice(VALUES))
    return broken, f"{key} = {container[key]!r}"


def test_aws_takes_what_keyflow_writes(schema: Draft7Validator) -> None:
    originals = definitions()
    assert len(originals) >= 40
    assert [error.message for each in originals for error in schema.iter_errors(each)] == []


@pytest.mark.long
def test_what_aws_refuses_is_refused(schema: Draft7Validator) -> None:
    originals = definitions()
    refused, missed = 0, []
    for mutation in MUTATIONS:
        random = Random(mutation)
        document, what = mutated(random.choice(originals), random)
        if schema.is_valid(document):
            continue
        refused += 1
        found = check_text("x.json", json.dumps(document), Settings())
        if not any(each.severity is Severity.ERROR for each in found) and not what.startswith(STRICTER):
            missed.append((mutation, what, document))
    assert refused > len(MUTATIONS) / 10
    assert missed == []
