"""How a compensation recognises what is its execution's own, where the task's answer is lost (S10, S13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from keyflow.aws import OperationCall
from keyflow.aws.effects import OperationEffect, effect_of
from keyflow.aws.models import OperationModel, Shape
from keyflow.dataclass import dataclass
from keyflow.dsl.ownership import is_own
from keyflow.python_text import text_literal
from keyflow.suggestions.undoing import KEYS, Undoing
from keyflow.suggestions.written import Written

EXECUTION = "execution"
"""The variable that holds the execution's own name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """How a compensation recognises what is its own: options of `compensate`, and what else it takes.

    `writes` are members that the task is to write for that, with their values, as code.
    """

    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    uses_execution: bool = False
    writes: Mapping[str, str] = field(default_factory=dict)


def recognised(call: OperationCall, written: Written, effect: OperationEffect, undoing: Undoing) -> Recognised:
    """What a compensation says of whose the thing is: by an attribute, by what finds it, or by its name."""
    if call.service.name == "dynamodb" and undoing.model.python_name == "delete_item":
        return _own_item(call, written)
    if not undoing.needed:
        return _named(call, effect, written)
    for name, place in effect.found_in.items():
        lookup = call.service.operations[name]
        entry = _entry(lookup, place)
        if entry is None or not undoing.needed <= set(entry.members):
            continue
        mark = _text_among(effect.marks, entry)
        arguments = _lookup_arguments(lookup, call, written, mark)
        if mark is not None and arguments is not None:
            return _by_mark(call, written, name, mark, arguments)
    return Recognised(
        notes=(
            "where its answer is lost, nothing finds it: the execution then ends with CompensationFailed and names it",
        )
    )


def _entry(lookup: OperationModel, place: str) -> Shape | None:
    """An entry of the list where a lookup has what it finds; only one at the top of its result can be asked."""
    listed = None if lookup.output is None else lookup.output.members.get(place)
    if listed is None or listed.type != "list" or listed.element.type != "structure":
        return None
    return listed.element


def _text_among(names: Iterable[str | None], shape: Shape | None) -> str | None:
    """The first of some members that a structure has as a text."""
    members = {} if shape is None else shape.members
    texts = [name for name, member in members.items() if member.kind == "string"]
    return next((each for each in names if each in texts), None)


def _lookup_arguments(lookup: OperationModel, call: OperationCall, written: Written, mark: str | None) -> str | None:
    """The arguments of a lookup: what it must have, and the mark, where it can ask for that."""
    required = () if lookup.input is None else lookup.input.required
    given: dict[str, str] = {}
    for name in required:
        text = written.text([name]) if name in call.written else None
        if text is None:
            return None
        given[name] = text
    asked = _text_among((mark, *effect_of(call.model).marks), lookup.input)
    if asked is not None:
        given[asked] = EXECUTION
    elif lookup.input is not None and "limit" in lookup.input.members:
        given["limit"] = "500"  # API Gateway's most: by default it lists 25
    return ", ".join(f"{name}={text}" for name, text in given.items())


def _by_mark(call: OperationCall, written: Written, lookup: str, mark: str, arguments: str) -> Recognised:
    """A lookup that takes one's own among what it lists: what the task wrote into it, or is to write."""
    own = call.written.get(mark)
    text = written.text([mark]) if is_own(own) else None
    marks = [mark, *re.findall(rf"(\w+)={EXECUTION}\b", arguments)]
    unwritten = [each for each in dict.fromkeys(marks) if not is_own(call.written.get(each))]
    given = arguments.replace(f"={EXECUTION}", f"={text}") if text is not None else arguments
    return Recognised(
        options=(
            f"find={written.service}.{lookup}({given})",
            f'mine={{"{mark}": {text or EXECUTION}}}',
        ),
        uses_execution=text is None,
        writes=dict.fromkeys(unwritten, text or EXECUTION),
    )


def _own_item(call: OperationCall, written: Written) -> Recognised:
    """An item may be deleted only if it says that this execution wrote it, or if its key is this execution's own."""
    item = call.written.get("Item")
    if not isinstance(item, Mapping):
        return Recognised(
            notes=("say whose the item is: mine={...} with an attribute that only this execution writes",)
        )
    keys = [name for name in item if name.lower() in KEYS]
    if is_own([item[name] for name in keys]):
        return Recognised()
    own = next((name for name, value in item.items() if is_own(value)), None)
    text = None if own is None else written.text(["Item", own])
    if own is not None and text is not None:
        return Recognised(options=(f"mine={{{text_literal(own)}: {text}}}",))
    mine = f'{{"S": {EXECUTION}}}'
    return Recognised(
        options=(f'mine={{"owner": {mine}}}',),
        uses_execution=True,
        writes={"Item.owner": mine},
    )


def _named(call: OperationCall, effect: OperationEffect, written: Written) -> Recognised:
    if not effect.identity or is_own([call.written.get(name) for name in effect.identity]):
        return Recognised()
    return Recognised(
        notes=(
            f"others can have the same {effect.identity[-1]}: let {written.workflow}.context['Execution']['Name'] be "
            "a part of it, so that only its own is undone",
        )
    )
