"""Documents of APIs: route by route."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from keyflow.differences import api_differences, lines
from tests.differences.mirrored import mirrored, seen
from tests.differences.test_definitions import parent, trails

ROOT = Path(__file__).parents[2]
BUILT = {file.name: yaml.safe_load(file.read_text()) for file in sorted((ROOT / "build").glob("*.openapi.yaml"))}


def text(before: Any, after: Any) -> list[str]:
    return list(lines(api_differences(before, after)))


@pytest.fixture
def api() -> Any:
    return copy.deepcopy(BUILT["uploads.openapi.yaml"])


def test_a_route_is_new_or_gone(api: Any) -> None:
    before = copy.deepcopy(api)
    api["paths"]["/keys"] = {"post": api["paths"]["/uploads"].pop("post")}
    assert text(before, api) == ["+ POST /keys", "- POST /uploads"]


def test_what_a_request_may_be_is_a_matter_of_the_route(api: Any) -> None:
    before = copy.deepcopy(api)
    upload = api["components"]["schemas"]["Upload"]
    upload["properties"]["upload"]["maxLength"] = 64
    upload["required"] = ["upload", "owner"]
    assert text(before, api) == [
        '+ POST /uploads requestBody.Upload.required[1]: "owner"',
        "~ POST /uploads requestBody.Upload.properties.upload.maxLength: 1024 → 64",
    ]


def test_a_schema_that_requests_do_not_name_is_compared_once(api: Any) -> None:
    before = copy.deepcopy(api)
    api["components"]["schemas"]["Error"]["required"] = []
    assert text(before, api) == ['- components.schemas.Error.required[0]: "message"']


def test_schemas_that_name_each_other_come_to_an_end(api: Any) -> None:
    schemas = api["components"]["schemas"]
    schemas["Upload"]["properties"]["part"] = {"$ref": "#/components/schemas/Part"}
    schemas["Part"] = {"properties": {"whole": {"$ref": "#/components/schemas/Upload"}}}
    before = copy.deepcopy(api)
    schemas["Part"]["title"] = "Part"
    assert text(before, api) == ['+ POST /uploads requestBody.Part.title: "Part"']


def test_integrations_answers_and_authorization(api: Any) -> None:
    before = copy.deepcopy(api)
    post = api["paths"]["/uploads"]["post"]
    post["x-amazon-apigateway-integration"]["timeoutInMillis"] = 5000
    post["responses"]["409"] = {"description": "There is one"}
    post["security"] = [{"api_key": []}]
    assert text(before, api) == [
        '+ POST /uploads responses.409: {"description": "There is one"}',
        "~ POST /uploads x-amazon-apigateway-integration.timeoutInMillis: 29000 → 5000",
        '+ POST /uploads security: [{"api_key": []}]',
    ]


def test_parameters_are_known_by_their_names(api: Any) -> None:
    get = api["paths"]["/uploads/{id}"]["get"]
    get["parameters"] = [{"name": "a", "in": "query"}, {"name": "b", "in": "query"}]
    before = copy.deepcopy(api)
    get["parameters"] = [{"name": "b", "in": "query", "required": True}]
    assert text(before, api) == [
        "+ GET /uploads/{id} parameters[b].required: true",
        '- GET /uploads/{id} parameters[a]: {"in": "query", "name": "a"}',
    ]


def test_the_rest_of_the_document(api: Any) -> None:
    before = copy.deepcopy(api)
    api["x-amazon-apigateway-gateway-responses"]["THROTTLED"]["statusCode"] = 503
    api["paths"]["/uploads"]["summary"] = "Uploads"
    assert text(before, api) == [
        '+ paths./uploads: {"summary": "Uploads"}',
        "~ x-amazon-apigateway-gateway-responses.THROTTLED.statusCode: 429 → 503",
    ]


@pytest.mark.parametrize("name", BUILT)
def test_each_changed_leaf_is_an_edit(name: str) -> None:
    document = BUILT[name]
    assert api_differences(document, copy.deepcopy(document)) == ()
    for trail in list(trails(document))[::17]:
        after = copy.deepcopy(document)
        parent(after, trail)[trail[-1]] = {"other": True}
        edits = api_differences(document, after)
        assert edits, trail
        assert seen(api_differences(after, document)) == mirrored(edits)
