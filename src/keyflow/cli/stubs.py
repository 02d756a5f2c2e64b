"""`keyflow stubs`: types by which an editor completes services, operations and parameters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.terminal import line
from keyflow.diagnostics import DefinitionError, Diagnostic, ProjectError
from keyflow.files import is_there, write_text


@click.command()
@click.argument("services", nargs=-1, required=True, metavar="SERVICE...")
@click.option(
    "--out", default="definitions/_aws.py", show_default=True, help="The module to write; a .pyi goes beside."
)
@reports_errors({"files": []})
def command(services: tuple[str, ...], out: str, output_format: str) -> None:
    """Write a module of AWS services with types for your editor.

    Definitions then say `from _aws import dynamodb` instead of `from keyflow.aws import dynamodb`: the same objects,
    whose operations, parameters, enums and errors the editor and the type checker know.

    \b
    Examples:
      keyflow stubs apigateway dynamodb
      keyflow stubs lambda sqs --out src/shop/aws.py
    """
    from keyflow.aws.editor_types import module_text, stub_text

    chosen = tuple(dict.fromkeys(services))
    module = Path(out)
    if module.suffix != ".py":
        raise ProjectError(Diagnostic("KF117", f"{out} is no Python module: its name ends in .py"))
    try:
        texts = {module: module_text(chosen), module.with_suffix(".pyi"): stub_text(chosen)}
    except DefinitionError as error:  # no line of a definition names the service
        raise ProjectError(*(replace(each, location=None) for each in error.diagnostics)) from error
    for file in texts:
        _check_ours(file)
    for file, text in texts.items():
        write_text(file, text)
    if output_format == "json":
        print_json({"files": [str(file) for file in texts], "diagnostics": []})
    else:
        for file, text in texts.items():
            click.echo(f"  {line(file)}  {len(text) / 1000:.1f} KB")


def _check_ours(file: Path) -> None:
    from keyflow.aws.editor_types import MARK

    if is_there(file) and not (file.is_file() and MARK in _first_line(file)):
        problem = f"{file} is not {MARK}, and would be overwritten"
        raise ProjectError(Diagnostic("KF117", problem, hint="name another with --out"))


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as stream:
        return stream.readline(1000)
