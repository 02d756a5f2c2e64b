"""Workflows and APIs that a file makes where keyflow does not look: inside of functions. Read, and not executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location
from keyflow.files import Unreadable, text_of

_KINDS: Mapping[str, str] = {"Workflow": "workflow", "StateMachine": "workflow", "Api": "API"}
"""What `keyflow` exports that makes definitions, and what people call it."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDefinition:
    """A definition whose only name is one inside of a function, or of a block that a build does not execute.

    `name` is that of the workflow or API, where it is written out. `call` is the line at the top level that would make
    it known, and `function` is empty in a block `if __name__ == "__main__"`.
    """

    name: str | None
    kind: str
    file: str
    line: int
    function: str
    call: str

    def diagnostic(self) -> Diagnostic:
        """KF114: what is made where, and what to write."""
        what = f"the {self.kind} {self.name!r}" if self.name is not None else f"a {self.kind}"
        where = f"inside of {self.function!r}" if self.function else 'under `if __name__ == "__main__"`'
        message = f"{what} is made {where}, and keyflow looks at the names at the top level of a file"
        hint = f"after the function, at the top level: {self.call}" if self.call else "move it to the top level"
        return Diagnostic("KF114", message, Location(self.file, self.line), hint)


def local_definitions(file: Path) -> Iterator[LocalDefinition]:
    """The definitions that a file makes inside of functions; none where it is not Python."""
    try:
        tree = ast.parse(text_of(file))
    except (Unreadable, SyntaxError, ValueError, RecursionError):
        return
    makers = dict(_makers(tree))
    for node in tree.body:
        if isinstance(node, _FUNCTIONS):
            yield from _inside(node, makers, file, node.name, _call(node))
        elif isinstance(node, ast.ClassDef):
            yield from _inside(node, makers, file, node.name, "")
        elif isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
            yield from _inside(node, makers, file, "", "")


def _makers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names under which a file knows what makes definitions, each with the kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "keyflow":
            yield from ((each.asname or each.name, _KINDS[each.name]) for each in node.names if each.name in _KINDS)
        elif isinstance(node, ast.Import):
            modules = [each.asname or each.name for each in node.names if each.name == "keyflow"]
            yield from ((f"{module}.{name}", kind) for module in modules for name, kind in _KINDS.items())


def _inside(
    outer: ast.stmt, makers: Mapping[str, str], file: Path, function: str, call: str
) -> Iterator[LocalDefinition]:
    for node in ast.walk(outer):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in makers:
            kind = makers[ast.unparse(node.func)]
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "name")]
            name = next((each.value for each in given if isinstance(each, ast.Constant)), None)
            yield LocalDefinition(
                name=name if isinstance(name, str) else None,
                kind=kind,
                file=str(file),
                line=node.lineno,
                function=function,
                call=call,
            )


def _call(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The line that makes what a function returns known; empty where it returns nothing."""
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    if not returns or isinstance(function, ast.AsyncFunctionDef):
        return ""
    wanted = len(function.args.args) - len(function.args.defaults) + len(function.args.posonlyargs)
    given = returns[-1].value
    names = given.elts if isinstance(given, ast.Tuple) else [given]
    targets = ", ".join(each.id if isinstance(each, ast.Name) else "workflow" for each in names)
    return f"{targets} = {function.name}({'...' if wanted else ''})"
