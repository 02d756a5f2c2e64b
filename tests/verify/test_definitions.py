"""Workflows in Python: what is proven of them, what is found in them, and what cannot be told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keyflow import (
    Api,
    CognitoAuthorizer,
    LambdaAuthorizer,
    Parameter,
    Retry,
    StateMachine,
    Workflow,
    asl,
    intrinsics,
)
from keyflow.aws import apigateway, dynamodb, iot, sqs
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import EngineError
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify import (
    Counterexample,
    Document,
    Fault,
    Kind,
    ProjectOrigin,
    Proof,
    Subject,
    Weight,
    prove,
    subject_of_document,
    subject_of_workflow,
)
from keyflow.verify.search.explore import First, explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import trials_of
from keyflow.verify.subjects.requests import sample_of_schema
from keyflow.verify.world.variants import Variant
from tests.compiler.shapes import SHAPES, in_jsonata

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(load_definitions(find_project(ROOT)).workflows)
PAIRS = None if os.environ.get("KEYFLOW_EVERY_PAIR") else 300
"""So many pairs of faults of each shape are tried, behind first faults that are drawn: each run tries others."""


def proof_of(workflow: Workflow, api: Api | None = None, **options: Any) -> Proof:
    compiled = compile_workflow(workflow, answer_within=None if api is None else 29)
    return prove(subject_of_workflow(compiled, [api] if api else []), **options)


def shown(examples: tuple[Counterexample, ...]) -> list[tuple[str, str]]:
    return [(example.finding.property.name, example.finding.state) for example in examples]


@pytest.mark.long
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_proven(name: str, assert_saga: Callable[..., Proof]) -> None:
    """P1 to P5, alone and in pairs; no call is one whose effects nothing knows."""
    proof = assert_saga(name, strict=True)
    assert proof.scenarios >= 300
    assert (proof.unentered, proof.untaken) == ((), ())


def test_what_no_scenario_comes_to_is_named() -> None:
    """Nothing is shown of it: a proof that has not looked says so."""
    never = {"Type": "Pass", "Next": "Found"}
    states = {
        "Read": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Parameters": {"TableName": "t", "Key": {"pk": {"S": "x"}}},
            "TimeoutSeconds": 2,
            "Catch": [
                {"ErrorEquals": ["States.ALL"], "Next": "Found"},
            ],
            "Next": "Found",
        },
        "Found": {
            "Type": "Choice",
            "Choices": [{"Variable": "$$.State.Name", "StringEquals": "x", "Next": "Never"}],
            "Default": "End",
        },
        "Never": never,
        "End": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "End": True,
            "TimeoutSeconds": 2,
            "Parameters": {"TableName": "t", "Key": {"pk": {"S": "x"}}},
            "Catch": [{"ErrorEquals": ["States.Permissions"], "Next": "Never"}],
        },
    }
    document = {"StartAt": "Read", "TimeoutSeconds": 20, "States": states}
    given = Document(file="f.json", name="F", text="", document=document, values={})
    proof = prove(subject_of_document(given))
    assert proof.unentered == ("Never",)
    assert proof.untaken == (("End", ("States.Permissions",)),)


def test_items_of_an_array_are_no_two_alike() -> None:
    """Two that were would stand for one thing: a second seat of the same name is taken, and nothing comes after it."""
    schema = {"type": "array", "items": {"type": "string", "maxLength": 3}}
    assert sample_of_schema(schema, "body.seats") == ["bod", "bo1"]
    samples = [
        ({"type": "integer", "minimum": 5}, [5, 6]),
        ({"type": "integer", "minimum": 5, "maximum": 5}, [5, 5]),
        ({"enum": ["a", "b"]}, ["a", "b"]),
        ({"type": "string", "example": "A1"}, ["A1", "A11"]),
        ({"type": "string", "example": "A1", "maxLength": 2}, ["A1", "A1"]),
        ({"type": "boolean"}, [True, False]),
        ({"const": 7}, [7, 7]),
        ({"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}}, [{"n": 1}, {"n": 2}]),
    ]
    for items, expected in samples:
        assert sample_of_schema({"type": "array", "items": items}, "x") == expected


def test_a_map_that_has_run_is_not_asked_for() -> None:
    """Wherever what its iterations did is undone beside others, it has; a conditional one need not have."""
    for conditional in (False, True):
        workflow = Workflow("Holds", timeout=60)
        me = workflow.context["Execution"]["Name"]

        def hold(workflow: Workflow = workflow, me: Any = me) -> None:
            with workflow.map("Hold", workflow.input["seats"]) as seat:
                item = {"pk": {"S": seat.item}, "by": {"S": me}}
                held = workflow.task(
                    "Hold Seat",
                    dynamodb.put_item(TableName="t", Item=item, ConditionExpression="attribute_not_exists(pk)"),
                )
                held.compensate(
                    "Release", dynamodb.delete_item(TableName="t", Key={"pk": {"S": seat.item}}), mine={"by": {"S": me}}
                )

        if conditional:
            with workflow.when(workflow.input["hold"] == "yes"):
                hold()
        else:
            hold()
        topic = workflow.task("Make Topic", iot.create_thing_group(thingGroupName=me))
        topic.compensate("Delete Topic", iot.delete_thing_group(thingGroupName=me))
        workflow.task("Last", sqs.send_message(QueueUrl="q", MessageBody="x")).keep("it is the end")
        workflow.succeed({})
        names = {name for name, _state in asl.all_states(compile_workflow(workflow).machine)}
        proof = proof_of(workflow)
        assert [example.finding.message for example in proof.violations] == []
        assert proof.unentered == ()
        assert ("Hold Seat Is Undone 2" in names) is conditional


def register(**options: Any) -> tuple[Workflow, Any]:
    workflow = Workflow("Register", timeout=28, **options)
    key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    return workflow, key


def test_what_needs_its_result_is_in_doubt_when_the_answer_is_lost() -> None:
    """S10: whoever started it is told what may be there, and so nothing is left unsaid."""
    workflow, key = register()
    workflow.succeed({"id": key["id"]})
    proof = proof_of(workflow)
    assert proof.holds
    assert proof.unprovable == ()
    subject = subject_of_workflow(compile_workflow(workflow), ())
    lost = Fault(("Make Key", ()), Kind.LOST, "ApiGateway.SdkClientException")
    ended = trials_of(subject).run(Scenario(Variant(subject.input), (lost,))).execution
    assert ended.error == "CompensationFailed"
    assert '{"task":"Make Key","inDoubt":true,"parameters":{"Name":"input.name"}}' in (ended.cause or "")


def test_what_needs_no_result_is_undone_under_ambiguity() -> None:
    """S10: a claim is released whether or not its answer came."""
    workflow = Workflow("Claim", timeout=28)
    key = {"pk": {"S": workflow.context["Execution"]["Name"]}}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key))
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key))
    workflow.succeed()
    proof = proof_of(workflow)
    assert proof.holds
    assert proof.unprovable == ()


def drawn(firsts: Sequence[First]) -> Iterator[First]:
    """First faults by chance, until so many pairs begin with them as are wanted; all where all are."""
    pairs = 0
    for first in Random().sample(firsts, len(firsts)):
        if PAIRS is not None and pairs >= PAIRS:
            return
        pairs += first.tried
        yield first


@pytest.mark.long
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_proven(name: str) -> None:
    """P1 to P5: each fault alone, and pairs by chance; with KEYFLOW_EVERY_PAIR=1, all of them."""
    explorer = explorer_of(trials_of(subject_of_workflow(compile_workflow(SHAPES[name]()), ())))
    explorer.check_runs()
    alone = list(explorer.alone())
    assert alone
    shown = [explorer.answers(), *(tried.findings for tried in alone)]
    shown += [explorer.pairs(first) for first in drawn([first for tried in alone for first in tried.firsts])]
    violations = [example for found in shown for example in found.of(Weight.VIOLATION)]
    assert [(example.faults, example.finding.message) for example in violations] == []


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_proven_in_jsonata(name: str) -> None:
    """Each fault alone; of two shapes, pairs as well."""
    depth = 2 if name in ("sequence", "ambiguous_outcomes") else 1
    proof = prove(subject_of_workflow(compile_workflow(in_jsonata(name)), ()), depth=depth)
    assert [example.finding.message for example in proof.violations] == []


def looking_for(workflow: Workflow, **options: Any) -> Workflow:
    """A workflow that looks its key up where the answer was lost."""
    me = workflow.context["Execution"]["Name"]
    key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"], description=me))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]), **options)
    workflow.succeed({"id": key["id"]})
    return workflow


def test_what_a_lookup_finds_is_undone_under_ambiguity() -> None:
    """S10: nothing is left to be told; a lookup that fails leaves what it looked for."""
    workflow = Workflow("Look", timeout=100)
    me = workflow.context["Execution"]["Name"]
    find = apigateway.get_api_keys(nameQuery=workflow.input["name"])
    proof = proof_of(looking_for(workflow, find=find, where=lambda found: found["description"] == me))
    assert (proof.holds, proof.unprovable) == (True, ())


def test_a_lookup_that_takes_the_first_entry_undoes_what_is_anothers() -> None:
    """Verification lists another's entry first."""
    workflow = Workflow("Look", timeout=100)
    proof = proof_of(looking_for(workflow, find=apigateway.get_api_keys(nameQuery=workflow.input["name"])))
    assert ("P2", "Remove Key") in shown(proof.violations)


