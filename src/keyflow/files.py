"""What stands in the files that a user names, or an error that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keyflow import json_values
from keyflow.diagnostics import Diagnostic, ProjectError


def read_text(file: str) -> str:
    """The text of a file.

    Raises:
        ProjectError: KF118, it cannot be read.
    """
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(Diagnostic("KF118", f"cannot read {file}: {error}")) from error


def parse_json(text: str, place: str) -> Any:
    """The JSON of a text that stands at `place`, a file or an option.

    Raises:
        ProjectError: KF118, it is not JSON.
    """
    try:
        return json_values.parse(text)
    except ValueError as error:
        raise ProjectError(Diagnostic("KF118", f"{place} is not JSON: {error}")) from error
