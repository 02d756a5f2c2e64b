"""A canary: a share of the callers is led to a new version first, and all of them when nothing alarmed meanwhile."""

from __future__ import annotations

import re
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Work
from keyflow.deploy.versions import number_of, routing, weights
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.durations import seconds_in

_LOOK_SECONDS = 10
"""Between two looks at the alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The share of the callers in percent, for how many seconds, and the ARNs or names of the alarms that end it."""

    percent: int
    seconds: int
    alarms: tuple[str, ...] = ()

    def shift(self, alias_arn: str, version: str, work: Work) -> None:
        """Leads the share to the version, waits, and leads all of them there; goes back where an alarm goes off.

        Raises:
            ProjectError: KF515, an alarm went off: callers are led where they were before.
            KeyboardInterrupt: As it came; callers are led where they were before, too.
        """
        before = routing(alias_arn, work.clients) or {}
        served = max(before, key=lambda arn: before[arn], default=version)
        if served == version:
            _lead(alias_arn, {version: 100}, work)
            return
        _lead(alias_arn, {served: 100 - self.percent, version: self.percent}, work)
        try:
            self._watch(version, work)
        except BaseException:
            _lead(alias_arn, {served: 100}, work)
            work.say(f"callers are led to version {number_of(served)} again, all of them")
            raise
        _lead(alias_arn, {version: 100}, work)

    def _watch(self, version: str, work: Work) -> None:
        left = self.seconds
        while True:
            alarmed = self._alarmed(work)
            if alarmed:
                message = f"version {number_of(version)} is not served: {', '.join(alarmed)} went off"
                raise ProjectError(Diagnostic("KF515", message))
            if left <= 0:
                return
            work.wait(f"{self.percent} % of the callers get version {number_of(version)}; all of them in {left} s")
            step = min(left, _LOOK_SECONDS)
            work.sleep(step)
            left -= step

    def _alarmed(self, work: Work) -> list[str]:
        if not self.alarms:
            return []
        found = work.clients.client("cloudwatch").describe_alarms(
            AlarmNames=[name.rpartition(":alarm:")[2] or name for name in self.alarms],
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        every: list[Any] = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        return [f"the alarm {each['AlarmName']}" for each in every if each["StateValue"] == "ALARM"]


def _lead(alias_arn: str, shares: dict[str, int], work: Work) -> None:
    work.clients.client("stepfunctions").update_state_machine_alias(
        stateMachineAliasArn=alias_arn, routingConfiguration=weights(shares)
    )


def canary_of(percent: str, duration: str, alarms: tuple[str, ...]) -> Canary:
    """A canary as the command line gives it: `10%`, `10m`.

    Raises:
        ProjectError: KF514, the share is no whole number from 1 to 99 percent, or the duration is none.
    """
    share = re.fullmatch(r"([1-9]\d?)\s*%?", percent.strip())
    if share is None:
        raise ProjectError(Diagnostic("KF514", f"a canary's share is 1% to 99%, not {percent!r}"))
    seconds = seconds_in(duration)
    if seconds is None or seconds < 1:
        raise ProjectError(Diagnostic("KF514", f"a canary's time is like 90s, 10m or 1h, not {duration!r}"))
    return Canary(percent=int(share[1]), seconds=seconds, alarms=alarms)
