"""A real server in a process of its own, as a user starts it, and requests over real sockets."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.command import hears_ctrl_c


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Server:
    """A running server: its address, and every line that it has printed."""

    process: subprocess.Popen[str]
    started: Any
    lines: list[str]
    errors: list[str]

    @property
    def url(self) -> str:
        found: str = self.started["url"]
        return found

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """A request; a body that is no text is sent as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        text = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        json_headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, text, {**json_headers, **(headers or {})})
        answer = connection.getresponse()
        reply = Reply(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        )
        connection.close()
        return reply

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Reply:
        return self.send("POST", path, body, headers)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.send("GET", path, None, headers)


@contextmanager
def serving(project: Path, *options: str) -> Iterator[Server]:
    """A server of a project on a free port."""
    command = [sys.executable, "-m", "keyflow", "serve", "--port", "0", "--format", "json", *options]
    process = subprocess.Popen(
        command,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    errors: list[str] = []
    lines: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    readers = [Thread(target=_read, args=(process.stderr, errors), daemon=True)]
    readers[0].start()
    try:
        first = process.stdout.readline()
        assert first, "".join(errors)
        readers.append(Thread(target=_read, args=(process.stdout, lines), daemon=True))
        readers[1].start()
        started = json.loads(first)
        assert started["url"], started
        yield Server(process, started, lines, errors)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        for reader in readers:
            reader.join()
        process.stdout.close()
        process.stderr.close()


def _read(stream: Any, lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip("\n"))  # noqa: PERF401  others look at the list meanwhile


def wait_for(condition: Callable[[], Any]) -> Any:
    """What a condition comes to, as soon as it holds."""
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def project_of(folder: Path, definition: str, **more: str) -> Path:
    """A project with one definition file, and other files by their names."""
    (folder / "definitions").mkdir(parents=True, exist_ok=True)
    (folder / "keyflow.toml").write_text('name = "shop"\n')
    (folder / "definitions" / "shop.py").write_text(definition)
    for name, text in more.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder
