"""The routes of APIs, as they are built: what no workflow's proof looks at of them."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws import OperationCall
from keyflow.dataclass import dataclass
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.http import as_concrete, openapi_document, placeholders, role_id
from keyflow.http.gateway import Gateway
from keyflow.verify.judges.calls import CalledRoute
from keyflow.verify.judges.findings import Finding
from keyflow.verify.judges.starts import StartedRoute


@dataclass(frozen=True, slots=True)
class AnswersProof:
    """What the routes of one API send and answer (P4), but for the ends of executions that callers wait for.

    There are so many routes, so many requests and answers that were looked at, and what is wrong.
    """

    name: str
    routes: int
    answers: int
    violations: tuple[tuple[CalledRoute | StartedRoute, Finding], ...]


def prove_answers(api: Api) -> AnswersProof:
    """Evaluates each route: of an AWS call its answer to every end that the call can have; of the start of an execution
    what arrives for what was sent, and what is answered where AWS starts none.
    """
    routes: tuple[CalledRoute | StartedRoute, ...] = (*called_routes(api), *started_routes(api))
    found = tuple((route, finding) for route in routes for finding in route.findings())
    return AnswersProof(api.name, len(routes), sum(route.answers for route in routes), found)


def started_routes(api: Api) -> Iterator[StartedRoute]:
    """The routes of an API that start a workflow, as they are built."""
    if not any(isinstance(route.target, Definition) for route in api.routes):
        return
    document = openapi_document(api)
    values = {name: f"<{name}>" for name in placeholders(document)}
    concrete = as_concrete(document, values)
    for route in api.routes:
        if isinstance(route.target, Definition):
            yield StartedRoute(
                route=route,
                integration=concrete["paths"][route.path][route.method]["x-amazon-apigateway-integration"],
                values=values,
                role=values[f"{role_id(api)}.Arn"],
                cors=api.cors,
            )


def called_routes(api: Api) -> Iterator[CalledRoute]:
    """The routes of an API that lead to an AWS call, as they are built."""
    direct = [(route, route.target) for route in api.routes if isinstance(route.target, OperationCall)]
    if not direct:
        return
    document = openapi_document(api)
    concrete = as_concrete(document, {name: name for name in placeholders(document)})
    for route, call in direct:
        yield CalledRoute(
            label=f"{route.method.upper()} {route.path}",
            gateway=Gateway(concrete["paths"][route.path][route.method]["x-amazon-apigateway-integration"]),
            model=call.model,
            location=route.location,
            success=route.success,
            errors=route.errors,
            shaped=route.response_template is not None,
        )
