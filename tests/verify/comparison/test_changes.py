"""What failures come to in two versions: each catcher that is taken out of a worked example opens what it closed."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keyflow.cli.sides import Given, Side, folder_side
from keyflow.verify import Property, Weight
from keyflow.verify.comparison.changes import Changes, changes
from keyflow.verify.comparison.outcomes import Outcomes, outcomes_of

ROOT = Path(__file__).parents[3]
Change = Callable[[dict[str, Any]], None]


@cache
def built() -> Side:
    return folder_side(ROOT / "build", "build")


@cache
def outcomes(name: str) -> Outcomes:
    return outcomes_of(built().document_origin(name, Given(), with_api=True).load(), depth=1)


def changed(name: str, change: Change, folder: Path, depth: int = 1) -> Outcomes:
    document = copy.deepcopy(dict(built().documents.definitions[name]))
    change(document)
    side = built().with_definitions({**built().documents.definitions, name: document}, folder)
    return outcomes_of(side.document_origin(name, Given(), with_api=True).load(), depth)


def compared(name: str, change: Change, folder: Path) -> Changes:
    return changes(outcomes(name), changed(name, change, folder), {})


def without_catchers(state: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        del document["States"][state]["Catch"]

    return change


@pytest.mark.parametrize(
    ("name", "state", "struck", "left"),
    [
        ("AddApiKey", "Link Api Key To Usage Plan", "Link Api Key To Usage Plan", "Create Usage Plan"),
        ("AddApiKey", "Save Api Key", "Save Api Key", "Create Usage Plan"),
        ("AddApiKey", "Unlink Api Key From Usage Plan", "Link Api Key To Usage Plan", "Create Usage Plan"),
        ("OnboardConsumer", "Create Key", "Create Key", "Claim Name"),
        ("OnboardConsumer", "Start Provisioning", "Start Provisioning", "Create Key"),
        ("PlaceOrder", "Charge Card", "Charge Card", "Reserve Stock"),
        ("PlaceOrder", "Tell Warehouse", "Tell Warehouse", "Reserve Stock"),
        ("ProvisionConsumer", "Link Key", "Link Key", "Create Plan"),
        ("RotateApiKey", "Link Generated Key", "Link Generated Key", "Create Generated Key"),
        ("SignUp", "Send Welcome", "Send Welcome", "Create User"),
    ],
)
def test_a_catcher_that_is_gone_opens_the_failures_that_it_caught(
    tmp_path: Path, name: str, state: str, struck: str, left: str
) -> None:
    found = compared(name, without_catchers(state), tmp_path)
    (case,) = found.opened
    assert case.shown.key[:2] == (Property.P1, left)
    assert {fault.place[0] for fault in case.alone} == {struck}
    assert case.faults[0] in case.alone
    assert case.possible
    assert case.elsewhere  # what came of it before
    assert (found.closed, found.still) == ((), 0)
    back = changes(found.after, found.before, {})
    assert [each.shown.key for each in back.closed] == [case.shown.key]
    assert back.opened == ()


@pytest.mark.parametrize("name", ["AddApiKey", "PlaceOrder", "SignUp"])
def test_nothing_differs_from_itself(name: str) -> None:
    assert changes(outcomes(name), outcomes(name), {}).is_empty


def test_a_compensation_that_no_longer_runs_is_said(tmp_path: Path) -> None:
    """Without the catcher of lost answers the next one takes them, and what may be there is no longer undone."""

    def change(document: dict[str, Any]) -> None:
        save = document["States"]["Save Api Key"]
        save["Catch"] = [each for each in save["Catch"] if "States.Timeout" not in each["ErrorEquals"]]

    found = compared("AddApiKey", change, tmp_path)
    assert (found.opened, [each.key[:2] for each in found.newly_unprovable]) == ((), [(Property.P1, "Save Api Key")])
    (otherwise,) = found.otherwise
    assert {fault.place[0] for fault in otherwise.faults} == {"Save Api Key"}
    ((before,), (after,)) = otherwise.before, otherwise.after
    assert before.calls == ("Remove Saved Api Key", *after.calls)


def test_an_error_of_another_name_is_no_violation_and_is_said(tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["States"]["Get Api Key"]["Catch"][0]["Next"] = "NameExists"

    found = compared("AddApiKey", change, tmp_path)
    assert found.opened == ()
    ends = {(old.ended, new.ended) for each in found.otherwise for old in each.before for new in each.after}
    assert ends == {("FAILED UnhandledError", "FAILED NameExists")}


def test_calls_in_another_order_are_said(tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        states = document["States"]
        states["Create Usage Plan And Key"]["Branches"].reverse()
        states["Create Usage Plan And Key"]["ResultSelector"] = {
            "createUsagePlan.$": "$[1]",
            "createApiKey.$": "$[0]",
        }

    found = compared("AddApiKey", change, tmp_path)
    assert found.opened == ()
    (without_faults,) = (each for each in found.otherwise if not each.faults)
    ((before,), (after,)) = without_faults.before, without_faults.after
    assert sorted(before.calls) == sorted(after.calls)
    assert before.calls[1:3] == after.calls[2:0:-1]


def test_a_call_that_is_new_has_failures_that_are(tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        states = document["States"]
        states["Save Api Key"]["Next"] = "Announce"
        states["Announce"] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:keys", "Message": "new"},
            "TimeoutSeconds": 1,
            "ResultPath": None,
            "Next": "Success",
        }

    found = compared("AddApiKey", change, tmp_path)
    assert {fault.place[0] for fault in found.fresh} == {"Announce"}
    (case,) = (each for each in found.opened if each.shown.key[0] is Property.P1)
    assert {fault.place[0] for fault in case.alone} == {"Announce"}
    assert not case.possible


def test_a_renamed_state_opens_nothing(tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        text = json.dumps(document["States"]).replace('"Save Api Key"', '"Store Api Key"')
        document["States"] = json.loads(text)

    after = changed("AddApiKey", change, tmp_path)
    found = changes(outcomes("AddApiKey"), after, {"Save Api Key": "Store Api Key"})
    assert (found.opened, found.closed, found.otherwise, found.fresh, found.gone) == ((), (), (), (), ())
    assert changes(outcomes("AddApiKey"), after, {}).fresh != ()


def test_two_faults_together_are_compared_too(tmp_path: Path) -> None:
    """A compensation's own catcher strikes only where the compensation fails as well."""
    name, state = "PlaceOrder", "Remove Order"
    before = changed(name, lambda document: None, tmp_path / "old", depth=2)
    after = changed(name, without_catchers(state), tmp_path / "new", depth=2)
    found = changes(before, after, {})
    assert found.opened
    for case in found.opened:
        assert case.alone == ()
        assert {fault.place[0] for fault in case.faults} & {state}


def test_tasks_that_no_scenario_calls_are_named() -> None:
    """Without an input that leads there, nothing is shown of them."""
    assert "Pay" in outcomes("ApproveExpense").uncalled
    assert outcomes("AddApiKey").uncalled == ()


def test_what_cannot_be_proven_is_kept_of_both(tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["States"]["Save Api Key"]["Catch"]

    found = compared("AddApiKey", change, tmp_path)
    assert [each.finding.weight for each in found.unprovable] == [Weight.UNPROVABLE]
    assert (found.unprovable_before, found.newly_unprovable) == ((), found.unprovable)
    assert changes(found.after, found.after, {}).newly_unprovable == ()


def test_outcomes_reach_another_process() -> None:
    found = outcomes("SignUp")
    assert pickle.loads(pickle.dumps(found)) == found
