"""A log group is read page by page, each event once, also where it comes late; what is asked for is what is shown."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from keyflow import ProjectError
from keyflow.deploy.target import Clients, Target
from keyflow.operations.log_events import LogReader, Wanted, check_execution, events_of, since
from tests.operations.aws import ACCOUNT, REGION, Aws, event, logged

TARGET = Target(stage="dev", account=ACCOUNT, region=REGION)
ONE, OTHER = (f"arn:aws:states:{REGION}:{ACCOUNT}:express:Register-dev:{name}:0a1b2c3d" for name in ("first", "second"))
NOW = 1_767_000_000


def run(beginning: float = NOW, error: str | None = None) -> list[dict[str, Any]]:
    failed = [event(4, 3, "TaskFailed", beginning + 1, error=error, cause="no\x1b[31m")] if error else []
    return [
        event(1, 0, "ExecutionStarted", beginning),
        event(2, 0, "TaskStateEntered", beginning, name="Save"),
        event(3, 2, "TaskScheduled", beginning),
        *failed,
        event(5, 3 + len(failed), "TaskStateExited", beginning + 2, name="Save"),
        event(6, 5, "ExecutionSucceeded", beginning + 2),
    ]


class Group:
    """A log group that gives pages of three, and an empty one first."""

    def __init__(self, aws: Aws) -> None:
        self.events: list[dict[str, Any]] = []
        aws.answers["FilterLogEvents"] = self.filter

    def filter(self, parameters: Mapping[str, Any]) -> Any:
        if "nextToken" not in parameters:
            return {"events": [], "nextToken": "0"}
        first = int(parameters["nextToken"])
        found = [each for each in self.events if each["timestamp"] >= parameters["startTime"]]
        following = {"nextToken": str(first + 3)} if first + 3 < len(found) else {}
        return {"events": found[first : first + 3], **following}


@pytest.fixture
def group(aws: Aws) -> Group:
    return Group(aws)


def read(clients: Clients, **wanted: Any) -> LogReader:
    return LogReader("Register", clients, TARGET, Wanted(start=NOW - 60, **wanted))


def test_every_page_is_read_and_states_are_known(aws: Aws, clients: Clients, group: Group) -> None:
    group.events = logged(ONE, run(error="X"))
    found = [(each.event.type, each.state) for each in read(clients).new() if each.event]
    assert found == [
        ("ExecutionStarted", None),
        ("TaskStateEntered", "Save"),
        ("TaskScheduled", "Save"),
        ("TaskFailed", "Save"),
        ("TaskStateExited", "Save"),
        ("ExecutionSucceeded", None),
    ]
    asked = aws.asked("FilterLogEvents")[0]
    assert asked["logGroupName"] == "/aws/vendedlogs/states/Register-dev"
    assert asked["startTime"] == (NOW - 60) * 1000
    assert "filterPattern" not in asked


def test_each_event_is_given_once_and_late_ones_too(clients: Clients, group: Group) -> None:
    reader = read(clients)
    group.events = logged(ONE, run(NOW + 100))
    assert len(list(reader.new())) == 5
    assert list(reader.new()) == []
    group.events += logged(OTHER, run(NOW))  # older, and come later
    assert {each.event.execution for each in reader.new() if each.event} == {OTHER}
    assert list(reader.new()) == []


def test_what_is_long_past_is_not_asked_for_again(aws: Aws, clients: Clients, group: Group) -> None:
    reader = read(clients)
    group.events = logged(ONE, run(NOW + 10_000))
    list(reader.new())
    list(reader.new())
    assert aws.asked("FilterLogEvents")[-1]["startTime"] == (NOW + 10_002 - 300) * 1000
    assert list(reader.new()) == []


def test_errors_alone_have_their_states(clients: Clients, group: Group) -> None:
    group.events = logged(ONE, run(error="X")) + logged(OTHER, run())
    (found,) = read(clients, errors=True).new()
    assert found.event is not None
    assert (found.state, found.event.error) == ("Save", "X")


@pytest.mark.parametrize("execution", ["first", ONE])
def test_one_execution(aws: Aws, clients: Clients, group: Group, execution: str) -> None:
    group.events = logged(ONE, run()) + logged(OTHER, run())
    found = list(read(clients, execution=execution).new())
    assert {each.event.execution for each in found if each.event} == {ONE}
    assert execution in aws.asked("FilterLogEvents")[0]["filterPattern"]


def test_a_line_that_something_else_has_written_is_shown_as_it_is(clients: Clients, group: Group) -> None:
    group.events = [{"eventId": "a", "logStreamName": "s", "timestamp": NOW * 1000, "message": "hello"}]
    (found,) = read(clients).new()
    assert found.document() == {"time": f"{datetime.fromtimestamp(NOW, UTC):%Y-%m-%d %H:%M:%S}.000Z", "execution": None, "message": "hello"}  # fmt: skip
    assert list(read(clients, execution="first").new()) == []
    assert list(read(clients, errors=True).new()) == []


def test_executions_are_waited_for_until_each_has_ended(clients: Clients, group: Group) -> None:
    group.events = logged(ONE, run()[:3])
    looks = itertools.count()

    def sleep(_seconds: float) -> None:
        if next(looks) == 1:
            group.events.extend(logged(ONE, run()[3:]))

    found, is_all = events_of(read(clients), {"first"}, seconds=60, clock=itertools.count().__next__, sleep=sleep)
    assert is_all
    assert [each.id for each in found["first"]] == [1, 2, 3, 5, 6]


def test_executions_are_not_waited_for_longer_than_said(clients: Clients, group: Group) -> None:
    group.events = logged(ONE, run()[:3])
    clock = itertools.count()
    found, is_all = events_of(read(clients), {"first"}, seconds=5, clock=clock.__next__, sleep=lambda _seconds: None)
    assert not is_all
    assert len(found["first"]) == 3
    assert next(clock) < 20


@pytest.fixture
def moto_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("logs", region_name=REGION)


def test_a_group_of_another_implementation(moto_logs: Any) -> None:
    """moto's: its pages, its order and its ids are its own."""
    name = "/aws/vendedlogs/states/Register-dev"
    moto_logs.create_log_group(logGroupName=name)
    now = datetime.now(UTC).timestamp()
    for stream, execution in (("a", ONE), ("b", OTHER)):
        moto_logs.create_log_stream(logGroupName=name, logStreamName=stream)
        put = [{"timestamp": each["timestamp"], "message": each["message"]} for each in logged(execution, run(now))]
        moto_logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=put)
    reader = LogReader("Register", Clients(region=REGION), TARGET, Wanted(start=now - 60))
    found = list(reader.new())
    assert len(found) == 10
    assert [each.state for each in found if each.event and each.event.type == "TaskScheduled"] == ["Save", "Save"]
    assert list(reader.new()) == []
    only = LogReader("Register", Clients(region=REGION), TARGET, Wanted(start=now - 60, execution="first"))
    assert {each.event.execution for each in only.new() if each.event} == {ONE}


