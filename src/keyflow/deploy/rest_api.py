"""The REST API: its import, its deployment and its stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import API_DOCUMENT_BYTES, API_RESOURCES
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Resource, Size
from keyflow.deploy.target import Clients, Target


@dataclass(frozen=True)
class RestApi(Resource):
    """A REST API of one stage, imported from an OpenAPI document.

    AWS does not give an imported document back as it was, so its hash is the description of the deployment that the
    stage serves. It is made last: an API whose import was cut short serves an old one or none, and is imported again.
    """

    kind: ClassVar[str] = "REST API"
    document: Mapping[str, Any]
    target: Target

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
        return {"document": self._sha256, "stage": self.target.stage}

    def api_id(self, clients: Clients) -> str | None:
        """The API's id; None where there is none of this name."""
        found = self._find(clients)
        return None if found is None else str(found["id"])

    def _find(self, clients: Clients) -> Mapping[str, Any] | None:
        """The API that keyflow made under the name; names are not unique, so its own comes before anybody's."""
        found: Mapping[str, Any] | None = None
        for page in clients.client("apigateway").get_paginator("get_rest_apis").paginate():
            for api in page["items"]:
                if api["name"] == self.name and (found is None or self.owns({"tags": api.get("tags", {})})):
                    found = api
        return found

    def read(self, clients: Clients) -> Mapping[str, Any] | None:
        gateway = clients.client("apigateway")
        api = self._find(clients)
        if api is None:
            return None
        tags = api.get("tags", {})
        try:
            stage = gateway.get_stage(restApiId=api["id"], stageName=self.target.stage)
            served = gateway.get_deployment(restApiId=api["id"], deploymentId=stage["deploymentId"])
        except gateway.exceptions.NotFoundException:
            return {"document": None, "stage": None, "tags": tags}
        return {"document": served.get("description"), "stage": stage["stageName"], "tags": tags}

    def create(self, clients: Clients) -> None:
        created = clients.client("apigateway").create_rest_api(
            name=self.name, tags=dict(self.tags), endpointConfiguration={"types": ["REGIONAL"]}
        )
        self._import(clients, created["id"])

    def update(self, clients: Clients) -> None:
        api_id = self.api_id(clients)
        if api_id is not None:
            self._import(clients, api_id)

    def _import(self, clients: Clients, api_id: str) -> None:
        gateway = clients.client("apigateway")
        body = json.dumps(self.document, ensure_ascii=False).encode()
        gateway.put_rest_api(restApiId=api_id, mode="overwrite", failOnWarnings=False, body=body)
        gateway.create_deployment(restApiId=api_id, stageName=self.target.stage, description=self._sha256)

    def delete(self, clients: Clients) -> None:
        api_id = self.api_id(clients)
        if api_id is not None:
            clients.client("apigateway").delete_rest_api(restApiId=api_id)

    def base_url(self, clients: Clients) -> str:
        """The URL that the API's paths are appended to."""
        api_id = self.api_id(clients)
        if self.target.endpoint_url is not None:
            return f"{self.target.endpoint_url.rstrip('/')}/_aws/execute-api/{api_id}/{self.target.stage}"
        suffix = "amazonaws.com.cn" if self.target.partition == "aws-cn" else "amazonaws.com"
        return f"https://{api_id}.execute-api.{self.target.region}.{suffix}/{self.target.stage}"