def test_what_is_not_on_the_first_page_of_a_lookup_is_told() -> None:
    """The compiled lookup asks whether there is another page; one that does not leaves the key, and is found."""
    workflow = Workflow("Look", timeout=100)
    me = workflow.context["Execution"]["Name"]
    find = apigateway.get_api_keys(nameQuery=workflow.input["name"])
    compiled = compile_workflow(looking_for(workflow, find=find, where=lambda found: found["description"] == me))
    subject = subject_of_workflow(compiled, ())
    pages = subject.machine.states["Find Make Key: Another Page?"]
    assert isinstance(pages, asl.Choice)
    assert pages.choices[0].next == "Find Make Key Failed"
    fault = Fault(("Find Make Key", ()), Kind.NEXT_PAGE, "")
    lost = Fault(("Make Key", ()), Kind.LOST, "ApiGateway.SdkClientException")
    ended = trials_of(subject).run(Scenario(Variant(subject.input), (lost, fault))).execution
    assert ended.error == "CompensationFailed"
    states = {**subject.machine.states, "Find Make Key: Another Page?": asl.Pass(next=str(pages.default))}
    blind = prove(replace(subject, machine=replace(subject.machine, states=states)))
    assert all(example.finding.property.name == "P1" for example in blind.violations)
    assert {example.faults[1].kind for example in blind.violations} <= {Kind.NEXT_PAGE, Kind.EMPTY_PAGE}


