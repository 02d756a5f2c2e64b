"""A stage as a side of a comparison: the definitions that its state machines have in AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keyflow.cli.output import amount
from keyflow.cli.sides import Shape, Side
from keyflow.cli.stages import Place
from keyflow.dataclass import dataclass
from keyflow.deploy.parameters import resolve
from keyflow.deploy.state_machine import machine_arn, machine_name
from keyflow.deploy.substitution import substituted
from keyflow.deploy.target import Clients, Target, aws_errors
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.differences import Documents
from keyflow.dsl.deployed import StateMachineArn
from keyflow.json_values import with_leaves
from keyflow.project import Project, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """How a stage is reached: options of the command, which win over its configuration."""

    params: Mapping[str, str]
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class StageReader:
    """Reads a stage of a project."""

    project: Project
    stage: str
    access: Access
    clients: Clients
    target: Target

    @property
    def shape(self) -> Shape:
        """How definitions are changed for the stage before they are built."""
        return Shape(self.stage, self._configured)

    def side(self, workflows: Iterable[str], folder: Path) -> Side:
        """What is deployed of the workflows; its definitions are written to a folder.

        Raises:
            DeployError: KF503, AWS refused a call; KF504, it could not be reached.
            ProjectError: KF545, nothing of them is deployed.
        """
        names = tuple(workflows)
        found = {name: definition for name in names if (definition := self._definition(name)) is not None}
        if not found:
            message = f"none of {amount(len(names), 'workflow')} is deployed to the stage {self.stage}"
            raise ProjectError(Diagnostic("KF545", f"{message} in {self.target.region}"))
        plain = {name: with_leaves(each, self._without_qualifiers(names)) for name, each in found.items()}
        empty = Side(label=f"stage:{self.stage}", documents=Documents(definitions={}), files={})
        return empty.with_definitions(plain, folder)

    def filled(self, side: Side, folder: Path) -> Side:
        """Another side with the stage's values in its definitions, which are written to a folder.

        Raises:
            ProjectError: KF501, a parameter of the project has no value; KF502, a value is given for what is none.
        """
        configured = self._configured.parameters
        if side.parameters is not None:
            values: Mapping[str, str] = resolve(side.parameters, self.access.params, configured)
        else:
            values = {**side.defaults, **configured, **self.access.params}
        machines: dict[str, str] = {}
        for name in side.documents.definitions:
            placeholder = StateMachineArn(name).placeholder
            machines[placeholder] = machine_arn(name, self.target)
            machines[f"{placeholder}.Name"] = machine_name(name, self.target)
        every = {**values, **machines, **self.target.pseudo_parameters}
        definitions = {name: substituted(each, every) for name, each in side.documents.definitions.items()}
        filled = side.with_definitions(definitions, folder)
        return replace(filled, documents=replace(filled.documents, apis=None, policies=None, api_policies=None))

    @property
    def _configured(self) -> Stage:
        return self.project.stages.get(self.stage, Stage())

    def _definition(self, workflow: str) -> Any:
        """The definition that AWS has; None where there is no state machine."""
        states = self.clients.client("stepfunctions")
        with aws_errors():
            try:
                found = states.describe_state_machine(stateMachineArn=machine_arn(workflow, self.target))
            except states.exceptions.StateMachineDoesNotExist:
                return None
        return None if found.get("status") == "DELETING" else json.loads(found["definition"])

    def _without_qualifiers(self, workflows: Iterable[str]) -> Any:
        """Texts in which a state machine of the stage stands without the version or alias by which it is called."""
        arns = "|".join(re.escape(machine_arn(name, self.target)) for name in workflows)
        qualified = re.compile(rf"({arns}):[A-Za-z0-9_.-]+")
        return lambda leaf: qualified.sub(r"\1", leaf) if isinstance(leaf, str) else leaf


def stage_reader(stage: str, project: Project, access: Access) -> StageReader:
    """What reads a stage.

    Raises:
        ProjectError: KF507, no stage can have the name.
        DeployError: KF503 or KF504, AWS refused to say who asks, or could not be reached.
    """
    place = Place(stage=stage, region=access.region, profile=access.profile, endpoint_url=access.endpoint_url)
    clients = place.clients()
    return StageReader(project=project, stage=stage, access=access, clients=clients, target=clients.target(stage))
