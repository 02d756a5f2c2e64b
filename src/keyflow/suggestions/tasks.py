"""For each task of a workflow that changes something and is not undone: its compensation, as a line to paste."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.aws import Call, OperationCall
from keyflow.aws.effects import Effect, Member, OperationEffect, Root, effect_of
from keyflow.aws.models import OperationModel, Shape
from keyflow.dataclass import dataclass
from keyflow.dsl.expressions import values_in
from keyflow.dsl.steps import Pivot
from keyflow.dsl.tasks import Task, TaskResult
from keyflow.dsl.values import Context, Intrinsic, Reference
from keyflow.dsl.workflow import Workflow
from keyflow.python_text import text_literal
from keyflow.suggestions.suggestion import Suggestion, undoing_name, words_for
from keyflow.suggestions.written import UNKNOWN, Written, constants, entries

_WIDE = 120
_EXECUTION = "execution"
_KEYS = ("pk", "sk", "id")
"""The usual names of a table's keys."""


def suggested_compensations(workflow: Workflow) -> Iterator[Suggestion]:
    """For each task whose effect needs a word, and has none, what to write: in the order of the tasks."""
    if not workflow.saga:
        return
    taken = {each.name for task in workflow.tasks() for each in task.compensations}
    taken |= {getattr(step, "name", "") for step in workflow.steps()}
    for task in _forgotten(workflow):
        yield _suggestion(task, workflow, taken)


def hint(task: Task) -> str | None:
    """The compensation of a task as one line of code; None where nothing is known to undo it, or with what."""
    call = task.call
    if not isinstance(call, OperationCall):
        return None
    undoing = _undoing(task, call, Written.of(task, call), frozenset())
    return undoing.line if undoing is not None and UNKNOWN not in undoing.line else None


def _forgotten(workflow: Workflow) -> Iterator[Task]:
    for step in workflow.steps():
        if isinstance(step, Pivot):
            return  # nothing after it is undone
        if isinstance(step, Task) and _is_forgotten(step):
            yield step


def _is_forgotten(task: Task) -> bool:
    """Whether nothing is said of what a task does: it is not undone, not kept, and no part of what another made."""
    is_said = bool(task.compensations) or task.kept is not None or task.call.effect is Effect.READS
    return not is_said and not _is_part_of_another(task.call)


def _is_part_of_another(call: Call) -> bool:
    """Whether it changes what another task has made: that goes as a whole, or stays."""
    if not isinstance(call, OperationCall) or call.effect is not Effect.CHANGES or call.model.input is None:
        return False
    named = [call.written.get(name) for name in call.model.input.required]
    results = (value.source for value in values_in(named) if isinstance(value, Reference))
    makers = [source.task for source in results if isinstance(source, TaskResult)]
    return any(maker.call.effect in (Effect.CREATES, Effect.STARTS) for maker in makers)


def _suggestion(task: Task, workflow: Workflow, taken: set[str]) -> Suggestion:
    call = task.call
    if not isinstance(call, OperationCall) or call.effect is Effect.UNKNOWN:
        return _unknown(task)
    effect = effect_of(call.model)
    written = Written.of(task, call)
    undoing = _undoing(task, call, written, frozenset(taken))
    if undoing is None:
        return Suggestion(
            name=task.name,
            does=words_for(effect),
            code=(f'{written.variable}.keep("why it may stay")',),
            notes=(*_naming(written, task), *_nothing_undoes(effect, written)),
            location=task.location,
        )
    taken.add(undoing.name)
    found = _found(call, written, effect, undoing)
    before = (f'{_EXECUTION} = {written.workflow}.context["Execution"]["Id"]',) if found.uses_execution else ()
    return Suggestion(
        name=task.name,
        does=words_for(effect),
        code=(*before, *undoing.lines(found.options)),
        notes=(*_naming(written, task), *undoing.notes, *found.notes),
        location=task.location,
    )


def _naming(written: Written, task: Task) -> Iterator[str]:
    if not written.named:
        yield f"give the task a name: {written.variable} = {written.workflow}.task({text_literal(task.name)}, ...)"


def _nothing_undoes(effect: OperationEffect, written: Written) -> Iterator[str]:
    if effect.effect is Effect.CHANGES:
        yield "where the same call can write back what was there before, read that first, and compensate with it"
    yield f"or, if nothing can go back from here on, write {written.workflow}.pivot() before it"


