"""The server's life: a port of the loopback interface, the first site, and the next one whenever files change."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, KeyflowError, ProjectError
from keyflow.libraries import library
from keyflow.serve.live import Live
from keyflow.serve.reading import read_site
from keyflow.serve.site import Site

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the server reads: the project's folder, its stubs (each time anew), and the files that matter to both."""

    root: Path
    stubs: Callable[[], Any]
    stub_file: Path | None = None

    def read(self, base_url: str) -> tuple[Site, Any]:
        """The site, and the document of the stubs.

        Raises:
            KeyflowError: The definitions do not build, or the stubs are no JSON.
        """
        return read_site(self.root, base_url), self.stubs()


def bound(port: int) -> socket.socket:
    """A listening socket of the loopback interface; port 0 takes a free one.

    Raises:
        ProjectError: KF550, the port is in use, or may not be taken.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((ADDRESS, port))
        found.listen()  # whoever is told the address may call: its request waits for the first site
    except (OSError, OverflowError) as error:
        found.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"cannot listen on port {port}: {reason}"
        raise ProjectError(Diagnostic("KF550", message, hint="--port 0 takes a free one")) from error
    return found


def url_of(listening: socket.socket) -> str:
    """The address at which a socket is reached."""
    return f"http://{ADDRESS}:{listening.getsockname()[1]}"


class Interruption:
    """Ctrl-C, noted whenever it comes.

    While modules are imported, or the loop of events begins, it would be lost, or end the process with a traceback.
    """

    def __init__(self) -> None:
        self.came = False
        self._server: Any = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes it from here on; the main thread's to call."""
        before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _note(self, _number: int, _frame: object) -> None:
        self.came = True
        if self._server is not None:
            self._server.should_exit = True

    def ends(self, server: Any) -> None:
        """Lets it end a server of uvicorn's, also one that has not begun; that one notes it itself while it runs."""
        self._server = server
        server.should_exit = self.came


def run(live: Live, listening: socket.socket, interruption: Interruption) -> None:
    """Answers requests until SIGINT or SIGTERM comes."""
    uvicorn = library("uvicorn")
    from keyflow.serve.app import application

    config = uvicorn.Config(
        application(live),
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    gc.freeze()  # what is there now stays: the collector need not look through it again and again
    server = uvicorn.Server(config)
    interruption.ends(server)
    server.run(sockets=[listening])


@contextmanager
def reloading(live: Live, source: Source, base_url: str, tell: Callable[[KeyflowError | None], None]) -> Iterator[None]:
    """Serves the newest site while files change: `tell` hears of each reading, and of what was wrong with it."""
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(live, source, base_url, tell, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join(5)


def _watch(
    live: Live,
    source: Source,
    base_url: str,
    tell: Callable[[KeyflowError | None], None],
    stop: threading.Event,
) -> None:
    watchfiles = library("watchfiles")
    places = [source.root, *([source.stub_file] if source.stub_file is not None else [])]
    for _changes in watchfiles.watch(*places, stop_event=stop, watch_filter=_matters(source), rust_timeout=500):
        try:
            live.serve(*source.read(base_url))
        except KeyflowError as error:
            live.problems = error.diagnostics
            tell(error)
        else:
            tell(None)


def _matters(source: Source) -> Callable[[object, str], bool]:
    """Which changes are looked at: of Python and configuration, and not in folders that tools keep for themselves."""

    def matters(_change: object, path: str) -> bool:
        file = Path(path)
        if file == source.stub_file:
            return True
        inside = file.relative_to(source.root).parts[:-1] if file.is_relative_to(source.root) else ()
        kept = any(part.startswith(".") or part in ("__pycache__", "node_modules", "site-packages") for part in inside)
        return not kept and file.suffix in (".py", ".toml", ".json", ".asl", ".yaml", ".yml")

    return matters
