"""The REST API: its import, its deployment and its stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
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
    document: Mapping[str, Any]
    target: Target
    deployment: str = ""

    @property
    def _sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

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
        return {"document": self._sha256, "stage": self.target.stage, "twins": []}

    def api_id(self, clients: Clients) -> str | None:
        """The API's id; None where there is none of this name."""
        found = self._find(clients)
        return str(found[0]["id"]) if found else None

    def _find(self, clients: Clients) -> list[Mapping[str, Any]]:
        """The APIs of the name, which need not be unique: keyflow's own where there are any, the oldest first."""
        pages = clients.client("apigateway").get_paginator("get_rest_apis").paginate()
        named = [api for page in pages for api in page["items"] if api["name"] == self.name]
        own = [api for api in named if self.owns({"tags": api.get("tags", {})})]
        return sorted(own or named, key=lambda api: (api["createdDate"], api["id"]))

    def read(self, clients: Clients) -> Found | None:
        """`document` is the hash of what the stage serves; `twins` are the ids of further APIs that keyflow made."""
        apis = self._find(clients)
        if not apis:
            return None
        served = self._served(apis[0]["id"], clients)
        return {
            "document": document_hash(served) if served else None,
            "stage": self.target.stage if served else None,
            "twins": [api["id"] for api in apis[1:]],
            "id": apis[0]["id"],
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
        self._import(work.clients, first)
        for twin in twins:
            gateway.delete_rest_api(restApiId=twin)

    def update(self, work: Work, found: Found) -> None:
        if (found["document"], found["stage"]) != (self._sha256, self.target.stage):
            self._import(work.clients, found["id"])
        for twin in found["twins"]:
            work.clients.client("apigateway").delete_rest_api(restApiId=twin)

    def _import(self, clients: Clients, api_id: str) -> None:
        gateway = clients.client("apigateway")
        body = json.dumps(self.document, ensure_ascii=False).encode()
        gateway.put_rest_api(restApiId=api_id, mode="overwrite", failOnWarnings=False, body=body)
        gateway.create_deployment(
            restApiId=api_id,
            stageName=self.target.stage,
            description=deployment_description(self._sha256, self.deployment),
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


def deployment_description(document: str, deployment: str) -> str:
    """What a deployment of an API says of itself: the document's hash, and the moment of the deployment."""
    return f"{document} deployed {deployment}"


def document_hash(described: Mapping[str, Any]) -> str | None:
    """The hash of the document that a deployment of an API serves, where keyflow made it."""
    return str(described.get("description") or "").partition(" ")[0] or None


def deployment_moment(described: Mapping[str, Any]) -> str | None:
    """The moment of the deployment that made a deployment of an API, where keyflow made it."""
    return str(described.get("description") or "").partition(" deployed ")[2] or None
