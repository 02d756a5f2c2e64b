"""How a task stands in its source: the variable that holds it, and the text of its arguments. Nothing is evaluated."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from keyflow.aws import OperationCall
from keyflow.aws.naming import python_name
from keyflow.dataclass import dataclass
from keyflow.dsl.tasks import Task
from keyflow.files import Unreadable, text_of
from keyflow.python_text import is_name, text_literal

UNKNOWN = "..."
"""What stands for a value that the source does not show."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Written:
    """A task as its source has it.

    `variable` holds it, or would (`named` says which); `workflow` and `service` are the names by which the line calls
    them; `arguments` are the arguments of its AWS call, as they were parsed. `made` and `called` are the calls of
    `task` and of AWS, where the source shows them.
    """

    variable: str
    named: bool
    workflow: str
    service: str
    arguments: Mapping[str, ast.expr]
    source: str
    made: ast.Call | None
    called: ast.Call | None

    @classmethod
    def of(cls, task: Task, call: OperationCall) -> Written:
        """A task as the line shows that wrote it; what the line does not show has its usual name."""
        source = _source(task.location.file)
        made = _innermost(source, task.location.line, "task")
        called = _innermost(source, call.location.line, call.operation)
        variable = None if made is None else _variable(source, made)
        return cls(
            variable=variable or _usual_name(task.name),
            named=variable is not None,
            workflow=_owner(made, "workflow"),
            service=_owner(called, python_name(call.service.name)),
            arguments={} if called is None else {each.arg: each.value for each in called.keywords if each.arg},
            source=source,
            made=made,
            called=called,
        )

    def writing(self, members: Mapping[str, str]) -> str | None:
        """The task's line, writing more: members of its call by their names, as code; `Item.owner` is one of an item.

        None where the line does not show the call.
        """
        if self.made is None or self.called is None or self.called not in ast.walk(self.made):
            return None
        copies: dict[int, Any] = {}
        made = copy.deepcopy(self.made, copies)
        called: ast.Call = copies[id(self.called)]
        values = {name: ast.parse(text, mode="eval").body for name, text in members.items()}
        could = all(_write(called, name.split("."), value) for name, value in values.items())
        return f"{self.variable} = {ast.unparse(made)}" if could else None

    def text(self, path: Sequence[str | int | None]) -> str | None:
        """What lies at a path of the arguments, as source; None where it was not given, or does not show."""
        name, *rest = path
        node = self.arguments.get(str(name))
        return None if node is None else self._walk(node, rest)

    def _walk(self, node: ast.expr, path: Sequence[str | int | None]) -> str | None:
        if not path:
            return self.shown(node)
        step, *rest = path
        match node, step:
            case ast.Dict(), str():
                inner = entries(node).get(step)
                return None if inner is None else self._walk(inner, rest)
            case ast.List(elts=elements), None:
                texts = [self._walk(each, rest) for each in elements]
                return None if None in texts else f"[{', '.join(map(str, texts))}]"
            case ast.List(elts=elements), int() if step < len(elements):
                return self._walk(elements[step], rest)
            case ((ast.Name() | ast.Subscript() | ast.Attribute()), str() | int()):
                keys = "".join(f"[{text_literal(each) if isinstance(each, str) else each}]" for each in path)
                return None if None in path else f"{self.shown(node)}{keys}"
            case _:
                return None

    def shown(self, node: ast.expr) -> str:
        """The source of an expression, in one line."""
        text = ast.get_source_segment(self.source, node) or ast.unparse(node)
        return text if "\n" not in text else ast.unparse(node)


def _write(called: ast.Call, path: Sequence[str], value: ast.expr) -> bool:
    """Writes an argument of a call, or an entry of one that is written out as a dictionary; whether it could."""
    name, *rest = path
    given = next((each for each in called.keywords if each.arg == name), None)
    if not rest:
        called.keywords = [each for each in called.keywords if each is not given]
        called.keywords.append(ast.keyword(name, value))
        return True
    if given is None or not isinstance(given.value, ast.Dict):
        return False
    given.value.keys.append(ast.Constant(rest[0]))
    given.value.values.append(value)
    return True


def entries(node: ast.Dict) -> Mapping[str, ast.expr]:
    """The entries of a dictionary as it is written, those that have a text for a key."""
    return {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


@lru_cache(maxsize=8)
def _source(file: str) -> str:
    try:
        return text_of(Path(file), encoding="utf-8-sig")
    except Unreadable:
        return ""


@lru_cache(maxsize=8)
def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _innermost(source: str, line: int, method: str) -> ast.Call | None:
    """The smallest call of a method of this name that spans a line."""
    spanning = (
        node
        for node in ast.walk(_tree(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
        if node.lineno <= line <= (node.end_lineno or node.lineno)
    )
    return min(spanning, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)


def _variable(source: str, made: ast.Call) -> str | None:
    """The name that an assignment gives to a call."""
    for node in ast.walk(_tree(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is made:
                return name
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is made:
                return name
            case ast.NamedExpr(target=ast.Name(id=name), value=value) if value is made:
                return name
            case _:
                pass
    return None


def _owner(call: ast.Call | None, otherwise: str) -> str:
    """What a method is called on, where that is a name."""
    func = None if call is None else call.func
    return func.value.id if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) else otherwise


def _usual_name(task: str) -> str:
    """A name for the variable of a task that has none: `Create Key` -> `create_key`."""
    name = re.sub(r"[^a-z0-9]+", "_", task.lower()).strip("_")
    return (
        name if is_name(name) and not hasattr(builtins, name) else f"{name}_task" if is_name(f"{name}_task") else "task"
    )


def constants(node: ast.expr | None) -> Iterator[str]:
    """The texts that stand in an expression."""
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
