"""The REST API: its import, its deployment and its stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import API_DOCUMENT_BYTES, API_RESOURCES
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Found, Phase, Resource, Size, Work
from keyflow.deploy.target import Clients, Target, aws_errors


def rest_api_name(api: str, target: Target) -> str:
    """The REST API's name in AWS."""
    return f"{api}-{target.stage}"


@dataclass(frozen=True)
class RestApi(Resource):
    """A REST API of one stage, imported from an OpenAPI document.

    AWS does not give an imported document back as it was, so its hash is the description of the deployment that the
    stage serves. It is made last: an API whose import was cut short serves an old one or none, and is imported again.
    """

    kind: ClassVar[str] = "REST API"
    phase: ClassVar[Phase] = Phase.ROUTE
    services: ClassVar[tuple[str, ...]] = ("apigateway",)
    document: Mapping[str, Any]
    target: Target
    deployment: str = ""

    @property
    def _sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    @property
    def routes(self) -> Mapping[str, Any]:
        """The routes of the document in the form of `routes_in_aws`."""
        return {
            f"{method.upper()} {path}": _route_in_document(operation, self._schemes)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if "x-amazon-apigateway-integration" in operation
        }

    @property
    def _schemes(self) -> Mapping[str, Any]:
        """How callers are known, by the names that routes use."""
        found: Mapping[str, Any] = self.document.get("components", {}).get("securitySchemes", {})
        return found

    def sizes(self) -> Iterator[Size]:
        """The resources and the size that AWS allows a REST API.

        Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        """
        paths = (path.strip("/").split("/") for path in self.document["paths"])
        resources = {tuple(parts[:length]) for parts in paths for length in range(1, len(parts) + 1)} - {("",)}
        yield Size("resources, the root included", len(resources) + 1, API_RESOURCES, "split it into several APIs")
        size = len(json.dumps(self.document, separators=(",", ":")).encode())
        yield Size("bytes in its document", size, API_DOCUMENT_BYTES, "split it into several APIs")

    def wanted(self) -> Mapping[str, Any]:
        return {"document": self._sha256, "stage": self.target.stage, "changed by hand": False, "twins": []}

    def api_id(self, clients: Clients) -> str | None:
        """The API's id; None where there is none of this name."""
        found = self._find(clients)
        return str(found[0]["id"]) if found else None

    def _find(self, clients: Clients) -> list[Mapping[str, Any]]:
        """The APIs of the name: keyflow's own where there are any, first that which serves."""
        pages = clients.client("apigateway").get_paginator("get_rest_apis").paginate()
        named = [api for page in pages for api in page["items"] if api["name"] == self.name]
        own = [api for api in named if self.owns({"tags": api.get("tags", {})})]
        if len(own) > 1:
            own.sort(key=lambda api: (self._served(api["id"], clients) is None, api["createdDate"], api["id"]))
        return own or named

    def read(self, clients: Clients) -> Found | None:
        """What the stage serves, and what differs from it.

        `document` is the hash of what the stage serves. `changed by hand` tells whether the routes are others than
        AWS made of that document. `twins` are the ids of further APIs that keyflow made. `routes` are for people.
        """
        apis = self._find(clients)
        if not apis:
            return None
        api_id = apis[0]["id"]
        deployed = self._served(api_id, clients)
        served = Served.read(deployed) if deployed else None
        routes = routes_in_aws(api_id, clients)
        return {
            "document": served.document if served else None,
            "stage": self.target.stage if served else None,
            "changed by hand": served is not None and served.routes is not None and served.routes != short_hash(routes),
            "twins": [api["id"] for api in apis[1:]],
            "id": api_id,
            "routes": routes,
            "tags": apis[0].get("tags", {}),
        }

    def _served(self, api_id: str, clients: Clients) -> Mapping[str, Any] | None:
        """The deployment that the stage serves."""
        gateway = clients.client("apigateway")
        try:
            stage = gateway.get_stage(restApiId=api_id, stageName=self.target.stage)
            served: Mapping[str, Any] = gateway.get_deployment(restApiId=api_id, deploymentId=stage["deploymentId"])
        except gateway.exceptions.NotFoundException:
            return None
        return served

    def create(self, work: Work) -> None:
        """An answer that was lost, and asked for again, has made a second API: it goes at once."""
        gateway = work.clients.client("apigateway")
        made = gateway.create_rest_api(
            name=self.name, tags=dict(self.tags), endpointConfiguration={"types": ["REGIONAL"]}
        )
        own = [api["id"] for api in self._find(work.clients) if self.owns({"tags": api.get("tags", {})})]
        first, *twins = own or [made["id"]]
        self._import(work, first)
        for twin in twins:
            gateway.delete_rest_api(restApiId=twin)

    def update(self, work: Work, found: Found) -> None:
        wanted = self.wanted()
        if any(found[key] != wanted[key] for key in ("document", "stage", "changed by hand")):
            self._import(work, found["id"])
        for twin in found["twins"]:
            work.clients.client("apigateway").delete_rest_api(restApiId=twin)

    def _import(self, work: Work, api_id: str) -> None:
        """Imports the document and serves it; what AWS ignores of it, its warnings say."""
        gateway = work.clients.client("apigateway")
        body = json.dumps(self.document, ensure_ascii=False).encode()
        answer = gateway.put_rest_api(restApiId=api_id, mode="overwrite", failOnWarnings=False, body=body)
        for warning in answer.get("warnings") or ():
            work.say(f"{self.title}: AWS warns: {warning}")
        gateway.create_deployment(
            restApiId=api_id,
            stageName=self.target.stage,
            description=str(Served(self._sha256, short_hash(routes_in_aws(api_id, work.clients)), self.deployment)),
        )

    def delete(self, work: Work) -> None:
        for api in self._find(work.clients):
            if self.owns({"tags": api.get("tags", {})}):
                work.clients.client("apigateway").delete_rest_api(restApiId=api["id"])

    def base_url(self, clients: Clients) -> str:
        """The URL that the API's paths are appended to.

        Raises:
            DeployError: KF503 or KF504, AWS refused or could not be reached.
        """
        with aws_errors():
            api_id = self.api_id(clients)
        if self.target.endpoint_url is not None:
            return f"{self.target.endpoint_url.rstrip('/')}/_aws/execute-api/{api_id}/{self.target.stage}"
        suffix = "amazonaws.com.cn" if self.target.partition == "aws-cn" else "amazonaws.com"
        return f"https://{api_id}.execute-api.{self.target.region}.{suffix}/{self.target.stage}"


