"""The compiler's rooms: what may import what, and that nothing in it changes behind another's back."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import keyflow.compiler

FOLDER = Path(keyflow.compiler.__file__).parent
ORDER = ("names", "analysis", "layout", "data", "movements", "dialects", "retry_and_catch", "fragments", "scopes",
         "program", "naming", "reports", "failures", "undo", "forward", "assembly", "as_written")  # fmt: skip
"""From the bottom upwards: each imports those before it only."""
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(keyflow.compiler.__path__, "keyflow.compiler.") if not module.ispkg
)


def room(module: str) -> str:
    return module.removeprefix("keyflow.compiler.").split(".")[0]


def imported(module: str) -> set[str]:
    tree = ast.parse((FOLDER.parents[1] / Path(*module.split("."))).with_suffix(".py").read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            found |= {name for name in names if name.startswith("keyflow.compiler.")}
    return {name for name in found if room(name) in ORDER}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module: str) -> None:
    own = ORDER.index(room(module))
    assert {name for name in imported(module) if ORDER.index(room(name)) > own} == set()


@pytest.mark.parametrize("module", MODULES)
def test_what_one_pass_hands_to_another_cannot_be_changed(module: str) -> None:
    for name, cls in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if cls.__module__ == module and dataclasses.is_dataclass(cls):
            assert cls.__setattr__ is not object.__setattr__, f"{name} is not frozen"


@pytest.mark.parametrize("module", MODULES)
def test_what_has_many_fields_is_given_by_their_names(module: str) -> None:
    for name, cls in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if cls.__module__ == module and dataclasses.is_dataclass(cls):
            fields = dataclasses.fields(cls)
            assert len(fields) <= 4 or all(field.kw_only for field in fields), name