def test_a_group_that_is_not_there(moto_logs: Any) -> None:
    reader = LogReader("Register", Clients(region=REGION), TARGET, Wanted(start=0))
    with pytest.raises(ProjectError, match="there is no log group /aws/vendedlogs/states/Register-dev in eu-west-1"):
        list(reader.new())


@given(st.integers(0, 999_999), st.sampled_from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]))
def test_so_long_ago(count: int, unit: tuple[str, int]) -> None:
    assert since(f"{count}{unit[0]}", float(NOW)) == max(0, NOW - count * unit[1])


@given(st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)))
def test_a_moment_is_one_of_utc(moment: datetime) -> None:
    assert since(moment.isoformat(), 0) == pytest.approx(moment.timestamp())
    assert since(moment.replace(tzinfo=None).isoformat(), 0) == pytest.approx(moment.timestamp())


@given(st.text())
def test_a_time_is_one_or_is_refused(text: str) -> None:
    with contextlib.suppress(ProjectError):
        assert isinstance(since(text, float(NOW)), float)


@pytest.mark.parametrize("text", ["", "10", "m", "-1m", "10 m", "1.5h", "yesterday", "٣m"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ProjectError, match="KF535"):
        since(text, 0)


@pytest.mark.parametrize("text", ['a" || "b', "a b", "", "arn:" + "x" * 500, "a*"])
def test_what_is_no_execution_reaches_no_pattern(text: str) -> None:
    with pytest.raises(ProjectError, match="KF532"):
        check_execution(text)
    check_execution("first-1_A")
    check_execution(ONE)
