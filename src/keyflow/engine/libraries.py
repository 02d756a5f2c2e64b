"""The libraries of the extra `keyflow[engine]`, imported when a definition first needs one."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from keyflow.diagnostics import Diagnostic, EngineError


def library(name: str) -> ModuleType:
    """The module; raises `EngineError` (KF606) where it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        message = f"this definition needs the Python package of the module {name!r}, which is not installed"
        raise EngineError(Diagnostic("KF606", message, hint="pip install 'keyflow[engine]'")) from error
