"""Alarms: an execution whose compensations failed, and one that timed out before it could undo anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Found, Phase, Resource, Work, tag_list, tags_in
from keyflow.deploy.target import Clients, Target, aws_errors

NAMESPACE = "keyflow"
TIMED_OUT, NOT_COMPENSATED = ENDINGS = ("TimedOut", "CompensationFailed")
"""What the alarms' names end in."""
_FILTER = "keyflow-compensation-failed"
_PERIOD_SECONDS = 60


def alarm_names(workflow: str, target: Target) -> tuple[str, str]:
    """The names of a workflow's two alarms, in the order of `ENDINGS`."""
    timed_out, not_compensated = (f"{workflow}-{target.stage}-{ending}" for ending in ENDINGS)
    return timed_out, not_compensated


def listed_alarms(clients: Clients) -> list[Any]:
    """Every alarm on a metric; none where a local engine has no alarms."""
    if not has_alarms(clients):
        return []
    pages = clients.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def has_alarms(clients: Clients) -> bool:
    """Whether alarms are made where the clients lead: a local engine may run without CloudWatch.

    LocalStack holds each event of every log group to the metric filters of all of them, and stores what it counts: a
    stage with alarms takes several times as long there. In its answers it says what it is.
    """
    from botocore.exceptions import ClientError

    if not clients.is_local:
        return True
    with aws_errors():
        identity = clients.client("sts").get_caller_identity()
    if "x-localstack" in identity["ResponseMetadata"].get("HTTPHeaders", {}):
        return False
    try:
        clients.client("cloudwatch").describe_alarms(MaxRecords=1)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500:  # "not enabled", or "not implemented"
            return False
        raise
    return True


@dataclass(frozen=True, kw_only=True)
class TimeoutAlarm(Resource):
    """Goes off when an execution of a state machine times out: AWS ends it then, and nothing is undone.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html (ExecutionsTimedOut).
    """

    kind: ClassVar[str] = "alarm"
    phase: ClassVar[Phase] = Phase.ALARM
    services: ClassVar[tuple[str, ...]] = ("cloudwatch", "logs")
    arn: str
    machine_arn: str

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the alarm looks at."""
        return _settings("AWS/States", "ExecutionsTimedOut", [{"Name": "StateMachineArn", "Value": self.machine_arn}])

    def wanted(self) -> Mapping[str, Any]:
        return {"alarm": self.settings}

    def read(self, clients: Clients) -> Found | None:
        cloudwatch = clients.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[self.name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        tags = cloudwatch.list_tags_for_resource(ResourceARN=self.arn)["Tags"]
        return {"alarm": {key: alarms[0].get(key) for key in self.settings}, "tags": tags_in(tags)}

    def create(self, work: Work) -> None:
        work.clients.client("cloudwatch").put_metric_alarm(
            AlarmName=self.name, AlarmDescription=self.description, Tags=tag_list(self.tags), **self.settings
        )

    @property
    def description(self) -> str:
        """What an alarm says to whoever it wakes."""
        return "An execution timed out: AWS ended it, and nothing of it was undone. Made by keyflow."

    def update(self, work: Work, found: Found) -> None:
        self.create(work)

    def delete(self, work: Work) -> None:
        work.clients.client("cloudwatch").delete_alarms(AlarmNames=[self.name])


@dataclass(frozen=True, kw_only=True)
class CompensationAlarm(TimeoutAlarm):
    """Goes off when an execution ends because a compensation failed: something stays that nobody undoes.

    A metric filter counts the entries of the `states` in the log, which names them without any data of the execution.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """

    log_group: str
    states: tuple[str, ...]

    @property
    def settings(self) -> Mapping[str, Any]:
        return _settings(NAMESPACE, self.name, [])

    @property
    def description(self) -> str:
        return "A compensation failed: something stays that has to be undone by hand. Made by keyflow."

    @property
    def _pattern(self) -> str:
        named = " || ".join(f'$.details.name = "{_quoted(state)}"' for state in self.states)
        return f'{{ $.type = "FailStateEntered" && ({named}) }}'

    def wanted(self) -> Mapping[str, Any]:
        return {**super().wanted(), "pattern": self._pattern}

    def read(self, clients: Clients) -> Found | None:
        found = super().read(clients)
        return None if found is None else {**found, "pattern": self._found_pattern(clients)}

    def _found_pattern(self, clients: Clients) -> str | None:
        logs = clients.client("logs")
        try:
            found = logs.describe_metric_filters(logGroupName=self.log_group, filterNamePrefix=_FILTER)
        except logs.exceptions.ResourceNotFoundException:
            return None
        return next((each["filterPattern"] for each in found["metricFilters"] if each["filterName"] == _FILTER), None)

    def create(self, work: Work) -> None:
        work.clients.client("logs").put_metric_filter(
            logGroupName=self.log_group,
            filterName=_FILTER,
            filterPattern=self._pattern,
            metricTransformations=[
                {"metricName": self.name, "metricNamespace": NAMESPACE, "metricValue": "1", "defaultValue": 0.0}
            ],
        )
        super().create(work)

    def delete(self, work: Work) -> None:
        """The log group's filters go with it; where it stays, this one goes now."""
        logs = work.clients.client("logs")
        if self._found_pattern(work.clients) is not None:
            logs.delete_metric_filter(logGroupName=self.log_group, filterName=_FILTER)
        super().delete(work)


def _settings(namespace: str, metric: str, dimensions: list[dict[str, str]]) -> Mapping[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": dimensions,
        "Statistic": "Sum",
        "Period": _PERIOD_SECONDS,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }


def _quoted(state: str) -> str:
    return state.replace("\\", "\\\\").replace('"', '\\"')


def failing_states(definition: Mapping[str, Any], error: str) -> Iterator[str]:
    """The names of the Fail states with an error, those in branches and iterations included."""
    for name, state in definition.get("States", {}).items():
        if state.get("Type") == "Fail" and state.get("Error") == error:
            yield name
        for part in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            if part:
                yield from failing_states(part, error)