def test_a_retry_after_a_lost_answer_that_is_refused_is_not_taken_for_nothing() -> None:
    """The first attempt took effect: what the second one is refused with says nothing of it."""
    workflow = Workflow("Claim", timeout=28)
    key = {"pk": {"S": workflow.context["Execution"]["Name"]}}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key), retry=Retry(max_attempts=2))
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key))
    workflow.succeed()
    subject = subject_of_workflow(compile_workflow(workflow), ())
    trials = trials_of(subject)
    faults = trials.faults(("Claim", ()), trials.tasks["Claim"].resource)
    lost = [fault for fault in faults if fault.first is not None and fault.first[0] is Kind.LOST]
    (lost_first,) = (fault for fault in lost if fault.kind is Kind.REFUSED)
    ran = trials.run(Scenario(Variant(subject.input), (lost_first,)))
    assert [(entry.call.state, entry.took_effect) for entry in ran.log] == [
        ("Claim", True), ("Claim", False), ("Claim", False), ("Release", True),
    ]  # fmt: skip
    assert [row.is_as_before for row in ran.things.items.rows] == [True]
    assert proof_of(workflow).holds


def test_a_lookup_by_the_wrong_member_is_found_out() -> None:
    workflow = Workflow("Look", timeout=100)
    name = workflow.input["name"]
    find = apigateway.get_api_keys(nameQuery=name)
    proof = proof_of(looking_for(workflow, find=find, where=lambda found: found["description"] == name))
    assert ("P1", "Make Key") in shown(proof.violations)


