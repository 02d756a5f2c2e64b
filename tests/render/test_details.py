"""What a state does, in a line."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.render.details import detail_of

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:Charge"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject"}, "s3:getObject"),
        ({"Type": "Task", "Resource": "arn:aws-cn:states:::ecs:runTask.sync"}, "ecs:runTask.sync"),
        ({"Type": "Task", "Resource": FUNCTION}, "lambda Charge"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": FUNCTION}},
            "lambda:invoke Charge",
        ),
        ({"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:Sign"}, "activity Sign"),
        ({"Type": "Task", "Resource": "${SqsSendMessage}"}, "${SqsSendMessage}"),
        ({"Type": "Task"}, "task"),
        ({"Type": "Wait", "Seconds": 30}, "wait 30 s"),
        ({"Type": "Wait", "TimestampPath": "$.when"}, "wait until $.when"),
        ({"Type": "Wait", "Seconds": "{% $n %}"}, "wait $n s"),
        ({"Type": "Fail", "Error": "Gone"}, "fail: Gone"),
        ({"Type": "Fail"}, "fail"),
        ({"Type": "Map", "MaxConcurrency": 3}, "map, 3 at a time"),
        ({"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}}, "distributed map"),
        ({"Type": "Parallel", "Branches": [{}, {}]}, "parallel, 2 branches"),
        ({"Type": "Choice"}, "choice"),
        ({}, "without a type"),
    ],
)
def test_a_state_says_what_it_does(state: dict[str, Any], text: str) -> None:
    assert detail_of(state) == text
