"""Faults that stand for others: with classes or without, a proof comes to the same."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keyflow import Api, Workflow, asl
from keyflow.aws import apigateway, dynamodb, lambda_
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import EngineError
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify import Document, Kind, Proof, Subject, prove, subject_of_document, subject_of_workflow
from keyflow.verify.search.error_texts import looks_into_errors
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import Ran, Trials, trials_of
from keyflow.verify.world.faults import Fault
from tests.random_workflows import RandomWorkflow
from tests.verify.mutants import mutants
from tests.verify.mutation import compiled


def outcome(proof: Proof) -> tuple[Any, ...]:
    return (proof.scenarios, proof.violations, proof.unprovable, proof.assumptions)


def compared(subject: Subject) -> Proof:
    """A proof with classes, once it is shown to come to what one without them does."""
    by_class, every = prove(subject), prove(subject, every=True)
    assert outcome(by_class) == outcome(every)
    assert by_class.tried <= every.tried == every.scenarios
    return by_class


def register(language: str = "JSONPath", *, tells: bool = True) -> Workflow:
    workflow = Workflow("Register", timeout=28, query_language=language)  # type: ignore[arg-type]
    key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    row = workflow.task("Save", dynamodb.put_item(TableName="t", Item={"pk": {"S": key["id"]}}))
    row.compensate("Forget", dynamodb.delete_item(TableName="t", Key={"pk": {"S": key["id"]}}))
    if tells:
        workflow.task("Tell", lambda_.invoke(FunctionName="f", Payload={}))
    workflow.succeed({"id": key["id"]})
    return workflow


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_few_stand_for_many(language: str) -> None:
    subject = subject_of_workflow(compile_workflow(register(language)), ())
    proof = compared(subject) if language == "JSONPath" else prove(subject)
    assert proof.holds
    assert proof.tried < proof.scenarios / 5


@pytest.mark.parametrize("name", ["DeleteApiKey", "OnboardConsumer", "SignUp"])
def test_worked_examples(name: str) -> None:
    """They delete, write on conditions, create under names, and look things up."""
    assert compared(compiled(name)[1]).holds


@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
@settings(max_examples=3, deadline=None)
def test_random_workflows(random: Random, wild: bool, maps: bool) -> None:
    workflow = RandomWorkflow(random, wild=wild, maps=maps).workflow
    assume(sum(1 + len(task.compensations) for task in workflow.tasks()) <= 5)
    subject = subject_of_workflow(compile_workflow(workflow), ())
    assume(prove(subject).scenarios <= 500)  # each is run
    compared(subject)


def verdict(subject: Subject) -> bool:
    """Whether the proof holds; of what never ends it does not, with classes or without."""
    try:
        return compared(subject).holds
    except EngineError:
        with pytest.raises(EngineError):
            prove(subject, every=True)
        return False


def test_what_is_broken_is_found_as_before() -> None:
    made = compile_workflow(register(tells=False), answer_within=29)
    api = Api("keys")
    api.post("/keys", made.workflow, success=201)
    subject = subject_of_workflow(made, [api])
    broken = list(mutants(made.document, frozenset({"Remove Key", "Forget"})))[::9]
    assert len(broken) > 6
    verdicts = [verdict(replace(subject, machine=asl.parse(each.document))) for each in broken]
    assert not all(verdicts)


MAKE = "arn:aws:states:::aws-sdk:apigateway:createApiKey"
REMOVE = "arn:aws:states:::aws-sdk:apigateway:deleteApiKey"
NAMED, LIKE_IT, OTHER = (f"ApiGateway.{name}Exception" for name in ("TooManyRequests", "TooManyThings", "Unauthorized"))
REMOVED = "ApiGateway.RemovedException"
CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Remove"}]


def machine(**changes: Any) -> dict[str, Any]:
    """Makes a key, looks at it, removes it where that fails, and asks what the removal failed with."""
    states: dict[str, Any] = {
        "Make": {"Type": "Task", "Resource": MAKE, "ResultPath": "$.key", "TimeoutSeconds": 5, "Next": "Look"},
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:getAccount",
            "TimeoutSeconds": 5,
            "Catch": CATCH,
            "End": True,
        },
        "Remove": {
            "Type": "Task",
            "Resource": REMOVE,
            "Parameters": {"ApiKey.$": "$.key.Id"},
            "TimeoutSeconds": 5,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.f", "Next": "Asked"}],
            "Next": "Failed",
        },
        "Asked": {"Type": "Choice", "Choices": [], "Default": "Again"},
        "Again": {
            "Type": "Task",
            "Resource": REMOVE,
            "Parameters": {"ApiKey.$": "$.key.Id"},
            "TimeoutSeconds": 5,
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "Error": "Failed"},
    }
    states["Asked"]["Choices"] = [{"Variable": "$.f.Error", "StringEquals": NAMED, "Next": "Failed"}]
    made: dict[str, Any] = {"StartAt": "Make", "States": copy.deepcopy(states)}
    for name, change in changes.items():
        made["States"][name] |= change
    return made


def subject_of(document: dict[str, Any]) -> Subject:
    return subject_of_document(
        Document(
            file="m.asl.json", name="m", text=json.dumps(document), document=document, values={}, input={"name": "x"}
        )
    )


def classes(subject: Subject, state: str) -> Iterator[frozenset[str]]:
    """The errors by which a state's call is refused, in classes."""
    resource = dict(asl.all_tasks(subject.machine))[state].resource
    for each in explorer_of(trials_of(subject)).classes((state, ()), resource):
        yield frozenset(fault.error for fault in each.faults if fault.kind is Kind.REFUSED)


