"""The stage that a command asks: its options, and the clients that lead to it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.operations.starting import ANSWER_SECONDS, PatientClients
from keyflow.project import Project, Stage, find_project


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stage is: its name, and what leads to it."""

    stage: str | None
    region: str | None
    profile: str | None
    endpoint_url: str | None

    def clients(self) -> Clients:
        """boto3's clients for the stage.

        Raises:
            ProjectError: KF507, no stage can have the name; KF110, the configuration cannot be read.
        """
        return Clients(**self._where())

    def patient_clients(self, answer_seconds: float = ANSWER_SECONDS, connections: int = 10) -> PatientClients:
        """As `clients`, for calls that may be made once only."""
        return PatientClients(**self._where(), answer_seconds=answer_seconds, connections=connections)

    def configured(self, project: Project) -> Stage:
        """What the project's configuration says of the stage.

        Raises:
            ProjectError: KF507, no stage can have the name.
        """
        stage = self.stage or ""
        if not re.fullmatch(r"[A-Za-z0-9_]{1,40}", stage):
            raise ProjectError(Diagnostic("KF507", f"a stage's name has 1 to 40 letters, digits and _, not {stage!r}"))
        return project.stages.get(stage, Stage())

    def _where(self) -> Mapping[str, Any]:
        configured = self.configured(find_project(Path.cwd()))
        return {
            "region": self.region or configured.region,
            "profile": self.profile,
            "endpoint_url": self.endpoint_url or configured.endpoint_url,
        }


def stage_options(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a command the options of a stage, as one argument `place`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def function(**given: Any) -> Any:
            own = {field.name: given.pop(field.name) for field in fields(Place)}
            return command(place=Place(**own), **given)

        for option in reversed(
            (
                click.option("--stage", required=required, help="The stage's name (dev, prod)."),
                click.option("--region", help="The AWS region.  [default: AWS_REGION]"),
                click.option("--profile", help="The profile of the AWS configuration."),
                click.option("--endpoint-url", help="Another endpoint than AWS's: a local engine."),
            )
        ):
            function = option(function)
        return function

    return decorate
