"""The house: imports point downwards, as the table in docs/architecture.md says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.source_trees import nodes

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "keyflow"
SURFACE = PACKAGE / "__init__.py"


def rows() -> dict[str, int]:
    """The row of each folder and module in the page's table."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    return {name: int(row) for row, names in table for name in re.findall(r"`(\w+)`", names)}


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every module of keyflow that a file imports anywhere in it, with its line."""
    for node in nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "keyflow":
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name.startswith("keyflow."))


def room(module: str) -> str:
    """The folder or module at the top of the package that a dotted name belongs to."""
    return module.split(".")[1]


def home(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = [file for file in sorted(PACKAGE.rglob("*.py")) if file != SURFACE]


def test_the_table_names_every_folder_and_module() -> None:
    assert set(rows()) == {home(file) for file in FILES}


def test_imports_point_downwards() -> None:
    order, surface = rows(), set(re.findall(r"^    \"(\w+)\",$", SURFACE.read_text(), re.MULTILINE)) | {"__version__"}
    upward = [
        f"{file.relative_to(ROOT)}:{line}: {module}"
        for file in FILES
        for line, module in imports(file)
        if room(module) not in surface
        if room(module) != home(file) and order[room(module)] <= order[home(file)]
    ]
    assert upward == []


def test_only_commands_use_the_public_surface_from_inside() -> None:
    """Inside, each name is imported from where it is made: the surface loads all of it."""
    order = rows()
    used = {home(file) for file in FILES for _line, module in imports(file) if room(module) not in order}
    assert used <= {"cli"}


def test_no_file_imports_itself_by_way_of_others() -> None:
    """What a file imports at its top never leads back to it."""
    known = {name_of(file) for file in FILES}
    graph = {name_of(file): set(top_level(file, known)) for file in FILES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which shows the circle


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top_level(file: Path, known: set[str]) -> Iterator[str]:
    module = nodes(file)[0]
    assert isinstance(module, ast.Module)
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("keyflow."):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module


BY_PLACE = {
    "diagnostics.py": {"Diagnostic"},  # code, message, location, hint: read in this order everywhere
    "dsl/values.py": {"Reference"},  # source, keys, location: made for each `[...]`
    "engine/history.py": {"Event"},
    "engine/interpreter.py": {"Execution"},
    "engine/runner.py": {"TaskCall"},
    "engine/steps.py": {"Map"},
    "engine/tasks.py": {"Simulation"},
}
"""Dataclasses of more than four fields that may be given by their places."""


def test_what_has_many_fields_is_given_by_their_names() -> None:
    found: dict[str, set[str]] = {}
    for file in FILES:
        for node in nodes(file):
            if isinstance(node, ast.ClassDef) and fields_by_place(node) > 4:
                found.setdefault(str(file.relative_to(PACKAGE)), set()).add(node.name)
    assert found == BY_PLACE


def fields_by_place(cls: ast.ClassDef) -> int:
    """How many of a dataclass's own fields can be given without their names; what it fills itself is none of them."""
    decorators = [ast.unparse(each) for each in cls.decorator_list]
    if not any("dataclass" in each for each in decorators) or any("kw_only=True" in each for each in decorators):
        return 0
    annotated = [each for each in cls.body if isinstance(each, ast.AnnAssign)]
    own = [each for each in annotated if each.value is None or "default_factory" not in ast.unparse(each.value)]
    kinds = [ast.unparse(each.annotation) for each in own if not ast.unparse(each.annotation).startswith("ClassVar")]
    return kinds.index("KW_ONLY") if "KW_ONLY" in kinds else len(kinds)


MOST_LINES = 40
"""Of a function's body, its docstring apart: what is longer is read in pieces."""


def test_functions_are_short() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for file in FILES
        for node in nodes(file)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines_of(node) > MOST_LINES
    ]
    assert long == []


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body."""
    begin = 1 if ast.get_docstring(function) is not None else 0
    body = function.body[begin:]
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1