def apart(subject: Subject, state: str, one: str, other: str) -> bool:
    distinctions = explorer_of(trials_of(subject)).distinctions
    assert distinctions is not None
    keys = [distinctions.key(Fault((state, ()), Kind.REFUSED, error)) for error in (one, other)]
    return keys[0] != keys[1]


def test_an_error_that_is_compared_is_of_no_class_with_others() -> None:
    """The one error for which the key stays is found, though it strikes only behind another."""
    subject = subject_of(machine())
    assert frozenset({NAMED}) in classes(subject, "Remove")
    proof = compared(subject)
    assert any(fault.error == NAMED for each in proof.violations for fault in each.faults)


@pytest.mark.parametrize(
    ("rule", "told_apart"),
    [
        ({"Variable": "$.f.Error", "StringEquals": NAMED}, True),
        ({"Variable": "$.f.Error", "StringEquals": OTHER}, False),
        ({"Variable": "$.f.Error", "StringMatches": "*Requests*"}, True),
        ({"Variable": "$.f.Error", "StringMatches": "*Many*"}, False),
        ({"Variable": "$.f.Error", "StringLessThan": "ApiGateway.TooManySigns"}, True),
        ({"Variable": "$.f.Error", "StringLessThan": "ApiGateway.Z"}, False),
        ({"Variable": "$.f.Error", "StringEqualsPath": "$.name"}, True),
        ({"Variable": "$.f.Error", "StringLessThanPath": "$.name"}, True),
    ],
)
def test_what_a_choice_tells_apart(rule: dict[str, Any], told_apart: bool) -> None:
    subject = subject_of(machine(Asked={"Choices": [{**rule, "Next": "Failed"}]}))
    assert apart(subject, "Remove", NAMED, LIKE_IT) is told_apart


def test_a_text_inside_another_one_tells_apart() -> None:
    """An intrinsic function could make it the text that an error is compared with."""
    subject = subject_of(machine(Failed={"CausePath": f"States.Format('x{NAMED}')"}))
    assert apart(subject, "Look", NAMED, LIKE_IT)


def test_what_is_made_of_a_text_tells_all_apart() -> None:
    subject = subject_of(machine(Failed={"CausePath": "States.ArrayGetItem(States.StringSplit($.f.Error, '.'), 1)"}))
    assert apart(subject, "Remove", LIKE_IT, OTHER)
    subject = subject_of(machine(Failed={"QueryLanguage": "JSONata", "Error": "{% $substring($states.input.a, 2) %}"}))
    assert apart(subject, "Remove", LIKE_IT, OTHER)


