"""What botocore's model files say of a service, read without importing botocore's runtime.

`import botocore.model` alone takes longer than reading the models of two services and building a workflow, so
the files (https://github.com/boto/botocore/tree/develop/botocore/data) are read as data.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from keyflow.aws.model_documents import ModelDocument, document_of
from keyflow.lazy import lazy_pattern


@cache
def _data_directory() -> Path:
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("keyflow reads AWS's service models from botocore, which is not installed")
    return Path(spec.submodule_search_locations[0], "data")


@cache
def service_names() -> tuple[str, ...]:
    """The services that botocore knows, under boto3's names (`apigateway`, `cognito-idp`), sorted."""
    return tuple(sorted(entry.name for entry in _data_directory().iterdir() if _latest_model(entry)))


def _latest_model(directory: Path) -> Path | None:
    """The newest API version's model file; versions are dates, which sort as text."""
    for version in sorted(directory.glob("*/"), reverse=True):
        for file in ("service-2.json.gz", "service-2.json"):
            if (version / file).is_file():
                return version / file
    return None


def has_service(name: str) -> bool:
    """Whether botocore knows a service by this name; its model is not read."""
    return _model_file(name) is not None


def _model_file(name: str) -> Path | None:
    directory = _data_directory() / name
    return _latest_model(directory) if directory.is_dir() else None


@cache
def service_model(name: str) -> ServiceModel | None:
    """The model of a service by boto3's name, or None when botocore has no such service."""
    file = _model_file(name)
    if file is None:
        return None
    return ServiceModel(name, document_of(_content(file)), file.parent)


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    return zlib.decompress(content, _GZIP) if file.suffix == ".gz" else content


def operation_model(service: str, name: str) -> OperationModel | None:
    """An operation by boto3's name of its service and its own name in the model; None where there is none."""
    model = service_model(service)
    return None if model is None else model.operation(boto3_name(name))


_GZIP = zlib.MAX_WBITS | 16
"""How zlib is told that its header is that of gzip: https://docs.python.org/3/library/zlib.html#zlib.decompress"""


_PLAIN_WORDS = lazy_pattern(r"(?:[A-Z][a-z]+)+")


@cache
def boto3_name(operation: str) -> str:
    """boto3's name of an operation: `CreateApiKey` is called `create_api_key`.

    A name of plain words is written so here; of plain words with a name of its own, botocore has this one. It is asked
    for the others: importing it takes as long as a tenth of a build.
    """
    if _PLAIN_WORDS.fullmatch(operation) and "WhatsApp" not in operation:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    from botocore import xform_name

    return str(xform_name(operation))


class ServiceModel:
    """One service: its identifiers, its operations and the shapes of what they take and give."""

    def __init__(self, name: str, document: ModelDocument, folder: Path) -> None:
        self.name = name
        self._document = document
        self._folder = folder
        self._operations: dict[str, OperationModel] = {}
        self.service_id: str = document.metadata["serviceId"]
        self.endpoint_prefix: str = document.metadata["endpointPrefix"]
        self.signing_name: str = document.metadata.get("signingName", self.endpoint_prefix)
        self.target_prefix: str | None = document.metadata.get("targetPrefix")
        self.json_version: str | None = document.metadata.get("jsonVersion")

    @cached_property
    def operations(self) -> Mapping[str, OperationModel]:
        """The operations by boto3's names (`create_api_key`)."""
        return {boto3_name(name): self._operation(name) for name in self._document.operations}

    def operation(self, name: str) -> OperationModel | None:
        """The operation that boto3 calls so; where it is spelt as usual, the names of the others are not made."""
        spelled = "".join(word.capitalize() for word in name.split("_"))
        if spelled in self._document.operations and boto3_name(spelled) == name:
            return self._operation(spelled)
        return self.operations.get(name)

    def _operation(self, name: str) -> OperationModel:
        """The operation that the service itself calls so, always the same."""
        if name not in self._operations:
            self._operations[name] = OperationModel(self, name, self._document.operations[name])
        return self._operations[name]

    @cached_property
    def paginators(self) -> Mapping[str, Any]:
        """How botocore goes on to the next page, by the operations that have pages."""
        files = (self._folder / f"paginators-1.json{suffix}" for suffix in (".gz", ""))
        found = next((file for file in files if file.is_file()), None)
        return {} if found is None else json.loads(_content(found))["pagination"]

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """The names of all error shapes, as the service spells them."""
        shapes = self._document.shapes
        return tuple(name for name in shapes.with_member("exception") if shapes[name]["exception"])

    def has_error(self, name: str) -> bool:
        """Whether an error shape has this name."""
        return name in self._document.shapes and bool(self._document.shapes[name].get("exception"))

    def structures(self) -> Iterator[Shape]:
        """Every structure of the model."""
        return (self.shape(name) for name, shape in self._document.shapes.items() if shape["type"] == "structure")

    def shape(self, name: str) -> Shape:
        """The shape with this name in the model."""
        return Shape(self, name, self._document.shapes[name])


