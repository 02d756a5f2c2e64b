"""The main job on this machine, in seconds: build, prove, serve, call, and watch a failure being undone.

`make demo` runs it. With `--stay` the server goes on at the end, until Ctrl-C.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

KEYFLOW = [sys.executable, "-m", "keyflow"]
PROVED = "AddApiKeyFast"
STUBS: dict[str, Any] = {
    "Record Ids": {"Throw": {"Error": "DynamoDB.InternalServerErrorException", "Cause": "a fault"}}
}
"""The last call of one workflow fails, after everything else has been made. AWS's services answer all other calls."""


def main() -> None:
    """Shows it."""
    _run("build")
    _run("verify", PROVED)
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder, "stubs.json")) as (server, lines):
        started = json.loads(next(lines))
        for route in started["routes"]:
            print(f"  {route['method']:7}{route['url']}  {route['calls']}")
        urls = {route["calls"]: route["url"] for route in started["routes"]}
        for body in ({"name": "gopherholes"}, {"name": "gopherholes"}, {"nom": "gopherholes"}):
            _call(urls["AddApiKey"], body)
        _say(f"The last call of {PROVED} fails: what the others have made is undone.")
        _call(urls[PROVED], {"name": "burrow"})
        _show_states(started["studio"], lines)
        if "--stay" in sys.argv[1:]:
            _say(f"the studio is at {started['studio']}; Ctrl-C ends it")
            server.wait()
        else:
            _say("`make demo STAY=1` leaves the server open, with its pages: routes, pictures, and what ran.")


def _run(*arguments: str) -> None:
    _say(f"$ keyflow {' '.join(arguments)}")
    subprocess.run([*KEYFLOW, *arguments], check=True)  # noqa: S603  it is keyflow


@contextmanager
def _server(stubs: Path) -> Iterator[tuple[subprocess.Popen[str], Iterator[str]]]:
    """A server on a free port, and the lines that it prints."""
    stubs.write_text(json.dumps(STUBS))
    _say("$ keyflow serve --port 0 --stub stubs.json")
    command = [*KEYFLOW, "serve", "--port", "0", "--stub", str(stubs), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101  it is a pipe
        try:
            yield process, iter(process.stdout)
        finally:
            process.terminate()


def _call(url: str, body: Any) -> None:
    began = time.perf_counter()
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310  it is ours
    try:
        with urlopen(request) as answer:  # noqa: S310
            status, text = answer.status, answer.read()
    except HTTPError as error:
        status, text = error.code, error.read()
    print(f"\nPOST {url} {json.dumps(body)}")
    print(f"  {status} {text.decode().strip()}  ({time.perf_counter() - began:.2f} s)", flush=True)


def _show_states(studio: str, lines: Iterator[str]) -> None:
    """What became of each state of the last request, as the studio has it."""
    run = next(
        found for found in map(json.loads, lines) if found["label"] == "POST /api-keys" and found["status"] == 500
    )
    with urlopen(f"{studio}runs/{run['id']}.json") as answer:  # noqa: S310
        states = json.load(answer)["states"]
    for state in states:
        if state["kind"] == "Task":
            print(f"  {state['fate']:10}{state['name']}  {', '.join(state['errors'])}".rstrip())


def _say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