def test_the_data_can_hold_an_error_to_compare_with() -> None:
    subject = subject_of(machine())
    assert apart(replace(subject, input={"name": OTHER}), "Remove", LIKE_IT, OTHER)
    assert apart(replace(subject, results={"Look": {"x": [OTHER]}}), "Remove", LIKE_IT, OTHER)
    assert not apart(subject, "Remove", LIKE_IT, OTHER)


def test_a_catcher_tells_apart_what_comes_to_it() -> None:
    """Not what another state's call ends with, unless a Fail throws what it was given."""
    catch = [{"ErrorEquals": [LIKE_IT], "Next": "Failed"}, *CATCH]
    subject = subject_of(machine(Look={"Catch": catch}))
    assert apart(subject, "Look", LIKE_IT, OTHER)
    assert not apart(subject, "Remove", LIKE_IT, OTHER)
    thrown = machine(Look={"Catch": catch}, Failed={"ErrorPath": "$.f.Error"})
    del thrown["States"]["Failed"]["Error"]
    assert apart(subject_of(thrown), "Remove", LIKE_IT, OTHER)


def test_a_catcher_around_tells_apart_what_comes_to_it() -> None:
    inner = machine()
    outer = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [inner],
                "Catch": [{"ErrorEquals": [LIKE_IT], "Next": "End"}],
                "Next": "End",
            },
            "End": {"Type": "Succeed"},
        },
    }
    assert apart(subject_of(outer), "Again", LIKE_IT, OTHER)
    assert not apart(subject_of(inner), "Again", LIKE_IT, OTHER)


def test_what_an_author_handles_or_declares_is_told_apart() -> None:
    workflow = Workflow("Handles", timeout=28)
    key = workflow.task("Make Key", apigateway.create_api_key(name="x"))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]), gone=REMOVED)
    with key.on_error(LIKE_IT):
        workflow.fail(NAMED, "Too many")
    workflow.succeed()
    subject = subject_of_workflow(compile_workflow(workflow), ())
    for state, error in (("Make Key", LIKE_IT), ("Remove Key", REMOVED), ("Make Key", NAMED), ("Remove Key", NAMED)):
        assert apart(subject, state, error, "ApiGateway.ConflictException"), (state, error)
    assert not apart(subject, "Remove Key", LIKE_IT, "ApiGateway.ConflictException")


def test_what_the_response_mapping_names_is_told_apart() -> None:
    workflow = register()
    api = Api("keys")
    api.post("/keys", workflow, success=201)
    subject = subject_of_workflow(compile_workflow(workflow, answer_within=29), [api])
    assert subject.endpoint is not None
    assert not apart(subject, "Make Key", LIKE_IT, OTHER)
    integration: Any = copy.deepcopy(subject.endpoint.gateway.integration)
    responses = integration["responses"]["200"]["responseTemplates"]
    for written in (f'#if($e == "{OTHER}")#end', "#if($e.contains('Unauth'))#end", "#if($e.substring(3) == 'x')#end"):
        responses["application/json"] += written
        endpoint = replace(subject.endpoint, gateway=type(subject.endpoint.gateway)(integration))
        assert apart(replace(subject, endpoint=endpoint), "Make Key", LIKE_IT, OTHER)
        responses["application/json"] = responses["application/json"].removesuffix(written)


def asked(rule: dict[str, Any], *, before: dict[str, Any] | None = None, **given: Any) -> Subject:
    """It hangs where a Choice finds something in the second of two errors, or in both: that takes two faults."""
    look = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:apigateway:getAccount", "TimeoutSeconds": 5}
    catch = {"ErrorEquals": ["States.ALL"]}
    is_there = {"Variable": "$.e", "IsPresent": True, "Next": "Ask"}
    states: dict[str, dict[str, Any]] = {
        "First": {**look, "ResultPath": None, "Catch": [{**catch, "ResultPath": "$.e", "Next": "Second"}]},
        "Second": {**look, "Catch": [{**catch, "ResultPath": "$.f", "Next": "Before"}]},
        "Before": {"Type": "Pass", **(before or {}), "Next": "Both?"},
        "Both?": {"Type": "Choice", "Choices": [is_there], "Default": "End"},
        "Ask": {"Type": "Choice", "Choices": [{**rule, "Next": "Hang"}], "Default": "End"},
        "Hang": {"Type": "Wait", "Seconds": 1000, "Next": "End"},
        "End": {"Type": "Fail", "Error": "Failed"},
    }
    states["First"]["Next"], states["Second"]["Next"] = "Second", "End"
    if "Condition" in rule:
        states["Ask"]["QueryLanguage"] = "JSONata"
    return replace(subject_of({"StartAt": "First", "TimeoutSeconds": 100, "States": states}), **given)


