"""One execution on this machine: what its tasks may start, the values of its parameters, and who answers its tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyflow import asl
from keyflow.compilation import compiled_workflows
from keyflow.compiler import Compiled
from keyflow.dataclass import dataclass
from keyflow.deploy.parameters import check_names, resolve
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.loading import Definitions, load_definitions
from keyflow.placeholders import PLACEHOLDER
from keyflow.project import Project

if TYPE_CHECKING:
    from keyflow.engine import Recording, Runner

_STARTS_OTHERS = "arn:aws:states:::states:startExecution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who answers the tasks: a recording, AWS, services in this process, samples, or stubs.

    Stubs may stand before all but a recording: `stubs` is the document of a stub file, and `case` the test case in it;
    with `any_result`, they may give what no service gives. `set_up` is a Python file that fills the services in this
    process.
    """

    stubs: Any = None
    case: str | None = None
    any_result: bool = False
    set_up: Path | None = None
    aws: bool = False
    local: bool = False
    samples: bool = False
    recording: Recording | None = None
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None

    @property
    def start(self) -> datetime:
        """When the execution begins: in AWS it is now, for everything else it is always the same moment."""
        from keyflow.engine import EPOCH

        if self.recording is not None:
            return self.recording.start
        return datetime.now(UTC) if self.aws else EPOCH


def startable(project: Project, document: Any, begun: Definitions | None) -> Mapping[str, Compiled]:
    """The project's workflows by what a task may call them, where a definition starts executions of others.

    `begun` are the definitions among which it was found, None of a file's.
    """
    if begun is None or _STARTS_OTHERS not in json.dumps(document):
        return {}
    workflows = compiled_workflows(load_definitions(project, begun=begun))
    by_name = {each.workflow.name: each for each in workflows}
    return {**by_name, **{each.workflow.arn.deployed_text(): each for each in workflows}}


def parameter_values(
    document: Any,
    compiled: Compiled | None,
    others: Mapping[str, Compiled],
    answers: Answers,
    *,
    given: Mapping[str, str],
    stage: Mapping[str, str],
) -> Mapping[str, str]:
    """The values of parameters: all of them where AWS is called, else those that are given or can be made up.

    Args:
        document: The definition.
        compiled: The workflow that it is of, unless it is a file's.
        others: What its tasks may start.
        answers: Who answers the tasks.
        given: Values by name, which count most.
        stage: Values of the stage.

    Raises:
        ProjectError: KF501, a call would be made with a parameter that has no value; KF502, no such parameter.
    """
    if answers.recording is not None:
        return answers.recording.parameters
    parameters = {name: each for one in (compiled, *others.values()) if one for name, each in one.parameters.items()}
    placeholders = set(PLACEHOLDER.findall(json.dumps(document)))
    check_names(given, {*placeholders, *parameters})
    if not answers.aws:
        defaults = {name: parameter.default for name, parameter in parameters.items() if parameter.default}
        texts = (name for name in (*placeholders, *parameters) if name not in parameters or parameters[name].is_text)
        own_names = {name: name for name in texts} if answers.local else {}
        values = {**own_names, **defaults, **stage, **given}
        return {name: value for name, value in values.items() if f"${{{name}}}" not in others}
    if compiled is not None:
        return resolve(parameters, given, stage)
    values = {**stage, **given}
    missing = sorted(name for name in placeholders if name not in values and ":" not in name)
    if missing:
        message = f"the parameters {', '.join(missing)} have no value"
        raise ProjectError(Diagnostic("KF501", message, hint=f"pass --param {missing[0]}=..."))
    return values


@contextmanager
def answering(
    answers: Answers, name: str, machine: asl.StateMachine, others: Mapping[str, asl.StateMachine]
) -> Iterator[Runner]:
    """The runner that answers the tasks of a machine, and of the others that it starts."""
    from keyflow.engine import Boto3, Recorded, Stubs, stubs_from

    def stubbed(otherwise: Runner | None) -> Runner:
        if answers.stubs is None:
            return otherwise or Stubs()
        stubs = stubs_from(answers.stubs, name, answers.case, otherwise, strict=not answers.any_result)
        stubs.check(machine)
        return stubs

    if answers.recording is not None:
        yield Recorded(answers.recording)
    elif answers.local:
        from keyflow.engine.local import local_services
        from keyflow.engine.set_up import run_script

        set_up = None if answers.set_up is None else partial(run_script, answers.set_up)
        with local_services(machine, *others.values(), set_up=set_up) as services:
            yield stubbed(services)
    elif answers.aws:
        from keyflow.deploy import Clients

        clients = Clients(region=answers.region, profile=answers.profile, endpoint_url=answers.endpoint_url)
        yield stubbed(Boto3(clients.client))
    elif answers.samples:
        from keyflow.verify.samples import Samples

        yield stubbed(Samples())
    else:
        yield stubbed(None)