class OperationModel:
    """One operation of a service."""

    def __init__(self, service: ServiceModel, name: str, document: Mapping[str, Any]) -> None:
        self.service = service
        self.name = name
        self.http_method: str = document.get("http", {}).get("method", "POST")
        self.http_path: str = document.get("http", {}).get("requestUri", "/")
        self._document = document

    @cached_property
    def input(self) -> Shape | None:
        """The structure of the parameters, or None when the operation takes none."""
        return self._shape("input")

    @cached_property
    def output(self) -> Shape | None:
        """The structure of the result, or None when the operation gives none."""
        return self._shape("output")

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """The names of the error shapes that the model lists for the operation."""
        return tuple(error["shape"] for error in self._document.get("errors", ()))

    @property
    def python_name(self) -> str:
        """boto3's name of the operation."""
        return boto3_name(self.name)

    @property
    def token(self) -> str | None:
        """The member that makes a repeated call one and the same; None where there is none."""
        members = {} if self.input is None else self.input._document.get("members", {})
        return next((name for name, member in members.items() if member.get("idempotencyToken")), None)

    @property
    def next_page(self) -> str | None:
        """The member of a result that is there where there is another page; None where there are no pages.

        Of several that botocore knows (`NextMarker || Contents[-1].Key`) the one that stands at the top.
        """
        tokens = self.service.paginators.get(self.name, {}).get("output_token", ())
        given = [tokens] if isinstance(tokens, str) else tokens
        members = {} if self.output is None else self.output.members
        return next((name for token in given for name in token.split(" || ") if name in members), None)

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """Those of its errors that say that the service itself failed (5xx)."""
        return tuple(name for name in self.errors if self.service.shape(name).is_fault)

    def _shape(self, key: str) -> Shape | None:
        reference = self._document.get(key)
        return self.service.shape(reference["shape"]) if reference else None


SCALARS: Mapping[str, str] = {
    "string": "string",
    "character": "string",
    "timestamp": "string",
    "blob": "string",
    "integer": "number",
    "long": "number",
    "float": "number",
    "double": "number",
    "bigdecimal": "number",
    "boolean": "boolean",
}
"""The JSON type in which Step Functions passes each of botocore's scalar types."""


class Shape:
    """The type of a value in a service's model."""

    def __init__(self, service: ServiceModel, name: str, document: Mapping[str, Any]) -> None:
        self._service = service
        self._document = document
        self.name = name
        self.type: str = document["type"]
        self.is_document = bool(document.get("document"))
        """Whether any JSON may stand here."""

    @property
    def kind(self) -> str:
        """The JSON type: string, number, boolean, array or object."""
        if self.type in SCALARS:
            return SCALARS[self.type]
        return "array" if self.type == "list" else "object"

    @property
    def is_sensitive(self) -> bool:
        """Whether the model says that no log should hold it."""
        return bool(self._document.get("sensitive"))

    @property
    def service_name(self) -> str:
        """boto3's name of the service that it is a shape of."""
        return self._service.name

    @property
    def is_fault(self) -> bool:
        """Whether it is an error by which a service says that it failed itself: `fault`, or a status of 5xx."""
        status = self._document.get("error", {}).get("httpStatusCode", 0)
        return bool(self._document.get("fault")) or status >= 500

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """A structure's members by the service's own names."""
        return {
            name: self._service.shape(member["shape"]) for name, member in self._document.get("members", {}).items()
        }

    @property
    def is_union(self) -> bool:
        """Whether a structure has one of its members, and never more."""
        return bool(self._document.get("union"))

    @property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self._document.get("required", ()))

    def uri_members(self) -> Iterator[tuple[str, str]]:
        """The members that stand in the request's path, with the name they have there."""
        for name, member in self._document.get("members", {}).items():
            if member.get("location") == "uri":
                yield member.get("locationName", name), name

    @property
    def enum(self) -> tuple[str, ...]:
        """The values that a string may have; empty when any will do."""
        return tuple(self._document.get("enum", ()))

    @property
    def pattern(self) -> str | None:
        """The regular expression that a string must match, where the model has one."""
        found: str | None = self._document.get("pattern")
        return found

    @cached_property
    def element(self) -> Shape:
        """What a list holds, or the values of a map."""
        key = "member" if self.type == "list" else "value"
        return self._service.shape(self._document[key]["shape"])
