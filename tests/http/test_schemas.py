"""The schemas of routes among the others of the document."""

from __future__ import annotations

from typing import Any

from keyflow import Api, Workflow
from keyflow.http import openapi_document
from keyflow.http.schemas import add_schema


def test_a_route_s_schema_is_that_of_draft_4_in_the_document() -> None:
    workflow = Workflow("W")
    workflow.succeed()
    api = Api("a")
    request = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": "gift"}, "price": {"$ref": "#/$defs/price"}},
        "$defs": {"price": {"type": "number", "exclusiveMinimum": 0}},
    }
    api.post("/", workflow, request=request, response={"title": "Done", "type": ["object", "null"]})
    document = openapi_document(api)
    body = document["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/PostWRequest"}
    schemas = {name: each for name, each in document["components"]["schemas"].items() if name != "Error"}
    assert schemas == {
        "PostWRequest": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": ["gift"]}, "price": {"$ref": "#/components/schemas/PostWRequestPrice"}},
        },
        "PostWRequestPrice": {"type": "number", "minimum": 0, "not": {"enum": [0]}},
        "Done": {"title": "Done", "anyOf": [{"type": "object"}, {"enum": [None]}]},
    }


def test_definitions_of_like_names_are_told_apart() -> None:
    held: dict[str, Any] = {}
    add_schema(
        {"$defs": {"a-b": {"type": "string"}, "ab": {"type": "number"}, "-": {}, "+": {"type": "array"}}}, "X", held
    )
    assert held == {
        "X": {},
        "XAb": {"type": "string"},
        "XAb2": {"type": "number"},
        "XDefinition": {},
        "XDefinition2": {"type": "array"},
    }
