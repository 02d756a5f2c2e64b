"""What Python itself says of a definition file, and what to write instead."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keyflow.diagnostics import Diagnostic, Location, did_you_mean
from keyflow.files import Unreadable, text_of
from keyflow.lazy import lazy_pattern

_EXECUTED = "a definition file is executed when it is built"
_NOT_TEXT = "a value has no text before the workflow runs: "
_MEANT: tuple[tuple[str, str], ...] = (
    (
        r"Object of type \w+ is not JSON serializable",
        _NOT_TEXT + "give the object as it is, or write intrinsics.json_to_string(value)",
    ),
    (r"the JSON object must be str, bytes or bytearray, not \w+", "write intrinsics.string_to_json(value)"),
    (
        r"sequence item \d+: expected str instance, \w+ found",
        _NOT_TEXT + "write format('{},{}', first, second) with keyflow's format",
    ),
    (r"'tuple' object is not callable", "no object can be unpacked: write intrinsics.json_merge(value, other)"),
    (r"expected str, bytes or os.PathLike object, not \w+", _NOT_TEXT + "write format('{}/{}', first, second)"),
)
"""Messages of Python about values that only an execution knows, which keyflow's own classes do not see."""


def raised(file: Path, error: BaseException) -> Diagnostic:
    """KF111: what a definition file raised, at its own last line that took part, with a way out."""
    line = (error.lineno if isinstance(error, SyntaxError) else _last_line(file, error)) or 1
    message = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    hint = next(_hints(file, error, line), _EXECUTED)
    return Diagnostic("KF111", message, Location(str(file), line), hint)


def in_file(file: Path, error: BaseException, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic at the last line of the file that took part: a library is where the error came to light only."""
    line = _last_line(file, error)
    return diagnostic if line is None else replace(diagnostic, location=Location(str(file), line))


def _last_line(file: Path, error: BaseException) -> int | None:
    import traceback

    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return lines[-1] if lines else None


def _hints(file: Path, error: BaseException, line: int) -> Iterator[str]:
    match error:
        case SyntaxError():
            yield from _of_syntax(file, line)
        case NameError(name=str(name)):
            yield from _of_name(file, name)
        case AttributeError(name=str(name), obj=holder) if holder is not None:
            yield from filter(None, [did_you_mean(name, [each for each in dir(holder) if not each.startswith("_")])])
        case ModuleNotFoundError(name=str(name)):
            yield f"install what has {name!r}, or put it beside the file: its folder is importable"
        case ImportError(name="keyflow"):
            asked = re.match(r"cannot import name '(\w+)'", str(error))
            yield from filter(None, [did_you_mean(asked[1], _public())] if asked else [])
        case _ if type(error).__module__.partition(".")[0] in ("botocore", "boto3"):
            yield "a definition makes no calls: write from keyflow.aws import dynamodb, and dynamodb.get_item(...)"
        case TypeError():
            yield from (hint for pattern, hint in _MEANT if re.fullmatch(pattern, str(error)))
            yield from _of_signature(str(error))
        case _:
            return


def _public() -> list[str]:
    import keyflow

    return list(keyflow.__all__)


def _of_syntax(file: Path, line: int) -> Iterator[str]:
    written = _line(file, line)
    if re.search(r"\bimport\b.*\blambda\b(?!_)", written) or re.search(r"\baws\.lambda\b(?!_)", written):
        yield "lambda is a word of Python: the service is lambda_, as in `from keyflow.aws import lambda_`"


def _of_name(file: Path, name: str) -> Iterator[str]:
    """A misspelt name: one of the file's own, of keyflow's, or of its services'."""
    import keyflow
    from keyflow.aws.models import has_service

    near = did_you_mean(name, [*_names(file), *keyflow.__all__])
    service = name.rstrip("_").replace("_", "-")
    if name in keyflow.__all__:
        yield f"from keyflow import {name}"
    elif has_service(service):
        yield f"from keyflow.aws import {name}"
    elif near is not None:
        yield near


def _names(file: Path) -> set[str]:
    """The names that a file makes."""
    try:
        tree = ast.parse(text_of(file))
    except (Unreadable, SyntaxError, ValueError, RecursionError):
        return set()
    nodes = list(ast.walk(tree))
    made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imported = {
        alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return {*made, *imported, *defined, *dir(builtins)}


def _line(file: Path, line: int) -> str:
    try:
        lines = text_of(file).splitlines()
    except Unreadable:
        return ""
    return lines[line - 1] if line <= len(lines) else ""


_OF_KEYFLOW = lazy_pattern(r"(?:(\w+)\.)?(\w+)\(\) (?:missing|got|takes)\b.*")
_UNEXPECTED = lazy_pattern(r"unexpected keyword argument '(\w+)'")


def _of_signature(message: str) -> Iterator[str]:
    """How a function of keyflow is called whose arguments do not fit."""
    found = _OF_KEYFLOW.match(message)
    function = None if found is None else _functions().get((found[1], found[2]))
    if found is None or function is None:
        return
    parameters = [each for each in inspect.signature(function).parameters.values() if each.name != "self"]
    unexpected = _UNEXPECTED.search(message)
    near = None if unexpected is None else did_you_mean(unexpected[1], [each.name for each in parameters])
    if near is not None:
        yield near
        return
    yield f"write {_called(found[1], found[2])}({', '.join(_shown(parameters))})"


def _functions() -> Mapping[tuple[str | None, str], Callable[..., Any]]:
    """What keyflow exports that is called: its functions, and the methods of its classes."""
    import keyflow

    found: dict[tuple[str | None, str], Callable[..., Any]] = {}
    for name in keyflow.__all__:
        exported = getattr(keyflow, name)
        if inspect.isclass(exported):
            members = inspect.getmembers(exported, inspect.isfunction)
            found |= {(member.__qualname__.split(".")[0], each): member for each, member in members}
            found |= {(name, each): member for each, member in members}
        elif inspect.isfunction(exported):
            found[None, name] = exported
    from keyflow.dsl.tasks import Task

    return found | {("Task", each): member for each, member in inspect.getmembers(Task, inspect.isfunction)}


def _called(owner: str | None, name: str) -> str:
    if name == "__init__":
        return str(owner)
    return name if owner is None else f"{owner.lower()}.{name}"


def _shown(parameters: list[inspect.Parameter]) -> Iterator[str]:
    """The arguments that must be given, and the names of those that may be."""
    needed = inspect.Parameter.empty
    for each in parameters:
        is_positional = each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        if each.kind is each.VAR_POSITIONAL:
            yield f"*{each.name}"
        elif each.default is needed and each.kind is not each.VAR_KEYWORD:
            yield each.name if is_positional else f"{each.name}=..."
        elif each.kind is each.KEYWORD_ONLY:
            yield f"[{each.name}=...]"
