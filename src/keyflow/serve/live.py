"""What is served now: the newest site that built, at work; and what was wrong with a later one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from keyflow import asl
from keyflow.dataclass import dataclass
from keyflow.deploy.substitution import substituted
from keyflow.diagnostics import Diagnostic, KeyflowError
from keyflow.engine import Execution
from keyflow.engine.runner import Runner
from keyflow.engine.set_up import run_script
from keyflow.http import as_concrete, placeholders
from keyflow.http.gateway import Answer
from keyflow.serve.callers import Callers
from keyflow.serve.executions import Begun, Executions, Machine
from keyflow.serve.ids import new_id
from keyflow.serve.request import HttpRequest
from keyflow.serve.rest_api import Answered, AwsAnswer, AwsRequest, RestApi
from keyflow.serve.runs import Run, Runs, shortened
from keyflow.serve.services import Services
from keyflow.serve.site import Site, values_of
from keyflow.serve.stubbed import Stubbed, stubbed

Tell = Callable[[Run], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One reading of the files at work: machines by their ARNs, and APIs by their names."""

    site: Site
    machines: Mapping[str, Machine]
    apis: Mapping[str, RestApi]
    stubs: Stubbed


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTask:
    """A task that goes on when somebody gives its token back."""

    workflow: str
    execution: str
    state: str
    token: str


class Live:
    """Answers requests by the newest site that built.

    Args:
        services: Who answers calls of AWS behind the stubs.
        parameters: Values of parameters.
        tell: Told of each run when it has ended.
    """

    def __init__(self, services: Services, *, parameters: Mapping[str, str], tell: Tell) -> None:
        self._services = services
        self._parameters = parameters
        self._tell = tell
        self._now: Generation
        self._executions = Executions(self._runner, self._ended)
        self.problems: Sequence[Diagnostic] = ()
        self.runs = Runs()

    @property
    def site(self) -> Site:
        """What is served."""
        return self._now.site

    @property
    def origins(self) -> Collection[str]:
        """The websites that an API names as those that browsers call it from."""
        return {api.cors for api in self.site.apis if api.cors is not None}

    def machine(self, workflow: str) -> asl.StateMachine | None:
        """The definition of a workflow that is served, its parameters filled in."""
        return next((each.definition for each in self._now.machines.values() if each.name == workflow), None)

    def waiting(self) -> Sequence[WaitingTask]:
        """The tasks that wait for their tokens, of all executions that run."""
        return [
            WaitingTask(workflow=begun.machine.name, execution=begun.name, state=call.state, token=call.token or "")
            for begun in self._executions.running()
            for call in begun.outside.waiting()
        ]

    def has_api(self, name: str) -> bool:
        """Whether an API of that name is served."""
        return name in self._now.apis

    def serve(self, site: Site, stubs: Any) -> None:
        """Serves a site from now on, with the stubs of a file's document.

        Raises:
            KeyflowError: The stubs do not fit it. What was served before goes on.
        """
        values = values_of(site, self._parameters)
        machines = {
            flow.arn: Machine(
                arn=flow.arn, name=flow.name, type=flow.type, definition=asl.parse(substituted(flow.document, values))
            )
            for flow in site.workflows
        }
        definitions = [each.definition for each in machines.values()]
        answers = stubbed(stubs, site, definitions)
        self._services.prepare(definitions, [each.filled(values) for each in site.calls])
        callers = Callers(stubs=answers.authorizers, is_key=self._services.is_key)
        apis = {api.name: RestApi(api.name, _concrete(api.document, values), callers, self._send) for api in site.apis}
        self._executions.replace(machines)
        self._now = Generation(site=site, machines=machines, apis=apis, stubs=answers)
        self.problems = ()

    def set_up(self, script: Path) -> None:
        """Lets a Python file fill the services of this process, once they have what the first site names.

        Raises:
            EngineError: KF613, it raises an error, or cannot be read.
        """
        self._services.set_up(partial(run_script, script))

    def warm(self) -> None:
        """Loads what the first request would wait for."""
        for api in self._now.apis.values():
            api.warm()
        self._services.is_key("")

    def answer(self, api: str, http: HttpRequest) -> Answer:
        """The answer to a request to an API. It never raises: what cannot be answered is 500, and says why."""
        number, moment, began = new_id(), time.time(), time.perf_counter()
        problem = None
        try:
            answered = self._now.apis[api].answer(http, number=number, moment=moment)
        except KeyflowError as error:
            problem = error.diagnostics[0]
            answered = Answered(answer=_unanswerable(problem))
        behind = answered.behind
        self._note(
            Run(
                id=number,
                label=answered.label or f"{http.method} {http.path}",
                api=api,
                workflow=None if behind is None else behind.workflow,
                moment=moment,
                milliseconds=(time.perf_counter() - began) * 1000,
                status=answered.answer.status,
                sent=shortened(http.body.decode(errors="replace")),
                answered=shortened(answered.answer.body),
                execution=None if behind is None else behind.execution,
                problem=problem,
            )
        )
        return answered.answer

    def too_large(self, api: str) -> Answer:
        """The answer to a request to an API whose body is larger than API Gateway takes."""
        return self._now.apis[api].too_large

    def _send(self, request: AwsRequest) -> AwsAnswer:
        """What a route calls: executions are of this process, and so are those that it asks about."""
        send = self._executions.send if request.service == "stepfunctions" else self._services.send
        return self._now.stubs.call(request, send)

    def _runner(self) -> Runner:
        return self._now.stubs.runner(self._services.tasks)

    def _ended(self, begun: Begun, execution: Execution | None) -> None:
        self._note(
            Run(
                id=new_id(),
                label=f"{begun.machine.name} {begun.name}",
                workflow=begun.machine.name,
                moment=begun.began,
                milliseconds=(time.time() - begun.began) * 1000,
                execution=execution,
                problem=begun.problem,
            )
        )

    def _note(self, run: Run) -> None:
        self.runs.add(run)
        self._tell(run)


def _concrete(document: Any, values: Mapping[str, str]) -> Any:
    """An API's document; what only a deployment makes is called by its name."""
    return as_concrete(document, {name: values.get(name, name) for name in placeholders(document)})


def _unanswerable(problem: Diagnostic) -> Answer:
    """What a caller gets where this process cannot do what AWS would: it says so."""
    body = {"message": f"keyflow serve: {problem.message}", "code": problem.code, "hint": problem.remedy}
    return Answer(500, json.dumps(body, ensure_ascii=False))
