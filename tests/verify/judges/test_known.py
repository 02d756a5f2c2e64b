"""What the values of a definition come to, as far as that can be told beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import Workflow, format
from keyflow.aws.authorization.operations import service_authorization
from keyflow.verify.judges.known import Known, Text, agrees, value_of

WORKFLOW = Workflow("Known", type="STANDARD")
TOKEN = WORKFLOW.context["Task"]["Token"]
RUN = "arn:aws:states:eu-west-1:111122223333:mapRun:Ingest/Store Batches:444cb338-98cd-5c3a-ae0d-d262b376a7c1"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("cents: 5, answer: t-1/", True),
        ("cents: 5, answer: /", True),
        ("cents: 6, answer: t-1/", False),
        ("t-1", False),
    ],
)
def test_a_text_is_compared_as_far_as_it_is_known(text: str, fits: bool) -> None:
    found = value_of(format("cents: {}, answer: {}/", WORKFLOW.input["cents"], TOKEN), Known(input={"cents": 5}))
    assert found == Text(("cents: 5, answer: ", "/"))
    assert agrees(found, text) is fits


def test_the_run_of_a_map_is_named_as_iam_names_it() -> None:
    with WORKFLOW.map(
        "Each", WORKFLOW.input["items"], distributed="EXPRESS", result_writer={"Bucket": "b", "Prefix": "p"}
    ) as each:
        WORKFLOW.wait("Rest", 1)
    found: Any = value_of(each.results["MapRunArn"], Known(input={}))
    authorization = service_authorization("stepfunctions")
    assert authorization is not None
    template = f"arn:${{Partition}}:{authorization.templates['maprun']}"
    assert agrees(found, template)
    assert agrees(found, RUN)
    assert not agrees(found, RUN.replace("mapRun", "execution"))
    assert not agrees(found, "Ingest")
