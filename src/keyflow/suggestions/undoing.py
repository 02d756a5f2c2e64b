"""The call that undoes a task's, as code that stands in its workflow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from keyflow.aws import OperationCall
from keyflow.aws.effects import Member, OperationEffect, Root, effect_of
from keyflow.aws.models import OperationModel, Shape
from keyflow.dataclass import dataclass
from keyflow.dsl.ownership import is_own
from keyflow.dsl.tasks import Task
from keyflow.python_text import text_literal
from keyflow.suggestions.suggestion import undoing_name
from keyflow.suggestions.written import UNKNOWN, Written, constants, entries

_WIDE = 120
KEYS = ("pk", "sk", "id")
"""The usual names of a table's keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undoing:
    """A compensation as code: the state's name, the variable of the task, the call, and what it needs of the result."""

    name: str
    variable: str
    call: str
    model: OperationModel
    needed: frozenset[str]
    notes: tuple[str, ...]

    @property
    def line(self) -> str:
        """The compensation in one line."""
        return f"{self.variable}.compensate({text_literal(self.name)}, {self.call})"

    def lines(self, options: tuple[str, ...]) -> Iterator[str]:
        """The compensation with options, in one line where it fits."""
        arguments = (text_literal(self.name), self.call, *options)
        whole = f"{self.variable}.compensate({', '.join(arguments)})"
        if len(whole) <= _WIDE:
            yield whole
            return
        yield f"{self.variable}.compensate("
        yield from (f"    {each}," for each in arguments)
        yield ")"


def undoing_of(task: Task, call: OperationCall, written: Written, taken: frozenset[str]) -> Undoing | None:
    """The call that undoes a task's, as code: the first one that is known."""
    effect = effect_of(call.model)
    name = next(iter(effect.undone_by), None)
    if name is None:
        return None
    model = call.service.operations[name]
    members = {member: Member.read(source) for member, source in effect.undoing[name].items()}
    members = _own(call, effect, members)
    required = () if model.input is None else model.input.required
    given = {member: _given(each, call, written) for member, each in members.items()}
    missing = [member for member in required if given.get(member) is None]
    arguments = {member: text for member, text in given.items() if text is not None}
    arguments |= dict.fromkeys(missing, UNKNOWN)
    shown = ", ".join(f"{member}={text}" for member, text in arguments.items())
    unknown = [member for member, text in arguments.items() if UNKNOWN in text]
    state = undoing_name(task.name, call.operation, name)
    return Undoing(
        name=state if state not in taken else f"Undo {task.name}",
        variable=written.variable,
        call=f"{written.service}.{name}({shown})",
        model=model,
        needed=frozenset(str(each.path[0]) for each in members.values() if each.root is Root.RESULT),
        notes=tuple(f"{member} does not show in the line: fill it in" for member in unknown),
    )


def _own(call: OperationCall, effect: OperationEffect, members: Mapping[str, Member]) -> dict[str, Member]:
    """Members that a caller chose, and others may have, taken from the result instead: so only one's own is undone."""
    found = dict(members)
    if not effect.identity or is_own([call.written.get(name) for name in effect.identity]):
        return found
    for name, member in members.items():
        path = _in_result(call.model.output, name)
        if member.root is Root.INPUT and name in effect.identity and path is not None:
            found[name] = Member(root=Root.RESULT, path=path)
            break
    return found


def _in_result(output: Shape | None, name: str) -> tuple[str, ...] | None:
    """Where a result has a member of this name: at the top, or in a structure there."""
    members = {} if output is None else output.members
    if name in members and members[name].kind == "string":
        return (name,)
    inside = ((each, shape) for each, shape in members.items() if shape.type == "structure")
    return next(((each, name) for each, shape in inside if name in shape.members), None)


def _given(member: Member, call: OperationCall, written: Written) -> str | None:
    """A member of the undoing call, as code."""
    if member.is_token:
        return "uuid()"
    if member.root is None:
        return {"true": "True", "false": "False"}.get(str(member.literal), member.literal)
    if member.root is Root.INPUT:
        if member.part:
            return _key(call, written)
        if member.path[0] not in call.written:
            return None if member.optional else UNKNOWN
        text = _keys(written, member) if member.keys else written.text(member.path)
        shown = text if text is not None else UNKNOWN
    else:
        steps = [0 if step is None else step for step in member.path]
        keys = "".join(f"[{text_literal(step) if isinstance(step, str) else step}]" for step in steps)
        shown = f"{written.variable}{keys}"
        if None in member.path:
            return f"[{shown}]"
    return f"[{shown}]" if member.wrapped else shown


def _keys(written: Written, member: Member) -> str | None:
    """The keys of a map that is written out."""
    node = written.arguments.get(str(member.path[0]))
    return f"[{', '.join(map(text_literal, entries(node)))}]" if isinstance(node, ast.Dict) else None


def _key(call: OperationCall, written: Written) -> str:
    """The key of an item, from the item as it is written: what its condition names, or what keys are usually called."""
    item = written.arguments.get("Item")
    if not isinstance(item, ast.Dict):
        return UNKNOWN
    shown = {name: written.shown(value) for name, value in entries(item).items()}
    condition = " ".join(constants(written.arguments.get("ConditionExpression")))
    named = set(re.findall(r"attribute_not_exists\(\s*#?(\w+)\s*\)", condition))
    names = [name for name in shown if name in named or name.lower() in KEYS]
    spread = [value for key, value in zip(item.keys, item.values, strict=True) if key is None]
    if not names and len(spread) == 1:
        return written.shown(spread[0])
    if not names:
        names = list(shown)[:1] if len(shown) == 1 else []
    return f"{{{', '.join(f'{text_literal(name)}: {shown[name]}' for name in names)}}}" if names else UNKNOWN
