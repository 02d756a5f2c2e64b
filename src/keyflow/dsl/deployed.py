"""Values that are fixed when a workflow is deployed: parameters, and the ARNs of workflows and their executions."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from keyflow import json_values
from keyflow.asl.validator import is_of_type
from keyflow.diagnostics import calling_location, definition_error
from keyflow.dsl.expressions import Value
from keyflow.json_values import Unquoted
from keyflow.lazy import lazy_pattern
from keyflow.making import note_text
from keyflow.placeholders import PARAMETER_NAME


class Deployed(Value):
    """What is fixed when the workflow is deployed; `deployed_text` is its placeholder until then."""

    @property
    def kind(self) -> str | None:
        return "string"

    @property
    def chosen_by_caller(self) -> bool:
        return False

    @abstractmethod
    def deployed_text(self) -> str: ...


def logical_id(name: str) -> str:
    """A name as CloudFormation's logical ids are: `api-key-registration` -> `ApiKeyRegistration`."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))


class StateMachineArn(Deployed):
    """The ARN of a workflow that is deployed to the same stage, written `${<Workflow>StateMachine}` until then."""

    def __init__(self, workflow: str) -> None:
        self.workflow = workflow

    @property
    def placeholder(self) -> str:
        """The name in the braces."""
        return f"{logical_id(self.workflow)}StateMachine"

    def deployed_text(self) -> str:
        return f"${{{self.placeholder}}}"

    def __repr__(self) -> str:
        return note_text(f"the ARN of {self.workflow}")


class ExecutionArns(StateMachineArn):
    """What the ARNs of a workflow's executions begin with; a colon and an execution's name follow."""

    def deployed_text(self) -> str:
        where = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
        return f"{where}:execution:${{{self.placeholder}.Name}}"

    def __repr__(self) -> str:
        return note_text(f"the executions of {self.workflow}")


_SECRET = lazy_pattern(r"arn:aws[a-z-]*:(secretsmanager:[^:]+:\d{12}:secret:.+|ssm:[^:]+:\d{12}:parameter/.+)")


_KINDS: Mapping[type, tuple[str | None, str | None, Any]] = {
    str: ("string", "string", None),
    int: ("number", "integer", 1),
    float: ("number", "number", 1),
    bool: ("boolean", "boolean", True),
    object: (None, None, 1),
}
"""What a parameter of a type is compared as, what JSON Schema calls it, and what stands for it in proofs."""


class Parameter(Deployed):
    """A value that is fixed when the workflow is deployed (a table's name, an API's id), written `${Name}` until then.

    A number, true or false stands there without quotes, `"Seconds": ${Delay}`: so CloudFormation makes a number of it.

    Args:
        name: Letters and digits, as CloudFormation wants its parameters.
        description: What it is, shown where a deployment misses it.
        default: The value where a deployment gives none.
        type: `str`, `int`, `float` or `bool`; `object` for any JSON.
        secret: Whether it stands for a secret: its value is then the ARN of one in Secrets Manager, or of a parameter
            of Systems Manager, and never the secret itself.

    Raises:
        DefinitionError: KF214, the name is none, or the type; KF519, the default of a secret is no such ARN; KF520, the
            default is of another type.
    """

    def __init__(
        self,
        name: str,
        *,
        description: str = "",
        default: Any = None,
        type: type = str,  # noqa: A002  Python's name for it
        secret: bool = False,
    ) -> None:
        self.location = calling_location()
        if not re.fullmatch(PARAMETER_NAME, name):
            raise definition_error("KF214", f"a parameter's name has letters and digits only, not {name!r}")
        if type not in _KINDS or (secret and type is not str):
            known = "str" if secret else "str, int, float, bool or object"
            raise definition_error("KF214", f"the type of the parameter {name} is {known}, not {type!r}")
        self.name = name
        self.description = description
        self.type = type
        self.secret = secret
        self.default = default if default is None or isinstance(default, str) else json.dumps(default)
        problem = None if self.default is None else self.problem(self.default)
        if problem is not None:
            raise definition_error("KF519" if secret else "KF520", f"the default of the parameter {name} {problem}")

    @property
    def kind(self) -> str | None:
        return _KINDS[self.type][0]

    @property
    def is_text(self) -> bool:
        """Whether it is text, and stands in quotes where a definition is JSON."""
        return self.type is str

    @property
    def json_type(self) -> str | None:
        """JSON Schema's word for what it is; None for any JSON."""
        return _KINDS[self.type][1]

    def problem(self, value: str) -> str | None:
        """Why a text is no value of the parameter, as the end of a sentence; None where it is one."""
        if self.secret:
            return None if _SECRET.fullmatch(value) is not None else "is no ARN of a secret"
        if self.type is str:
            return None
        try:
            found = json_values.parse(value)
        except ValueError:
            return f"is {value!r}, which is no JSON"
        fits = self.json_type is None or is_of_type(found, self.json_type)
        return None if fits else f"is {value}, which is not of the type {self.json_type}"

    def deployed_text(self) -> str:
        text = f"${{{self.name}}}"
        if self.type is str:
            return text
        stand_in = _KINDS[self.type][2] if self.default is None else json_values.parse(self.default)
        return Unquoted(text, self.json_type, stand_in)

    def __repr__(self) -> str:
        return note_text(f"Parameter({self.name!r})")