@dataclass(frozen=True, slots=True)
class Served:
    """What the description of an API's deployment says: the hash of the document, the hash of the routes that AWS made
    of it, and the moment of the deployment.
    """

    document: str
    routes: str | None = None
    deployment: str | None = None

    def __str__(self) -> str:
        return f"{self.document} routes {self.routes} deployed {self.deployment}"

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Served | None:
        """Of a deployment as AWS describes it; None where keyflow did not make it."""
        match str(described.get("description") or "").split():
            case [document, "routes", routes, "deployed", *deployment]:
                return cls(document, routes, " ".join(deployment) or None)
            case [document]:
                return cls(document)
            case _:
                return None


def short_hash(value: Any) -> str:
    """What tells a value from others: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def routes_in_aws(api_id: str, clients: Clients) -> Mapping[str, Any]:
    """The routes of an API as AWS has them, by method and path: who may call them, and how they are answered."""
    gateway = clients.client("apigateway")
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"])
    return {
        f"{method} {resource['path']}": _route_in_aws(found)
        for page in pages
        for resource in page["items"]
        for method, found in sorted(resource.get("resourceMethods", {}).items())
    }


def _route_in_aws(method: Mapping[str, Any]) -> Mapping[str, Any]:
    integration = method.get("methodIntegration", {})
    return {
        "authorization": method.get("authorizationType") or "NONE",
        "api key": bool(method.get("apiKeyRequired", False)),
        "type": str(integration.get("type", "")).upper(),
        "uri": integration.get("uri"),
        "credentials": integration.get("credentials"),
        "request": dict(integration.get("requestTemplates") or {}),
        "responses": {
            status: {
                "pattern": answer.get("selectionPattern") or "",
                "body": dict(answer.get("responseTemplates") or {}),
            }
            for status, answer in sorted(integration.get("integrationResponses", {}).items())
        },
    }


def _authorization(schemes: Iterable[str], known: Mapping[str, Any]) -> str:
    """Who may call, in API Gateway's words: its importer reads them from the security schemes."""
    types = (known.get(name, {}).get("x-amazon-apigateway-authtype", "") for name in schemes)
    found = next((each for each in types if each), "none")
    return "AWS_IAM" if found == "awsSigv4" else str(found).upper()


def _route_in_document(operation: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    integration = operation["x-amazon-apigateway-integration"]
    schemes = {name for each in operation.get("security", ()) for name in each}
    return {
        "authorization": _authorization(schemes, known),
        "api key": "apiKey" in schemes,
        "type": integration["type"].upper(),
        "uri": integration.get("uri"),
        "credentials": integration.get("credentials"),
        "request": dict(integration.get("requestTemplates") or {}),
        "responses": {
            str(answer["statusCode"]): {
                "pattern": "" if pattern == "default" else pattern,
                "body": dict(answer.get("responseTemplates") or {}),
            }
            for pattern, answer in sorted(integration.get("responses", {}).items())
        },
    }
