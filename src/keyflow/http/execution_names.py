"""The names of executions that asynchronous routes start: a name makes of a second start the first one's answer.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

from collections.abc import Mapping

from keyflow.dsl.api import Route
from keyflow.http import velocity

_REFUSALS = {"ExecutionAlreadyExists": 409, "InvalidName": 400, "ValidationException": 400}
"""The statuses of what StartExecution says of a name: it is taken, has impossible characters, is empty or too long."""
_FIRST = '{"stateMachineArn"'


def name_refusals(route: Route) -> Mapping[str, int]:
    """The statuses with which StartExecution refuses the execution name that a route gives, if it gives one."""
    return {} if route.name is None else _REFUSALS


def with_name(template: str, route: Route) -> str:
    """The request template of a start, with the name that the route takes from the request."""
    if route.name is None:
        return template
    name = velocity.json_text(route.name, route.location)
    before, _, rest = template.partition(_FIRST)
    return f'{before}{{"name": {name}, "stateMachineArn"{rest}'
