"""A workflow's steps as steps of another: copied, with the input that the other gives in the place of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from keyflow.aws import OperationCall
from keyflow.aws.models import OperationModel, ServiceModel
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Compensation, Lookup
from keyflow.dsl.deployed import Deployed
from keyflow.dsl.expressions import Comparison, Condition, Value, values_in
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch, Succeed
from keyflow.dsl.tasks import Author, Task
from keyflow.dsl.values import Input, Reference

_SHARED = (Location, OperationModel, ServiceModel, Deployed, Input)
"""What both workflows may refer to: it does not change, and belongs to neither."""


class Inlining:
    """Copies the steps of one workflow for another.

    Args:
        author: The workflow that gets the steps.
        given: What stands for the input of the one that they are copied from: values and literals, nested.
        prefix: What the names of the copies begin with.
        location: The line that asks for them.
    """

    def __init__(self, author: Author, given: Any, prefix: str, location: Location) -> None:
        self._author = author
        self._given = given
        self._prefix = prefix
        self._location = location
        self._copies: dict[int, Any] = {}

    def steps(self, block: Block) -> tuple[list[Step], Any]:
        """The copies of a workflow's steps without its end, and the output that it ends with.

        Raises:
            DefinitionError: KF244, it succeeds in the middle, or something of its input is not given as it is used;
                KF220 and KF221 for names; KF238 for calls that cannot wait here.
        """
        inner, output = list(block.steps), None
        match inner:
            case [*before, Succeed(output=output)]:
                inner = before
            case _:
                pass
        for step in Block(inner).walk():
            if isinstance(step, Succeed):
                raise self._error("it succeeds in the middle: only the last step may", step.location)
        copies = [self._copied(step) for step in inner]
        for copy in Block(copies).walk():
            self._claim(copy)
        return copies, self._copied(output)

    def _claim(self, step: Step) -> None:
        if step.name:
            self._author.claim_name(step.name, self._location)
        self._author.admit(step)
        if isinstance(step, Task):
            for compensation in step.compensations:
                self._author.claim_name(compensation.name, self._location)
            if step.lookup is not None:
                self._author.claim_name(step.lookup.name, self._location)

    def _copied(self, original: Any) -> Any:
        match original:
            case Reference(source=Input()):
                return self._of_input(original)
            case dict():
                return {key: self._copied(value) for key, value in original.items()}
            case list():
                return [self._copied(element) for element in original]
            case tuple():
                return tuple(self._copied(element) for element in original)
            case _ if original is self._author or isinstance(original, (*_SHARED, type)):
                return original
            case _ if is_dataclass(original):
                return self._copied_object(original)
            case Author():
                return self._author
            case _:
                return original

    def _copied_object(self, original: Any) -> Any:
        """A copy of an object, the same one wherever the original stands: steps and results refer to each other."""
        if id(original) in self._copies:
            return self._copies[id(original)]
        copy = object.__new__(type(original))
        self._copies[id(original)] = copy
        for each in fields(original):
            value = self._copied(getattr(original, each.name))
            if each.name == "name" and isinstance(original, Step | Branch | Compensation | Lookup) and value:
                value = f"{self._prefix}{value}"
            object.__setattr__(copy, each.name, value)
        self._check(original, copy)
        return copy

    def _check(self, original: Any, copy: Any) -> None:
        """What must stay a value of the execution is none any more where the input has a literal there."""
        literal = isinstance(copy, Comparison) and not isinstance(copy.left, Value)
        literal = literal or (
            isinstance(copy, Condition) and not isinstance(getattr(copy, "value", copy), Value | Condition)
        )
        if literal or (isinstance(copy, Map) and not isinstance(copy.over, Reference | OperationCall)):
            names = ", ".join(repr(value) for value in values_in(_looked_at(original)))
            place = original.location if isinstance(original, Step) else self._location
            raise self._error(f"{names} decides something, and is given as a literal", place)

    def _of_input(self, reference: Reference) -> Any:
        """What is given for a member of the input."""
        found = self._given
        for key in reference.keys:
            match found, key:
                case (Value(), _):
                    found = found[key]
                case (Mapping(), _) if key in found:
                    found = found[key]
                case (list() | tuple(), int(index)) if index < len(found):
                    found = found[index]
                case _:
                    raise self._error(f"{reference!r} is not given", reference.location)
        if reference.as_kind is not None and isinstance(found, Reference):
            return Reference(found.source, found.keys, found.location, found.result, reference.as_kind)
        return found

    def _error(self, message: str, at: Location) -> Exception:
        return definition_error("KF244", message, location=self._location, hint=f"it stands at {at}")


def _looked_at(original: Any) -> Any:
    match original:
        case Map():
            return original.over
        case Comparison():
            return original.left
        case _:
            return original.value
