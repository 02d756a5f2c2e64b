"""A model that is parsed where it is read says what one says that is parsed whole."""

from __future__ import annotations

import json
import zlib
from random import Random
from typing import Any

import botocore
import pytest

from keyflow.aws import models
from keyflow.aws.model_documents import document_of

TRIED = 40
"""Of so many services the whole model is read, by chance: each run reads others."""
SERVICES = sorted({"apigateway", "dynamodb", "iam", "lambda", "sqs", "stepfunctions"})


def content_of(service: str) -> bytes:
    file = models._model_file(service)
    assert file is not None
    content = file.read_bytes()
    return zlib.decompress(content, models._GZIP) if file.suffix == ".gz" else content


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_known_of_a_service(service: str) -> None:
    agree(content_of(service))


def test_what_is_known_of_any_service() -> None:
    for service in Random().sample(models.service_names(), TRIED):
        agree(content_of(service))


def agree(content: bytes) -> None:
    found, whole = document_of(content), json.loads(content)
    assert found.metadata == whole["metadata"]
    for ours, theirs in ((found.operations, whole["operations"]), (found.shapes, whole["shapes"])):
        assert list(ours.with_member("exception")) == [name for name, each in theirs.items() if "exception" in each]
        assert list(ours) == list(theirs)
        assert len(ours) == len(theirs)
        assert dict(ours) == theirs
        assert "No Such" not in ours
        with pytest.raises(KeyError):
            _ = ours["No Such"]


@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_a_file_that_is_written_otherwise_says_the_same(indent: int | None) -> None:
    shape = {"type": "structure", "exception": True, "documentation": 'a\n    "B":{"type":"string"}'}
    whole = {"metadata": {"serviceId": "S"}, "operations": {"Do": {"name": "Do"}}, "shapes": {"A": shape, "B": {}}}
    agree(json.dumps(whole, indent=indent).encode())
    agree(json.dumps({**whole, "operations": {}}, indent=indent).encode())


def special() -> dict[tuple[str, str], str]:
    """The names that botocore spells unlike its rule."""
    found: Any = botocore
    return dict(found._xform_cache)


def test_operations_are_called_as_boto3_calls_them() -> None:
    names = {name for name, separator in special() if separator == "_"}
    assert len(names) > 10
    for service in SERVICES:
        names |= set(document_of(content_of(service)).operations)
    assert {name: models.boto3_name(name) for name in names} == {name: botocore.xform_name(name) for name in names}