def text_of(function: str) -> dict[str, Any]:
    return {"Parameters": {"t.$": function}, "ResultPath": "$.m"}


SECOND = "$states.input.f.Error"


@pytest.mark.parametrize(
    ("rule", "before", "data"),
    [
        ({"Not": {"Variable": "$.f.Error", "StringEqualsPath": "$.e.Error"}}, {}, {}),
        ({"Variable": "$.f.Cause", "StringMatches": "internal*"}, {}, {}),
        ({"Variable": "$.f.Cause", "StringEquals": ""}, {}, {}),
        (
            {"Variable": "$.m.t", "StringMatches": "Failed: ApiGateway.TooManyReq*"},
            text_of("States.Format('Failed: {}', $.f.Error)"),
            {},
        ),
        ({"Variable": "$.m.t", "StringMatches": "*TooManyReq*"}, text_of("States.JsonToString($.f)"), {}),
        ({"Variable": "$.m.t", "StringLessThan": "8"}, text_of("States.Hash($.f.Error, 'SHA-1')"), {}),
        ({"Variable": "$.m.t.Error", "StringMatches": "*TooManyReq*"}, text_of("$.f"), {}),
        ({"Variable": "$[?(@.Error =~ /.*Requests.*/)]", "IsPresent": True}, {}, {}),
        ({"Variable": "$.f[?(@ =~ /.*Requests.*/)]", "IsPresent": True}, {}, {}),
        ({"Condition": f"{{% {SECOND} < $states.input.e.Error %}}"}, {}, {}),
        (
            {"Condition": f"{{% 'ApiGateway.' & $states.input.code & 'Exception' = {SECOND} %}}"},
            {},
            {"code": "NotFound"},
        ),
        ({"Condition": f"{{% 'ApiGateway\\u002eNotFoundException' = {SECOND} %}}"}, {}, {}),
        ({"Condition": f"{{% $exists($lookup($states.input.table, {SECOND})) %}}"}, {}, {"table": {NAMED: 1}}),
        ({"Condition": f"{{% $contains({SECOND}, $states.input.part) %}}"}, {}, {"part": "Requests"}),
        ({"Condition": f"{{% $contains({SECOND}, true ? /Requests/ : 'x') %}}"}, {}, {}),
        ({"Condition": "{% $states.input.f = $states.input.e %}"}, {}, {}),
    ],
)
def test_whatever_looks_into_an_error_is_found(
    rule: dict[str, Any], before: dict[str, Any], data: dict[str, Any]
) -> None:
    """What it compares, cuts or looks up could be any error's: each is tried with each."""
    proof = compared(asked(rule, before=before, input={"name": "x", **data}))
    assert proof.tried == proof.scenarios
    assert any(each.finding.mark == "time" for each in proof.violations)


def test_an_error_that_is_only_reported_is_like_others() -> None:
    """What carries it to somebody, or ends the execution with it, makes no difference."""
    tell = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": "t", "Message.$": "States.Format('{}: {}', $.f.Error, $.f.Cause)"},
        "TimeoutSeconds": 5,
        "ResultPath": None,
        "Next": "Failed",
    }
    document = machine(Failed={"ErrorPath": "$.f.Error", "CausePath": "$.f.Cause"}, Asked={"Default": "Tell"})
    del document["States"]["Failed"]["Error"]
    document["States"]["Tell"] = tell
    proof = compared(subject_of(document))
    assert proof.tried < proof.scenarios


