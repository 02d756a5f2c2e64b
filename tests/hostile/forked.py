"""Runs keyflow's commands in children of one process that has imported it: a start of its own would be most of each.

Reads a line of JSON for each child on its standard input: `folder`, `file`, `commands` and `seconds`. Writes a line when
the child has ended: its exit code, and the most memory that it had, in KB. What a command prints, and its exit code, are
files in the folder: `check.txt`, `check.code`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keyflow.cli import main

SMALL = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "$..a"}, "End": True}}}
COMMANDS = ("check", "graph", "import", "run", "verify")


def serve() -> None:
    """Runs what each line says, until there are no more."""
    _import_all()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(**json.loads(line))
        _child, status, usage = os.wait4(child, 0)
        print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, flush=True)


def _import_all() -> None:
    """Lets every command import what it needs: children have it from here."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        Path("small.asl.json").write_text(json.dumps(SMALL))
        with contextlib.redirect_stderr(io.StringIO()):
            for command in COMMANDS:
                _code(command, "small.asl.json")


def _run(folder: str, file: str, commands: Sequence[str], seconds: int) -> None:
    """Runs commands one after the other, and ends this process; `build` is run where `import` has succeeded."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.chdir(folder)
    for command in commands:
        output = os.open(f"{command}.txt", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1), os.dup2(output, 2)
        code = _code(command, file)
        sys.stdout.flush(), sys.stderr.flush()
        Path(f"{command}.code").write_text(str(code))
        if command == "import" and code == 1:
            break
    os._exit(0)


def _code(command: str, file: str) -> Any:
    try:
        main.main([command] if command == "build" else [command, file], prog_name="keyflow")
    except SystemExit as end:
        return end.code
    except BaseException:
        traceback.print_exc()
    return 99


if __name__ == "__main__":
    serve()
