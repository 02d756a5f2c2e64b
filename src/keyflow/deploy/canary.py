"""A canary: a share of the callers is led to a new version first, and all of them when nothing alarmed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Work
from keyflow.deploy.versions import lead, number_of, routing
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.durations import seconds_in

_LOOK_SECONDS = 10
"""Between two looks at the alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The share of the callers in percent, and for how many seconds they are the only ones."""

    percent: int
    seconds: int

    def shift(self, versions: Mapping[str, str], alarms: Sequence[str], work: Work) -> None:
        """Leads the share to new versions, waits, and leads all callers there; goes back where an alarm goes off.

        Args:
            versions: By the ARN of an alias, that of the version that it is to lead to: all of them shift together.
            alarms: The ARNs or names of the alarms that end it.
            work: What calls are made with.

        Raises:
            ProjectError: KF514, an alarm is not there; KF515, one went off, and callers are led where they were before.
            KeyboardInterrupt: As it came; callers are led where they were before, too.
        """
        _states(alarms, work)
        before = {alias: _served(alias, version, work) for alias, version in versions.items()}
        shifting = {alias: version for alias, version in versions.items() if before[alias] != version}
        try:
            for alias, version in shifting.items():
                lead(alias, {before[alias]: 100 - self.percent, version: self.percent}, work.clients)
            if shifting:
                self._watch(", ".join(_named(version) for version in shifting.values()), alarms, work)
        except (Exception, KeyboardInterrupt):
            for alias in shifting:
                lead(alias, {before[alias]: 100}, work.clients)
                work.say(f"callers are led to {_named(before[alias])} again, all of them")
            raise
        for alias, version in versions.items():
            lead(alias, {version: 100}, work.clients)

    def _watch(self, versions: str, alarms: Sequence[str], work: Work) -> None:
        left = self.seconds
        while left > 0:
            work.wait(f"{self.percent} % of the callers get {versions}; all of them in {left} s")
            step = min(left, _LOOK_SECONDS)
            work.sleep(step)
            left -= step
            alarmed = [name for name, state in _states(alarms, work).items() if state == "ALARM"]
            if alarmed:
                message = f"{versions} is not served: the alarm {', '.join(alarmed)} went off"
                raise ProjectError(Diagnostic("KF515", message))


def _states(alarms: Sequence[str], work: Work) -> Mapping[str, str]:
    """The state of each alarm, by its name."""
    names = [name.rpartition(":alarm:")[2] or name for name in alarms]
    if not names:
        return {}
    found = work.clients.client("cloudwatch").describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    every: list[Any] = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
    states = {each["AlarmName"]: each["StateValue"] for each in every}
    missing = sorted(set(names) - states.keys())
    if missing:
        message = f"there is no alarm {', '.join(missing)} in {work.clients.region}"
        raise ProjectError(Diagnostic("KF514", message, hint="name alarms of the stage's own region and account"))
    return states


def _served(alias_arn: str, otherwise: str, work: Work) -> str:
    """The version that an alias leads most callers to."""
    shares = routing(alias_arn, work.clients) or {}
    return max(shares, key=lambda arn: shares[arn], default=otherwise)


def _named(version_arn: str) -> str:
    """A version as people name it: `version 3 of Register-prod`."""
    return f"version {number_of(version_arn)} of {version_arn.split(':')[-2]}"


def canary_of(percent: str, duration: str) -> Canary:
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
    return Canary(percent=int(share[1]), seconds=seconds)
