"""The files that a user names: read within a bound, written whole or not at all; an error names the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from keyflow import bounds, json_values
from keyflow.diagnostics import Diagnostic, ProjectError

T = TypeVar("T")
_PIECE = 65_536
"""How many bytes of a file are read at once."""


class Unreadable(Exception):
    """A file cannot be read; the message names it."""


def text_of(file: Path, *, encoding: str = "utf-8", most: int = bounds.FILE_BYTES) -> str:
    """The text of a file of at most so many bytes; of a pipe or a device, no more is read.

    Raises:
        Unreadable: There is none.
    """
    try:
        content = _content(file, most + 1)
        if len(content) > most:
            raise Unreadable(f"cannot read {file}: it has more than {most / 1_000_000:g} MB")
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(f"cannot read {file}: {_reason(error)}") from error


def _content(file: Path, most: int) -> bytes:
    """The first bytes of a file, so many at the most; by pieces, as a reader makes room for all that it may read."""
    content = bytearray()
    with file.open("rb", buffering=0) as stream:
        while piece := stream.read(min(most - len(content), _PIECE)):
            content += piece
    return bytes(content)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def read_text(file: str, most: int = bounds.FILE_BYTES) -> str:
    """The text of a file.

    Raises:
        ProjectError: KF118, it cannot be read, or has more than `most` bytes.
    """
    try:
        return text_of(Path(file), most=most)
    except Unreadable as error:
        raise ProjectError(Diagnostic("KF118", str(error))) from error


def parse_json(text: str, place: str) -> Any:
    """The JSON of a text that stands at `place`, a file or an option.

    In a definition (`.asl.json`) placeholders may stand without quotes: `"Seconds": ${Delay}`.

    Raises:
        ProjectError: KF118, it is not JSON, or is nested deeper than `bounds.DEPTH`.
    """
    try:
        is_late = place.endswith(".asl.json") and "${" in text
        return json_values.parse_definition(text) if is_late else json_values.parse(text)
    except ValueError as error:
        raise ProjectError(Diagnostic("KF118", f"{place} is not JSON: {error}")) from error


def write_text(file: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file, and the folders around it; `mode` says who may read it.

    Raises:
        ProjectError: KF115, it cannot be written, or a link leads out of the folder that it was to stand in.
    """
    try:
        check_inside(file.parent)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode(), mode)
    except (OSError, ValueError) as error:
        raise ProjectError(Diagnostic("KF115", f"cannot write {file}: {_reason(error)}")) from error


def rewrite(file: Path, change: Callable[[str], tuple[str, T]]) -> T:
    """Changes a file's text, whole or not at all; its byte order mark, line ends and mode stay. A link is followed.

    Gives what `change` gives beside the text, which has `\\n` for its line ends.

    Raises:
        ProjectError: KF115, it cannot be written, or has line ends of two kinds.
    """
    try:
        target = file.resolve()
        content = target.read_bytes().decode("utf-8-sig")
        windows = content.count("\r\n")
        if content.count("\r") != windows or windows not in (0, content.count("\n")):
            raise ProjectError(Diagnostic("KF115", f"cannot write {file}: it has line ends of two kinds"))
        mark = "\ufeff" if target.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        text, given = change(content.replace("\r\n", "\n"))
        written = mark + (text.replace("\n", "\r\n") if windows else text)
        write_whole(target, written.encode(), target.stat().st_mode & 0o777)
    except (OSError, ValueError) as error:
        raise ProjectError(Diagnostic("KF115", f"cannot write {file}: {_reason(error)}")) from error
    return given


def write_whole(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file whole or not at all, and only where its bytes change. A link of that name is replaced.

    Raises:
        OSError: It cannot be written.
    """
    if file.is_file() and not file.is_symlink() and file.read_bytes() == content:
        return
    temporary = file.with_name(f".keyflow.{os.urandom(8).hex()}")  # `tempfile` takes longer to import than to write
    temporary.touch(0o600, exist_ok=False)
    try:
        temporary.write_bytes(content)
        temporary.chmod(mode)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_inside(folder: Path) -> None:
    """Refuses a folder below the current one that is really elsewhere, through a link.

    Raises:
        ProjectError: KF115, it does.
    """
    if folder.is_absolute() or ".." in folder.parts:
        return
    target, here = Path(os.path.realpath(folder)), Path(os.path.realpath(Path.cwd()))
    if not target.is_relative_to(here):
        message = f"{folder} is a link that leads out of this folder, to {target}"
        raise ProjectError(Diagnostic("KF115", message, hint="name that folder itself with --out"))


def is_there(file: Path) -> bool:
    """Whether something has that name, be it a link that leads nowhere."""
    return os.path.lexists(file)
