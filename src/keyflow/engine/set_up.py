"""A user's script that fills the services in this process before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from keyflow.diagnostics import Diagnostic, EngineError, Location


def run_script(file: Path, client: Callable[[str], Any]) -> None:
    """Runs a Python file in which `client("s3")` is the client of a service.

    Raises:
        EngineError: KF613, it raises an error, or cannot be read.
    """
    import runpy
    import traceback

    try:
        runpy.run_path(str(file), init_globals={"client": client}, run_name="__main__")
    except Exception as error:
        own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        place = Location(str(file), own[-1]) if own and own[-1] is not None else Location(str(file), 1)
        if isinstance(error, SyntaxError) and error.filename == str(file):
            place = Location(str(file), error.lineno or 1)
        message = f"the set-up ends with {type(error).__name__}: {error}"
        raise EngineError(Diagnostic("KF613", message, place)) from error
