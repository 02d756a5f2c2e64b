"""What is made when it is first used: names of a package (https://peps.python.org/pep-0562), and patterns."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import AnyStr, Generic, cast


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


def lazy_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, for a pattern of a module: a command imports many more than it uses.

    Raises:
        re.error: When it is first used, the text is no pattern.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern(Generic[AnyStr]):
    """A pattern that keeps each method once it is asked for it; its text stands in the interpreter's own cache, too."""

    def __init__(self, text: AnyStr, flags: int) -> None:
        self._given: tuple[AnyStr, int] = (text, flags)

    def __getattr__(self, name: str) -> object:
        value: object = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