def test_what_may_have_happened_may_stay_where_its_error_is_handled() -> None:
    """A handler that lets the workflow succeed owes nothing; one that lets it fail does."""
    for succeeds in (True, False):
        workflow = Workflow("Note", timeout=28)
        note = workflow.task("Note", dynamodb.put_item(TableName="t", Item={"pk": {"S": workflow.input["name"]}}))
        with note.on_error():
            if not succeeds:
                workflow.fail("NotNoted", "It could not be noted")
        workflow.succeed()
        proof = proof_of(workflow)
        assert proof.holds
        assert shown(proof.unprovable) == ([] if succeeds else [("P1", "Note")])


def test_a_create_without_any_compensation_is_told() -> None:
    workflow = Workflow("Save", timeout=28)
    workflow.task("Save", dynamodb.put_item(TableName="t", Item={"pk": {"S": workflow.input["name"]}}))
    workflow.succeed()
    assert shown(proof_of(workflow).unprovable) == [("P1", "Save")]


def test_trying_a_create_again_that_may_have_happened_is_told() -> None:
    workflow = Workflow("Twice", timeout=28)
    key = workflow.task("Make Key", apigateway.create_api_key(name="x"), retry=Retry(max_attempts=1))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.succeed()
    messages = [example.finding.message for example in proof_of(workflow).violations]
    assert any("may then be made twice" in message for message in messages)


def test_what_is_read_of_a_result_is_taken_for_given() -> None:
    workflow, key = register()
    plan = workflow.task("Make Plan", apigateway.create_usage_plan(name=key["name"]))
    plan.keep("it is shared")
    workflow.succeed({"plan": plan["id"]})
    assert ("P1", "Make Plan") in shown(proof_of(workflow).assumptions)


def test_both_sides_of_every_condition_are_tried() -> None:
    workflow, key = register()
    kind = workflow.input["kind"]
    with workflow.when(kind == "a"):
        workflow.task("Only A", apigateway.get_account())
    with workflow.otherwise(workflow.input["count"].as_number() > 3):
        workflow.task("Only Many", apigateway.get_account())
    with workflow.otherwise():
        workflow.task("Neither", apigateway.get_account())
    workflow.fail_if(key["enabled"] == False, "Disabled", "It is disabled")  # noqa: E712
    workflow.succeed()
    trials = trials_of(subject_of_workflow(compile_workflow(workflow), ()))
    paths = [trials.run(Scenario(variant)).execution.path for variant in explorer_of(trials).variants]
    entered = {state for path in paths for state in path}
    assert {"Only A", "Only Many", "Neither", "Disabled"} <= entered
    assert proof_of(workflow).holds


def test_a_dead_letter_is_part_of_the_proof() -> None:
    """S7."""
    workflow, _key = register()
    workflow.dead_letter(sqs.send_message(QueueUrl=Parameter("Letters"), MessageBody=workflow.left_over))
    workflow.task("Last", apigateway.get_account())
    workflow.succeed()
    compiled = compile_workflow(workflow)
    subject = subject_of_workflow(compiled, ())
    assert prove(subject).holds
    document = compiled.document
    verdict = document["States"]["Everything Undone?"]
    verdict["Choices"][0]["Next"] = "Compensation Failed"
    silent = prove(replace(subject, machine=asl.parse(document)))
    assert "the dead letter does not say" in silent.violations[0].finding.message


def test_a_violation_has_the_shortest_counterexample() -> None:
    """The fault, the path, what is left, the line, the fix."""
    workflow, _key = register()
    workflow.task("Last", apigateway.get_account())
    workflow.succeed()
    compiled = compile_workflow(workflow)
    document = compiled.document
    document["States"]["Last"]["Catch"][0]["Next"] = "Unhandled Error"
    subject = replace(subject_of_workflow(compiled, ()), machine=asl.parse(document))
    (example,) = prove(subject).violations
    assert example.finding.property.name == "P1"
    assert example.finding.left_over == ("api key of 'Make Key'",)
    assert [(fault.place[0], fault.kind) for fault in example.faults] == [("Last", Kind.REFUSED)]
    assert example.path == ("Make Key", "Last", "Unhandled Error")
    location = subject.place(example.finding.state)
    assert location is not None
    assert (Path(location.file).name, location.line > 40) == ("test_definitions.py", True)
    assert example.scenarios > 3


