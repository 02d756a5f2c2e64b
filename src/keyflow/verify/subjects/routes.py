"""The routes of APIs that lead to AWS calls: no workflow's proof looks at what they answer."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws import OperationCall
from keyflow.dataclass import dataclass
from keyflow.dsl.api import Api
from keyflow.http import as_concrete, openapi_document, placeholders
from keyflow.http.gateway import Gateway
from keyflow.verify.judges.calls import CalledRoute
from keyflow.verify.judges.findings import Finding


@dataclass(frozen=True, slots=True)
class AnswersProof:
    """What the routes of one API to AWS calls answer (P4): how many there are, how many answers, and what is wrong."""

    name: str
    routes: int
    answers: int
    violations: tuple[tuple[CalledRoute, Finding], ...]


def prove_answers(api: Api) -> AnswersProof:
    """Evaluates the answer of each route to an AWS call for every end that the call can have."""
    routes = tuple(called_routes(api))
    found = tuple((route, finding) for route in routes for finding in route.findings())
    return AnswersProof(api.name, len(routes), sum(len(tuple(route.ends())) for route in routes), found)


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
