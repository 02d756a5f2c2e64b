"""Answers of services themselves, in AWS's JSON protocol: members as models spell them, moments in seconds since 1970.

Source: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from keyflow.asl import JSON
from keyflow.aws.models import OperationModel, Shape
from keyflow.lazy import lazy_pattern
from keyflow.verify.world.results import Form, sample

FAILED = lazy_pattern(r"Failed(EntryCount)?|Unprocessed(Items|Keys)")
"""Members in which a call that was taken says what of it was not done."""
_DEPTH = 6
_MOMENT = 1.5


def sample_answer(model: OperationModel | None, label: str) -> JSON:
    """An answer to a call that was done in whole: nothing where the operation gives nothing, or is not known.

    Each text in it begins with the label.
    """
    if model is None or model.output is None:
        return {}
    form = replace(answer_form(_text), whole_unions=False)
    return {**without_errors(sample(model.output, form, label)), **nothing_failed(model.output)}


def answer_form(text: Callable[[Shape, str], str], keys: Sequence[str] = ("key",)) -> Form:
    """How answers are written, with such texts, and with such keys in maps."""
    return Form(text=text, moment=_MOMENT, keys=keys, depth=_DEPTH)


def _text(shape: Shape, label: str) -> str:
    return b64encode(label.encode()).decode() if shape.type == "blob" else label


def nothing_failed(output: Shape) -> dict[str, Any]:
    """The members that say what was not done, where that is nothing."""
    return {
        name: 0 if shape.kind == "number" else [] if shape.type == "list" else {}
        for name, shape in output.members.items()
        if FAILED.fullmatch(name)
    }


def without_errors(full: JSON) -> JSON:
    """An answer without the errors of its entries, and with the status of an execution that succeeded."""
    entries = {
        name: [{key: value for key, value in entry.items() if key != "Error"} for entry in each]
        for name, each in full.items()
        if isinstance(each, list) and each and isinstance(each[0], dict)
    }
    ended = {"status": "SUCCEEDED"} if "billingDetails" in full else {}
    return {**full, **entries, **ended}