def test_more_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyflow.verify.search.proof._WORTH_A_PROCESS", 0)
    (tmp_path / "keyflow.toml").write_text("")
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "two.py").write_text(
        "from keyflow import Workflow\nfrom keyflow.aws import apigateway\n"
        "flow = Workflow('Two', timeout=28)\n"
        "a = flow.task('A', apigateway.create_api_key(name='a'))\n"
        "a.compensate('Remove A', apigateway.delete_api_key(apiKey=a['id']))\n"
        "flow.task('B', apigateway.get_account())\n"
    )
    origin = ProjectOrigin(str(tmp_path), "Two")
    alone, together = (prove(origin.load(), origin=origin, jobs=jobs) for jobs in (1, 2))
    assert (alone.scenarios, shown(alone.unprovable)) == (together.scenarios, shown(together.unprovable))


def test_a_definition_that_never_gets_through() -> None:
    workflow = Workflow("Raw", timeout=28)
    workflow.state("Shape", {"Type": "Pass", "Parameters": {"x.$": "$.nowhere"}, "ResultPath": "$.shape"})
    workflow.task("Use", apigateway.get_account())
    with pytest.raises(EngineError, match=r"KF701: Raw cannot be run: .*nowhere.*--input"):
        proof_of(workflow)


def endpoint(**errors: int) -> tuple[Workflow, Api]:
    workflow, key = register()
    workflow.fail_if(key["name"] == "bad", "BadName", 'It\'s "bad"')
    workflow.succeed({"id": key["id"]})
    api = Api("keys")
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    api.post("/keys", workflow, request=schema, success=201, errors=errors)
    return workflow, api


def test_the_endpoint_answers_as_declared() -> None:
    """P4: whatever the workflow ends with."""
    workflow, api = endpoint(BadName=409)
    proof = proof_of(workflow, api)
    assert proof.holds


def test_an_execution_may_take_as_long_as_its_route_waits() -> None:
    workflow = StateMachine("Slow", type="EXPRESS")
    workflow.wait("Nap", 40)
    workflow.succeed("Awake")
    api = Api("slow")
    api.post("/naps", workflow, timeout_seconds=45)
    compiled = compile_workflow(workflow, answer_within=45)
    assert subject_of_workflow(compiled, [api]).limit == 45
    assert prove(subject_of_workflow(compiled, [api])).holds
    api.routes = [replace(api.routes[0], timeout_seconds=30)]
    assert not prove(subject_of_workflow(compiled, [api])).holds


def test_what_an_authorizer_says_of_the_caller_is_in_the_input() -> None:
    workflow = Workflow("Claimed", timeout=20)
    workflow.succeed({"who": workflow.input["who"]})
    api = Api("claims")
    pool = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbC"
    claimed = {"who": api.context["authorizer"]["claims"]["sub"], "from": api.context["identity"]["sourceIp"]}
    api.post("/", workflow, authorization=CognitoAuthorizer(user_pool_arn=pool), input=claimed)
    subject = subject_of_workflow(compile_workflow(workflow, answer_within=29), [api])
    assert subject.input == {"who": "context-authorizer-claims-sub", "from": "context-identity-sourceIp"}


def test_a_caller_that_is_not_let_through_is_answered_so() -> None:
    """P4: whatever the document says that API Gateway answers on its own."""
    workflow, api = endpoint(BadName=409)
    api.routes = [replace(api.routes[0], authorization=LambdaAuthorizer(function=Parameter("Check")))]
    assert proof_of(workflow, api).holds
    plain = {"responseTemplates": {"application/json": "$context.error.message"}}
    for name, response in (("UNAUTHORIZED", {"statusCode": 200}), ("ACCESS_DENIED", plain)):
        api.extra = {"x-amazon-apigateway-gateway-responses": {name: response}}
        proof = proof_of(workflow, api)
        assert [example.finding.property.name for example in proof.violations] == ["P4"]
        assert "a caller that is not let through" in proof.violations[0].finding.message
        assert proof.violations[0].ended == "no execution: the caller is not let through"