def test_an_error_that_jsonata_has_put_anywhere_may_be_looked_into() -> None:
    catcher = {"ErrorEquals": ["States.ALL"], "Output": {"kept": "{% $states.errorOutput %}"}, "Next": "Ask"}
    choice = {"Condition": "{% $string($states.input.kept) > 'x' %}", "Next": "End"}
    states = {
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:getAccount",
            "Catch": [catcher],
            "End": True,
        },
        "Ask": {"Type": "Choice", "Choices": [choice], "Default": "End"},
        "End": {"Type": "Succeed"},
    }
    document = {"QueryLanguage": "JSONata", "StartAt": "Look", "States": states}
    assert looks_into_errors(asl.parse(document), by_hand=True)
    choice["Condition"] = "{% $states.input.kept %}"
    assert not looks_into_errors(asl.parse(document), by_hand=True)


def test_parameters_that_look_like_a_state_are_none() -> None:
    """They are somebody's own: nothing in them is a catcher."""
    states = machine()["States"]
    states["Look"]["Parameters"] = {"Type": "Task", "Catch": "all", "States": {"Type": "Fail", "Catch": [1]}}
    assert not looks_into_errors(asl.parse(machine() | {"States": states}), by_hand=True)


@pytest.mark.parametrize("language", ["", " in JSONata"])
def test_what_is_compiled_of_the_worked_examples_looks_into_no_error(language: str) -> None:
    """Else their proofs would take five times as long."""
    names = load_definitions(find_project(Path(__file__).parents[2])).workflows
    looking = [name for name in names if looks_into_errors(compiled(name + language)[1].machine, by_hand=False)]
    assert looking == []


def pairs_that_share_a_run(subject: Subject) -> Iterator[tuple[Ran, Ran]]:
    """The run of a fault that lasts, and the one of the fault that is over sooner, for which it is taken, behind others."""
    trials = trials_of(subject)
    explorer = explorer_of(trials)
    for first in (each for tried in explorer.alone() for each in tried.firsts):
        for place, resource in first.behind:
            faults = [each.tried for each in explorer.classes(place, resource)]
            for lasting, sooner in itertools.product(faults, faults):
                ran = trials.run(Scenario(first.variant, (first.faults.tried, lasting)))
                if ran.is_that_of(sooner, lasting):
                    yield ran, trials.run(Scenario(first.variant, (first.faults.tried, sooner)))


def same_run(one: Ran, other: Ran) -> bool:
    ended = [replace(each.execution, history=()) for each in (one, other)]
    return ended[0] == ended[1] and one.log == other.log and one.struck == other.struck


@pytest.mark.parametrize("name", ["AddApiKey", "BookSeats"])
def test_a_fault_that_is_over_sooner_has_the_run_of_one_that_lasts(name: str) -> None:
    """Where the later attempts of a deletion found it done, whatever would have gone wrong with them."""
    shared = list(pairs_that_share_a_run(compiled(name)[1]))
    assert len(shared) > 3
    assert all(itertools.starmap(same_run, shared))


@pytest.mark.parametrize("every", [False, True])
def test_what_is_said_to_be_run_was_run(every: bool) -> None:
    """A scenario that shares the run of another one is none of these; with `every`, none shares."""
    explorer = explorer_of(trials_of(compiled("BookSeats" if every else "AddApiKey")[1]), every=every)
    with patch.object(Trials, "run", autospec=True, side_effect=Trials.run) as run:
        alone = list(explorer.alone())
        firsts = [first for tried in alone for first in tried.firsts][: 9 if every else None]
        found = [*(tried.findings for tried in alone), *map(explorer.pairs, firsts)]
    assert run.call_count == sum(each.tried for each in found)
    assert every is (run.call_count == sum(each.scenarios for each in found))


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=2, deadline=None)
def test_random_workflows_share_the_runs_that_are_the_same(random: Random, maps: bool) -> None:
    workflow = RandomWorkflow(random, wild=True, maps=maps).workflow
    assume(sum(1 + len(task.compensations) for task in workflow.tasks()) <= 5)
    shared = pairs_that_share_a_run(subject_of_workflow(compile_workflow(workflow), ()))
    assert all(itertools.starmap(same_run, itertools.islice(shared, 100)))
