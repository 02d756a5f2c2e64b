"""Hand-written definitions: what their calls make is told from their names, and what becomes of it is followed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keyflow.diagnostics import CheckError, EngineError
from keyflow.verify import Counterexample, Document, Fault, Kind, Proof, prove, subject_of_document
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import trials_of

ROOT = Path(__file__).parents[2]

OWN = "States.Format('{}-{}', $.request.name, $$.Execution.Name)"
"""A name that no other execution gives: creating a topic or a queue gives back one that is there already."""
MAKE_TOPIC = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sns:createTopic",
    "Parameters": {"Name.$": OWN},
    "TimeoutSeconds": 2,
    "ResultPath": "$.topic",
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Give Up"}],
    "Next": "Make Queue",
}
MAKE_QUEUE = {
    "Type": "Task",
    "Resource": "${SqsCreateQueue}",
    "Parameters": {"QueueName.$": OWN, "Attributes": {"Topic.$": "$.topic.TopicArn"}},
    "TimeoutSeconds": 2,
    "ResultPath": "$.queue",
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Delete Topic"}],
    "Next": "Tell",
}
PURGE = "arn:aws:states:::aws-sdk:sqs:purgeQueue"
TELL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl.$": "$.queue.QueueUrl", "MessageBody": "made"},
    "TimeoutSeconds": 2,
    "ResultPath": None,
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Delete Queue"}],
    "Next": "Made",
}
DELETE_QUEUE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:deleteQueue",
    "Parameters": {"QueueUrl.$": "$.queue.QueueUrl"},
    "TimeoutSeconds": 2,
    "ResultPath": None,
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Delete Topic"}],
    "Next": "Delete Topic",
}
DELETE_TOPIC = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sns:deleteTopic",
    "Parameters": {"TopicArn.$": "$.topic.TopicArn"},
    "TimeoutSeconds": 2,
    "ResultPath": None,
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Give Up"}],
    "Next": "Give Up",
}
STATES: dict[str, Any] = {
    "Make Topic": MAKE_TOPIC,
    "Make Queue": MAKE_QUEUE,
    "Tell": TELL,
    "Delete Queue": DELETE_QUEUE,
    "Delete Topic": DELETE_TOPIC,
    "Made": {"Type": "Succeed"},
    "Give Up": {"Type": "Fail", "Error": "NotMade", "Cause": "Nothing was made"},
}
TEMPLATE = """\
#set($end = $input.path('$'))
#if($end.status == "SUCCEEDED"){"made": true}
#elseif($end.error == "NotMade")#set($context.responseOverride.status = 503){"message": "$end.cause"}
#else#set($context.responseOverride.status = 500){"message": "failed"}#end"""


def api(template: str = TEMPLATE, more: Any = None) -> Any:
    integration = {
        "type": "aws",
        "uri": {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartSyncExecution"},
        "requestTemplates": {
            "application/json": {
                "Fn::Sub": [
                    '{"input": "$util.escapeJavaScript("{""request"": $input.json(\'$\')}")", "stateMachineArn": "${It}"}',
                    {"It": {"Ref": "MakeThings"}},
                ]
            }
        },
        "responses": {200: {"statusCode": 201, "responseTemplates": {"application/json": template}}},
    }
    schema = {"$ref": "#/components/schemas/Thing"}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "x-amazon-apigateway-integration": integration,
    }
    thing = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    return {"paths": {"/things": {"post": operation}, **(more or {})}, "components": {"schemas": {"Thing": thing}}}


def document(changes: dict[str, dict[str, Any]] | None = None, **given: Any) -> Document:
    states = {name: {**state, **(changes or {}).get(name, {})} for name, state in STATES.items()}
    definition = {"StartAt": "Make Topic", "States": {name: _without_none(state) for name, state in states.items()}}
    text = json.dumps(definition, indent=2)
    return Document(file="things.asl.json", name="make-things", text=text, document=definition, values={}, **given)


