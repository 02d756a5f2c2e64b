"""What the commands print: diagnostics to stderr, results to stdout, colour only on a terminal."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import click

from keyflow import bounds
from keyflow.cli import terminal
from keyflow.diagnostics import DeployError, Diagnostic, KeyflowError, Location, Severity
from keyflow.files import Unreadable, text_of

Function = Callable[..., Any]

INPUT_AT_FAULT = 1
CHANGED = 2
"""What `--exit-code` ends with where there are changes; wrong usage ends so, too, as with git and Terraform."""
AWS_REFUSED = 3
INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the number of the signal."""


def styled(text: str, stream: IO[str], **style: Any) -> str:
    """The text in a style, where the stream is a terminal and NO_COLOR is not set (https://no-color.org).

    Control characters in it are escaped.
    """
    text = terminal.plain(text)
    return click.style(text, **style) if stream.isatty() and not os.environ.get("NO_COLOR") else text


def diagnostic_text(diagnostic: Diagnostic) -> str:
    """A diagnostic for people: place, severity, code and message, then the source line and the hint."""
    place = f"{shown(diagnostic.location)}: " if diagnostic.location else ""
    colour = "red" if diagnostic.severity is Severity.ERROR else "yellow"
    severity = styled(f"{diagnostic.severity.value} {diagnostic.code}", sys.stderr, fg=colour, bold=True)
    lines = [f"{place}{severity}: {terminal.message(diagnostic.message)}"]
    if diagnostic.location is not None:
        source = terminal.excerpt(_source_line(diagnostic.location), diagnostic.location.column)
        if source:
            lines.append(f"    {styled(source, sys.stderr, dim=True)}")
    if diagnostic.remedy:
        lines.append(f"    hint: {terminal.message(diagnostic.remedy)}")
    return "\n".join(lines)


def _source_line(location: Location) -> str:
    lines = _lines_of(location.file)
    return lines[location.line - 1] if 1 <= location.line <= len(lines) else ""


@functools.lru_cache(maxsize=8)
def _lines_of(file: str) -> Sequence[str]:
    """A file's lines, as their numbers in diagnostics count them; none where it cannot be read."""
    try:
        return text_of(Path(file), encoding="utf-8-sig").split("\n")
    except Unreadable:
        return ()


def shown(location: Location) -> str:
    """A place as people read it: relative to the current folder, where it lies inside."""
    file = Path(location.file)
    if file.is_dir():
        return terminal.line(file)
    column = "" if location.column is None else f":{location.column}"
    return f"{terminal.line(_relative(file))}:{location.line}{column}"


def _relative(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic for programs."""
    location = diagnostic.location
    return {
        "file": location.file if location else None,
        "line": location.line if location else None,
        "column": location.column if location else None,
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.remedy,
    }


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """One JSON object on stdout; without an indent it is one line."""
    click.echo(terminal.json_escaped(json.dumps(document, indent=indent, ensure_ascii=False)))


def print_diagnostics(diagnostics: Iterable[Diagnostic], *, err: bool = True) -> None:
    """Diagnostics on stderr, or on stdout: of one code in one file `bounds.FINDINGS_SHOWN`, then how many more."""
    counts: Counter[tuple[str, str | None]] = Counter()
    for diagnostic in diagnostics:
        kind = (diagnostic.code, diagnostic.location.file if diagnostic.location else None)
        counts[kind] += 1
        if counts[kind] <= bounds.FINDINGS_SHOWN:
            click.echo(diagnostic_text(diagnostic), err=err)
    for (code, file), count in counts.items():
        if count > bounds.FINDINGS_SHOWN:
            place = "" if file is None else f"{terminal.line(_relative(Path(file)))}: "
            click.echo(f"{place}{count - bounds.FINDINGS_SHOWN:,} more of {code}; --format json has all", err=err)


def reports_errors(
    empty_result: dict[str, Any], formats: Sequence[str] = ("text", "json"), *, indent: int | None = 2
) -> Callable[[Function], Function]:
    """Turns a `KeyflowError` into diagnostics and an exit code; in JSON, into `empty_result` with the diagnostics.

    The command takes `output_format`, one of `formats`, and `traceback`. `indent` is that of `print_json`.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(*args: Any, output_format: str, traceback: bool, **options: Any) -> Any:
            try:
                return function(*args, output_format=output_format, **options)
            except KeyflowError as error:
                if traceback:
                    raise
                print_diagnostics(error.diagnostics)
                if output_format == "json":
                    found = [diagnostic_json(diagnostic) for diagnostic in error.diagnostics]
                    print_json({**empty_result, "diagnostics": found}, indent=indent)
                sys.exit(AWS_REFUSED if isinstance(error, DeployError) else INPUT_AT_FAULT)

        with_format = click.option(
            "--format",
            "output_format",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="How to print the result.",
        )
        with_traceback = click.option("--traceback", is_flag=True, help="Show where in keyflow an error was raised.")
        return with_format(with_traceback(wrapper))

    return decorate


def amount(count: int, noun: str) -> str:
    """A number with its noun: `1 workflow`, `2 workflows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(count: int) -> str:
    """Bytes for people: `812 B`, `6.1 KB`."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} KB"