def _unknown(task: Task) -> Suggestion:
    line = task.location.line
    return Suggestion(
        name=task.name,
        does="runs what no model knows",
        code=("# add .reads() to its call, if it changes nothing",),
        notes=(
            f"if it changes something: compensate('Undo {task.name}', call) with what undoes it, or keep('why')",
            f"line {line} calls {task.call.label}",
        ),
        location=task.location,
    )


# The call that undoes.


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


def _undoing(task: Task, call: OperationCall, written: Written, taken: frozenset[str]) -> Undoing | None:
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
    if not effect.identity or _is_own([call.written.get(name) for name in effect.identity]):
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
    names = [name for name in shown if name in named or name.lower() in _KEYS]
    spread = [value for key, value in zip(item.keys, item.values, strict=True) if key is None]
    if not names and len(spread) == 1:
        return written.shown(spread[0])
    if not names:
        names = list(shown)[:1] if len(shown) == 1 else []
    return f"{{{', '.join(f'{text_literal(name)}: {shown[name]}' for name in names)}}}" if names else UNKNOWN


# One's own, where the answer is lost.


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """How a compensation recognises what is its own: options of `compensate`, and what else it takes."""

    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    uses_execution: bool = False


def _found(call: OperationCall, written: Written, effect: OperationEffect, undoing: Undoing) -> Recognised:
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
        given[asked] = _EXECUTION
    elif lookup.input is not None and "limit" in lookup.input.members:
        given["limit"] = "500"  # API Gateway's most: by default it lists 25
    return ", ".join(f"{name}={text}" for name, text in given.items())


def _by_mark(call: OperationCall, written: Written, lookup: str, mark: str, arguments: str) -> Recognised:
    """A lookup that takes one's own among what it lists: what the task wrote into it, or is to write."""
    own = call.written.get(mark)
    text = written.text([mark]) if _is_own(own) else None
    marks = [mark, *re.findall(rf"(\w+)={_EXECUTION}\b", arguments)]
    unwritten = [each for each in dict.fromkeys(marks) if not _is_own(call.written.get(each))]
    given = arguments.replace(f"={_EXECUTION}", f"={text}") if text is not None else arguments
    wanted = ", ".join(f"{each}={text or _EXECUTION}" for each in unwritten)
    return Recognised(
        options=(
            f"find={written.service}.{lookup}({given})",
            f'mine={{"{mark}": {text or _EXECUTION}}}',
        ),
        notes=(f"let the task write {wanted}: by that it is found where its answer is lost",) if unwritten else (),
        uses_execution=text is None,
    )


def _own_item(call: OperationCall, written: Written) -> Recognised:
    """An item goes only where it says that this execution wrote it, or has a key that nobody else has."""
    item = call.written.get("Item")
    if not isinstance(item, Mapping):
        return Recognised(
            notes=("say whose the item is: mine={...} with an attribute that only this execution writes",)
        )
    keys = [name for name in item if name.lower() in _KEYS]
    if _is_own([item[name] for name in keys]):
        return Recognised()
    own = next((name for name, value in item.items() if _is_own(value)), None)
    text = None if own is None else written.text(["Item", own])
    if own is not None and text is not None:
        return Recognised(options=(f"mine={{{text_literal(own)}: {text}}}",))
    mine = f'{{"S": {_EXECUTION}}}'
    return Recognised(
        options=(f'mine={{"owner": {mine}}}',),
        notes=(f'let the item say whose it is: Item={{..., "owner": {mine}}}',),
        uses_execution=True,
    )


def _named(call: OperationCall, effect: OperationEffect, written: Written) -> Recognised:
    if not effect.identity or _is_own([call.written.get(name) for name in effect.identity]):
        return Recognised()
    return Recognised(
        notes=(
            f"others can have the same {effect.identity[-1]}: let {written.workflow}.context['Execution']['Name'] be "
            "a part of it, so that only its own is undone",
        )
    )


def _is_own(tree: Any) -> bool:
    """Whether something in a tree of values is the execution's own: its name, a UUID, what AWS gave it."""
    return any(_is_own_value(value) for value in values_in(tree))


def _is_own_value(value: object) -> bool:
    match value:
        case Reference(source=Context(), keys=keys):
            return keys[:2] in (("Execution", "Id"), ("Execution", "Name"))
        case Reference(source=TaskResult(task=task)):
            return task.call.effect is not Effect.READS
        case Intrinsic(name="States.UUID"):
            return True
        case _:
            return False