def subject_with_template(template: str) -> Subject:
    workflow, api = endpoint(BadName=409)
    subject = subject_of_workflow(compile_workflow(workflow, answer_within=29), [api])
    assert subject.endpoint is not None
    integration = dict(subject.endpoint.gateway.integration)
    answers = {"200": {"statusCode": "201", "responseTemplates": {"application/json": template}}}
    gateway = type(subject.endpoint.gateway)({**integration, "responses": answers})
    return replace(subject, endpoint=replace(subject.endpoint, gateway=gateway))


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("$input.json('$.output')", "answers 201"),
        ('#set($context.responseOverride.status = 500)\n{"m": "$input.path(\'$.cause\')"}', "shows the inside"),
        ("#set($context.responseOverride.status = 500)\n{broken", "is not JSON"),
    ],
)
def test_what_an_endpoint_does_wrong(template: str, message: str) -> None:
    proof = prove(subject_with_template(template), depth=1)
    assert any(message in example.finding.message for example in proof.violations)


def test_what_is_missing_in_a_child_execution_is_an_assumption() -> None:
    """A path that leads nowhere ends the child only: its map fails, and what stands in front is undone."""
    workflow = Workflow("Parent", type="STANDARD")
    key = workflow.task("Make Key", apigateway.create_api_key(name="k"))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    plan = workflow.task("Read Plan", apigateway.get_usage_plan(usagePlanId="p"))
    with workflow.map("Each", workflow.input["list"], distributed="STANDARD"):
        workflow.task("Look", apigateway.get_usage_plan(usagePlanId=plan["name"]))
    workflow.succeed()
    proof = proof_of(workflow)
    assert [example.finding.message for example in proof.violations] == []
    assert "always has the members" in " ".join(example.finding.message for example in proof.assumptions)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("goes_on", [True, False], ids=["goes on", "fails"])
def test_an_ambiguous_error_that_no_handler_takes_is_undone(language: str, first: bool, goes_on: bool) -> None:
    """S10: a handler of States.Timeout says nothing of an answer that is lost."""
    workflow = Workflow("Handled", timeout=28, query_language=language)  # type: ignore[arg-type]
    if not first:
        workflow.task("Look", apigateway.get_account())
    name = workflow.context["Execution"]["Name"]
    made = workflow.task("Make", iot.create_thing(thingName=name))
    with made.on_error("States.Timeout"):
        if goes_on:
            workflow.task("Ask", apigateway.get_account())
        else:
            workflow.fail("Slow", "It took too long")
    made.compensate("Remove", iot.delete_thing(thingName=name))
    workflow.task("Last", apigateway.get_account())
    proof = prove(subject_of_workflow(compile_workflow(workflow), ()))
    assert proof.violations == ()


@pytest.mark.parametrize("transformation", ["NONE", "COMPACT", "FLATTEN"])
@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
@pytest.mark.parametrize("shape", ["an object", "a list", "a text", "unknown"])
def test_what_iterations_write_is_what_they_should(transformation: str, kind: str, shape: str) -> None:
    """P0, as a WriterConfig says; FLATTEN makes a result of each element of a list, and leaves all else as it is."""
    workflow = Workflow("Store", type="STANDARD", timeout=100_000, query_language="JSONata")
    with workflow.map(
        "Each",
        workflow.input["items"],
        at_most=100,
        distributed="EXPRESS",
        result_writer={"Bucket": "b", "Prefix": "p"},
        writer_config={"Transformation": transformation, "OutputType": kind},
    ) as each:
        put = dynamodb.put_item(TableName="t", Item={"pk": {"S": each["id"]}})
        workflow.task("Put", put).keep("it is a test")
        written = {
            "an object": {"id": each["id"]},
            "a list": [each["id"], 2],
            "a text": each["id"],
            "unknown": intrinsics.uuid(),
        }
        each.write(written[shape])
    workflow.succeed({})
    assert shown(proof_of(workflow).violations) == []
