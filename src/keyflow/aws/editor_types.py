"""Types for an editor: services as classes, whose operations have their parameters by name.

Services are read from botocore's models when they are named, so no checker knows their operations; these stubs do.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from keyflow.aws.json_text import takes_json
from keyflow.aws.models import OperationModel, Shape
from keyflow.aws.naming import python_name
from keyflow.aws.resources import integration_of
from keyflow.aws.services import service
from keyflow.python_text import inside_docstring, is_name, text_literal

MARK = "made by `keyflow stubs`"
"""What the first line of a file has that may be written again."""
_WIDTH = 100
_HEAD = f'''\
"""The types of AWS's calls, {MARK}: run it again for other services, or another botocore."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from keyflow import Value
from keyflow.aws import Call, ServiceError
'''
_SCALARS = {"string": "str", "number": "int | float | Decimal", "boolean": "bool"}


def module_text(services: Sequence[str]) -> str:
    """The module that gives the services at run time; the types stand in the stub beside it.

    Raises:
        DefinitionError: KF201, botocore has no such service.
    """
    names = sorted(python_name(service(name).model.name) for name in services)
    listed = "".join(f"    {text_literal(name)},\n" for name in names)
    return (
        f'"""AWS\'s services, {MARK}; their types are in the .pyi beside this file."""\n\n'
        f"from keyflow.aws import {', '.join(names)}\n\n__all__ = [\n{listed}]\n"
    )


def stub_text(services: Sequence[str]) -> str:
    """The stub of that module.

    Raises:
        DefinitionError: KF201, botocore has no such service.
    """
    return _HEAD + "".join(_service(name) for name in sorted(services))


def _service(name: str) -> str:
    model = service(name).model
    title = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", model.name))
    errors = "".join(f"    {error}: ServiceError\n" for error in model.errors if is_name(error)) or "    pass\n"
    operations = "".join(
        _operation(operation, found) for operation, found in model.operations.items() if is_name(operation)
    )
    return (
        f"\nclass {title}Errors:\n{errors}\n"
        f"class {title}:\n    errors: {title}Errors\n{operations}\n"
        f"{python_name(model.name)}: {title}\n"
    )


def _operation(name: str, model: OperationModel) -> str:
    shape = model.input
    required = shape.required if shape is not None else ()
    members = shape.members if shape is not None else {}
    integration = integration_of(model, name)
    any_json = integration.json_members
    types = {
        member: _type(each, member, any_json=member in any_json) for member, each in members.items() if is_name(member)
    }
    parameters = [
        f"        {member}: {found}{'' if member in required else ' = ...'},\n" for member, found in types.items()
    ]
    parameters += [f"        {member}: Any = ...,\n" for member in sorted(integration.own_members)]
    unnamed = "        **others: Any,\n" if len(parameters) < len(members) else ""
    star = "        *,\n" if parameters else ""
    text = "".join(_doc(model))
    if not parameters and not unnamed:
        return f"    def {name}(self) -> Call:{text}"
    return f"    def {name}(\n        self,\n{star}{''.join(parameters)}{unnamed}    ) -> Call:{text}"


def _type(shape: Shape, name: str, *, any_json: bool) -> str:
    if any_json or shape.is_document:
        return "Any"
    if shape.enum:
        return f"Literal[{', '.join(map(text_literal, shape.enum))}] | Value"
    if shape.kind == "array":
        return "Sequence[Any] | Value"
    if takes_json(shape, name):
        return "str | Mapping[str, Any] | Sequence[Any] | Value"
    return f"{_SCALARS.get(shape.kind, 'Mapping[str, Any]')} | Value"


def _doc(model: OperationModel) -> Iterator[str]:
    """What the operation gives, and the errors that its model lists."""
    sentences = []
    if model.output is not None and model.output.members:
        sentences.append(f"Gives {', '.join(model.output.members)}.")
    if model.errors:
        sentences.append(f"Errors: {', '.join(model.errors)}.")
    if not sentences:
        yield " ...\n"
        return
    lines = textwrap.wrap(inside_docstring(" ".join(sentences)), _WIDTH)
    yield f'\n        """{lines[0]}'
    yield from (f"\n        {line}" for line in lines[1:])
    yield '"""\n'