def _without_none(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if value is not None or key == "ResultPath"}


def proof(given: Document, **options: Any) -> Proof:
    return prove(subject_of_document(given), **options)


def shown(examples: tuple[Counterexample, ...]) -> list[tuple[str, str]]:
    return [(example.finding.property.name, example.finding.state) for example in examples]


def test_a_definition_that_cleans_up_after_any_single_fault() -> None:
    assert proof(document(api=api()), depth=1).violations == ()


def test_a_cleanup_that_fails_in_silence_is_found_in_pairs() -> None:
    """P1: nobody is told what stays."""
    found = proof(document(api=api()))
    assert shown(found.violations) == [("P1", "Make Topic"), ("P1", "Make Queue")]
    assert all(len(example.faults) == 2 for example in found.violations)


def test_what_is_left_behind_is_found_with_its_line() -> None:
    changed = document({"Make Queue": {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give Up"}]}})
    subject = subject_of_document(changed)
    (example, *_others) = prove(subject).violations
    assert example.finding.left_over == ("topic of 'Make Topic'",)
    assert example.path == ("Make Topic", "Make Queue", "Give Up")
    location = subject.place(example.finding.state)
    assert location is not None
    assert changed.text.splitlines()[location.line - 1].strip() == '"Make Topic": {'


def test_a_resource_may_be_a_placeholder_that_says_what_it_is() -> None:
    subject = subject_of_document(document())
    resource = getattr(subject.machine.states["Make Queue"], "resource", None)
    assert resource == "arn:aws:states:::aws-sdk:sqs:createQueue"


def test_values_are_those_of_placeholders_as_other_tools_name_them() -> None:
    given = document({"Make Queue": {"Resource": "${make_queue}"}})
    arn = "arn:aws:states:::aws-sdk:sqs:createQueue"
    subject = subject_of_document(replace(given, values={"make_queue": arn}))
    assert getattr(subject.machine.states["Make Queue"], "resource", None) == arn


def test_a_route_s_path_has_parameters_of_any_name() -> None:
    """`{thing_id}` and `{rest+}` of the path are sent, too."""
    template = '{"input": "{\\"id\\": \\"$input.params().path.get(\'thing_id\')\\"}", "stateMachineArn": "x"}'
    described = api()
    operation = described["paths"].pop("/things")
    operation["post"]["x-amazon-apigateway-integration"]["requestTemplates"]["application/json"] = template
    described["paths"]["/things/{thing_id}/{rest+}"] = operation
    assert subject_of_document(document(api=described)).input == {"id": "path-thing_id"}


@pytest.mark.parametrize(("milliseconds", "seconds"), [(None, 29), (29_000, 29), (90_000, 90), (4_500, 4), ("x", 29)])
def test_an_execution_may_take_as_long_as_the_integration_waits(milliseconds: Any, seconds: int) -> None:
    described = api()
    described["paths"]["/things"]["post"]["x-amazon-apigateway-integration"]["timeoutInMillis"] = milliseconds
    assert subject_of_document(document(api=described)).limit == seconds


def test_the_input_is_what_the_route_sends_or_what_the_definition_reads() -> None:
    assert subject_of_document(document(api=api())).input == {"request": {"name": "body.name"}}
    assert subject_of_document(document()).input == {"request": {"name": "input.request.name"}}
    assert subject_of_document(document(input={"request": {"name": "mine"}})).input == {"request": {"name": "mine"}}


def test_a_success_for_a_failure() -> None:
    """P4: the template knows one error, and the definition ends with others."""
    loose = TEMPLATE.replace('#else#set($context.responseOverride.status = 500){"message": "failed"}', "#else{}")
    changed = {"Delete Queue": {"Catch": None}}
    found = proof(document(changed, api=api(loose)))
    assert ("P4", "POST /things") in shown(found.violations)
    (example,) = (each for each in found.violations if each.finding.property.name == "P4")
    assert "answers 201" in example.finding.message


def test_a_task_without_a_timeout() -> None:
    """P5, and what it leaves (P1)."""
    found = proof(document({"Tell": {"TimeoutSeconds": None}}, api=api()), depth=1)
    assert {("P5", "Tell"), ("P1", "Make Topic")} <= set(shown(found.violations))
    assert "'Tell' has no timeout" in next(
        each.finding.message for each in found.violations if each.finding.state == "Tell"
    )


def test_the_wrong_order() -> None:
    """P3: the topic goes before the queue that is made with it."""
    changes: dict[str, dict[str, Any]] = {
        "Tell": {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Delete Topic"}]},
        "Delete Topic": {"Next": "Delete Queue"},
        "Delete Queue": {"Next": "Give Up", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give Up"}]},
    }
    assert ("P3", "Make Queue") in shown(proof(document(changes), depth=1).violations)


def test_deleting_again() -> None:
    """P2: by then, the name may be another execution's. What only this one can have named may be deleted again."""
    again: dict[str, dict[str, Any]] = {
        "Delete Topic": {"Next": "Once More"},
        "Make Topic": {"Parameters": {"Name.$": "$.request.name"}},
    }
    given = document(again)
    definition = {
        **given.document,
        "States": {**given.document["States"], "Once More": {**DELETE_TOPIC, "Next": "Give Up"}},
    }
    found = proof(Document(file="f", name="n", text=json.dumps(definition), document=definition, values={}), depth=1)
    assert ("P2", "Once More") in shown(found.violations)


def test_effects_can_be_told() -> None:
    """A call that makes something by another name, and one that makes nothing that counts."""
    nothing = proof(document(effects={"Make Topic": [], "Make Queue": []}))
    assert nothing.violations == ()
    told = document(
        {"Tell": {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give Up"}]}, "Delete Queue": {"Resource": PURGE}},
        effects={"Make Topic": [], "Make Queue": [PURGE]},
    )
    assert ("P1", "Make Queue") in shown(proof(told, depth=1).violations)


@pytest.mark.parametrize(("language", "member"), [("JSONPath", "Parameters"), ("JSONata", "Arguments")])
def test_effects_are_told_by_the_functions_name_in_either_language(language: str, member: str) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", member: {"FunctionName": "score"}}
    states = {"Score": {**call, "TimeoutSeconds": 5, "End": True}}
    definition = {"QueryLanguage": language, "StartAt": "Score", "TimeoutSeconds": 60, "States": states}
    text = json.dumps(definition)
    given = Document(file="f", name="n", text=text, document=definition, values={}, effects={"score": "reads"})
    assert proof(given, depth=1).unprovable == ()


def test_results_can_be_told() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.topic.Mine", "IsPresent": True, "Next": "Make Queue"}],
        "Default": "Give Up",
    }
    given = document({"Make Topic": {"Next": "Ask"}}, results={"Make Topic": {"TopicArn": "t", "Mine": 1}})
    definition = {**given.document, "States": {**given.document["States"], "Ask": choice}}
    changed = Document(
        file="f", name="n", text=json.dumps(definition), document=definition, values={}, results=given.results
    )
    assert any("Tell" in example.path for example in proof(changed).violations)


def test_which_route_is_meant() -> None:
    other = {"/others": {"post": api()["paths"]["/things"]["post"]}}
    given = document(api=api(more=other))
    with pytest.raises(CheckError, match=r"KF106.*--route: POST /things, POST /others"):
        subject_of_document(given)
    chosen = subject_of_document(document(api=api(more=other), route="POST /others"))
    assert chosen.endpoint is not None
    assert chosen.endpoint.label == "POST /others"
    with pytest.raises(CheckError, match="KF106"):
        subject_of_document(document(api={"paths": {}}))


def test_a_request_template_that_starts_nothing() -> None:
    broken = api()
    integration = broken["paths"]["/things"]["post"]["x-amazon-apigateway-integration"]
    integration["requestTemplates"] = {"application/json": "StartSyncExecution {"}
    with pytest.raises(CheckError, match="KF105"):
        subject_of_document(document(api=broken))


def test_a_definition_that_never_gets_through() -> None:
    shape = {"Make Topic": {"ResultSelector": {"x.$": "$.Nothing"}}}
    with pytest.raises(EngineError, match="KF701"):
        proof(document(shape))


HANDWRITTEN = ROOT / "tests" / "handwritten"


@pytest.mark.parametrize(
    ("file", "faults", "property_", "state"),
    [
        # Nothing catches the second error: what the first one left to be removed stays.
        ("open-mailbox", ["Register Mailbox", "Stop Listening"], "P1", "Make Topic"),
        # A branch that fails ends the one beside it.
        ("open-mailbox", ["Listen", "Remove Topic"], "P1", "Make Topic"),
        # The error takes the place of the data, so that the first step of the cleanup reads what is not there.
        ("swap-queue", ["Register Queue"], "P1", "Make Queue"),
        # No task has a timeout.
        ("close-mailbox", ["Remove Topic"], "P5", "Remove Topic"),
    ],
)
def test_what_is_wrong_with_definitions_that_look_careful(
    file: str, faults: list[str], property_: str, state: str
) -> None:
    """They catch errors, clean up and tell a dead-letter queue; each mistake is found by the faults that show it."""
    text = (HANDWRITTEN / f"{file}.asl.json").read_text()
    subject = subject_of_document(Document(file=file, name=file, text=text, document=json.loads(text), values={}))
    assert (property_, state) in shown(prove(subject).violations)
    trials = trials_of(subject)
    kind, error = (Kind.REFUSED, "Refused") if property_ == "P1" else (Kind.TIMED_OUT_BEFORE, "States.Timeout")
    struck = tuple(Fault((fault, ()), kind, error) for fault in faults)
    scenarios = [Scenario(variant, struck) for variant in explorer_of(trials).variants]
    found = [finding for scenario in scenarios for finding in trials.findings(scenario, trials.run(scenario))]
    assert property_ in {finding.property.name for finding in found}


def test_a_loop_that_nothing_ends_is_tried_for_some_rounds() -> None:
    """A lock that another holds for ever, a job that always runs: what comes after the loop is proven all the same."""
    locked: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {
            "TableName": "locks",
            "Item": {"pk": {"S": "one"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        },
        "TimeoutSeconds": 5,
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "ResultPath": None, "Next": "Wait"}],
        "Next": "Ask",
    }
    asked: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun",
        "Parameters": {"JobName": "j", "RunId": "r"},
        "TimeoutSeconds": 5,
        "ResultPath": "$.now",
        "Next": "Done?",
    }
    state = {"Variable": "$.now.JobRun.JobRunState", "StringEquals": "SUCCEEDED", "Next": "End"}
    states = {
        "Lock": locked,
        "Wait": {"Type": "Wait", "Seconds": 3, "Next": "Lock"},
        "Ask": asked,
        "Done?": {"Type": "Choice", "Choices": [state], "Default": "Wait For It"},
        "Wait For It": {"Type": "Wait", "Seconds": 3, "Next": "Ask"},
        "End": {"Type": "Succeed"},
    }
    given = Document(file="f.json", name="F", text="", document={"StartAt": "Lock", "States": states}, values={})
    proof = prove(subject_of_document(given), depth=1)
    assert (proof.unentered, proof.untaken) == ((), ())
    relied = {example.finding.message for example in proof.assumptions}
    assert "the loop around 'Lock' ends some time: it is tried for 3 rounds" in relied
    assert "the loop around 'Ask' ends some time: it is tried for 3 rounds" in relied
    assert ("P1", "Lock") in {(example.finding.property.name, example.finding.state) for example in proof.violations}
