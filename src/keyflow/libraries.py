"""The libraries of keyflow's extras, imported when one is first needed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from keyflow.diagnostics import Diagnostic, EngineError

DISTRIBUTION = "keyflow-aws"
"""What `pip install` calls keyflow: the name `keyflow` is another package's."""

_EXTRAS = {
    "jsonpath": "engine",
    "re2": "engine",
    "airspeed": "verify",
    "moto": "local",
    "stepfunctions": "stepfunctions",
    "uvicorn": "serve",
    "starlette": "serve",
    "watchfiles": "serve",
    "jinja2": "serve",
}


def library(name: str) -> ModuleType:
    """The module; raises `EngineError` (KF606) where it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        message = f"this needs the Python package of the module {name!r}, which is not installed"
        raise EngineError(
            Diagnostic("KF606", message, hint=f"pip install '{DISTRIBUTION}[{_EXTRAS[name.split('.')[0]]}]'")
        ) from error
