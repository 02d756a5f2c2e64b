"""What can go wrong with one call: which faults there are, what each does to a result, and how it reads."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import asl
from keyflow.aws import service
from keyflow.verify.world.faults import Fault, Kind, faults_of, may_be_too_large
from keyflow.verify.world.retries import retried_errors_of

PLACE = ("S", ())
MAKE = "arn:aws:states:::aws-sdk:apigateway:createApiKey"
READ = "arn:aws:states:::dynamodb:getItem"
INVOKE = "arn:aws:states:::lambda:invoke"


def kinds(resource: str, **options: Any) -> list[Kind]:
    return [fault.kind for fault in faults_of(PLACE, resource, **options)]


def test_each_member_that_is_read_is_missing_null_and_of_another_type() -> None:
    odd = [fault for fault in faults_of(PLACE, MAKE, read=[("Id",), ("Value",)]) if fault.keys]
    assert [(fault.kind, fault.keys) for fault in odd] == [
        (kind, keys) for keys in (("Id",), ("Value",)) for kind in (Kind.LACKS, Kind.NULL, Kind.RETYPED)
    ]
    assert all(fault.is_alone and fault.kind.is_malformed and fault.kind.is_answered for fault in odd)
    result = {"Id": "1", "Value": "v", "Enabled": True}
    assert [fault.of(result) for fault in odd[:3]] == [
        {"Value": "v", "Enabled": True},
        {"Id": None, "Value": "v", "Enabled": True},
        {"Id": 7, "Value": "v", "Enabled": True},
    ]
    assert Fault(PLACE, Kind.RETYPED, "", keys=("Enabled",)).of(result)["Enabled"] == "another type"
    assert [str(fault) for fault in odd[:3]] == [
        "'S' gives a result without Id",
        "'S' gives a result with null for Id",
        "'S' gives a result with a value of another type for Id",
    ]


def test_a_result_that_nothing_reads_cannot_be_odd() -> None:
    assert Kind.MALFORMED not in kinds(MAKE, read=None)
    assert kinds(MAKE, read=[()]).count(Kind.LACKS) == 0


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (MAKE, False),
        (READ, True),
        (INVOKE, True),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", True),
        ("arn:aws:states:::aws-sdk:s3:getObject", True),
        ("arn:aws:states:::aws-sdk:s3:putObject", False),
    ],
)
def test_only_what_somebody_wrote_can_be_too_large(resource: str, expected: bool) -> None:
    assert may_be_too_large(resource) is expected
    found = [(fault.kind, fault.error) for fault in faults_of(PLACE, resource)]
    assert ((Kind.TOO_LARGE, "States.DataLimitExceeded") in found) is expected
    assert ((Kind.FAILED_AFTER, "States.DataLimitExceeded") in found) is expected


def retried(*lists: list[str]) -> list[str]:
    retry = [asl.Retrier(error_equals=tuple(each)) for each in lists]
    return list(retried_errors_of(asl.Task(resource=MAKE, retry=tuple(retry))))


def test_each_retrier_has_an_error_that_comes_to_it_first() -> None:
    assert "TooManyRequestsException" in service("apigateway").model.operations["create_api_key"].errors
    assert retried(["ApiGateway.TooManyRequestsException"]) == ["ApiGateway.TooManyRequestsException"]
    found = retried(["ApiGateway.TooManyRequestsException"], ["States.ALL"])
    assert {"ApiGateway.TooManyRequestsException", "ApiGateway.SdkClientException"} < set(found)
    assert len(found) == 3
    assert retried() == []


def test_attempts_end_in_different_ways_one_after_another() -> None:
    found = [
        fault
        for fault in faults_of(
            PLACE, MAKE, retried=["ApiGateway.TooManyRequestsException", "ApiGateway.SdkClientException"]
        )
        if fault.first is not None
    ]
    assert all(fault.is_alone for fault in found)
    told = {str(fault) for fault in found}
    assert "'S' takes effect, and its answer is lost, and then fails with ApiGateway.TooManyRequestsException" in told
    assert "'S' fails with ApiGateway.TooManyRequestsException, and then takes effect, and its answer is lost" in told
    (fault,) = (each for each in found if str(each).endswith("TooManyRequestsException"))
    first, later = fault.at(0), fault.at(1)
    assert (first, later) == (Fault(PLACE, Kind.LOST, "ApiGateway.SdkClientException"), fault)


def test_a_fault_that_passes_is_over_after_its_attempts() -> None:
    fault = Fault(PLACE, Kind.REFUSED, "E", 2)
    assert [fault.at(attempt) for attempt in range(3)] == [fault, fault, None]
    assert str(fault) == "'S' fails with E, at its first 2 attempts"
    assert str(Fault(("S", (1,)), Kind.REFUSED, "E", 1)) == "'S'[1] fails with E, once"
