"""Results with something missing in them."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import Workflow
from keyflow.aws import apigateway, dynamodb
from keyflow.compiler import compile_workflow
from keyflow.verify import subject_of_workflow
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import trials_of
from keyflow.verify.world.results import without

RESULT: Any = {"Items": [{"id": "a", "n": 1}, {"id": "b", "n": 2}], "Count": 2}


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (("Count",), {"Items": RESULT["Items"]}),
        (("Items", 0), {"Items": [], "Count": 2}),
        (("Items", 1), {"Items": [{"id": "a", "n": 1}], "Count": 2}),
        (("Items", 0, "n"), {"Items": [{"id": "a"}, {"id": "b", "n": 2}], "Count": 2}),
        (("Items", 2), RESULT),
        (("Items", "id"), RESULT),
        (("Count", "n"), RESULT),
        (("Other",), RESULT),
    ],
)
def test_what_lies_at_a_path_is_taken_away(keys: Any, left: Any) -> None:
    assert without(RESULT, keys) == left


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_list_that_is_asked_for_its_first_entry_has_none_in_one_variant(language: Any) -> None:
    workflow = Workflow("Register", timeout=28, query_language=language)
    values = {":pk": {"S": workflow.input["name"]}}
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    found = workflow.task("Look", dynamodb.query(TableName="records", **asked))
    workflow.fail_if(found["Items"][0].is_present(), "Taken", "The name is taken")
    workflow.task("Go On", apigateway.get_account())
    workflow.succeed({})
    trials = trials_of(subject_of_workflow(compile_workflow(workflow), []))
    ends = [trials.run(Scenario(each)).execution for each in explorer_of(trials).variants]
    assert {end.error for end in ends} == {"Taken", None}
