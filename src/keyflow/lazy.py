"""Names of a package that are imported when they are first used (https://peps.python.org/pep-0562)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module


def imported(package: str, modules: Mapping[str, Iterable[str]], name: str) -> object:
    """A name of a package from the module that has it; from then on the package has it itself.

    Raises:
        AttributeError: No module has the name.
    """
    for module, names in modules.items():
        if name in names:
            source = import_module(module)
            value: object = getattr(source, name) if hasattr(source, name) else import_module(f"{module}.{name}")
            setattr(sys.modules[package], name, value)
            return value
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
