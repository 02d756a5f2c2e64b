"""The project's files, read by a process of their own: each time anew, and whatever they do, this one goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from keyflow.diagnostics import Diagnostic, KeyflowError, ProjectError
from keyflow.serve.site import Site

_SECONDS = 120
"""After which files that are still being executed are given up."""


def read_site(root: Path, base_url: str) -> Site:
    """The site of the project in a folder.

    Raises:
        KeyflowError: What `keyflow build` says of the definitions; KF551, the process ended, or does not end.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(there, root, base_url), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(_SECONDS):
            raise ProjectError(Diagnostic("KF551", f"the definitions are not read after {_SECONDS} s"))
        found: Site | tuple[Diagnostic, ...] = here.recv()
    except EOFError:
        process.join()
        raise ProjectError(Diagnostic("KF551", f"the process that reads them ended with {process.exitcode}")) from None
    finally:
        process.kill()
        process.join()
        here.close()
    if isinstance(found, Site):
        return found
    raise ProjectError(*found)


def _read(there: Connection, root: Path, base_url: str) -> None:
    """Sends the site, or what is wrong. What definitions print goes to stderr. Ctrl-C is the server's to see."""
    from keyflow.project import find_project
    from keyflow.serve.site import site_of

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    os.chdir(root)
    try:
        there.send(site_of(find_project(root), base_url))
    except KeyflowError as error:
        there.send(error.diagnostics)
    there.close()
