"""A real Step Functions and API Gateway engine for tests and the demo: LocalStack in host mode, on loopback.

Its virtual environment is made once, from the pinned requirements in `engine/`, and kept in the user's cache folder
under the hash of what it is made of.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3

from tests.environments import cached_environment

ENGINE = Path(__file__).parent / "engine"
SERVICES = "stepfunctions,apigateway,iam,sts,logs,sqs,dynamodb,events,lambda,s3"
READY_SECONDS = 120


@dataclass(frozen=True)
class Engine:
    """A running engine. `mocks` is the file of its mock configuration."""

    url: str
    log: Path
    mocks: Path

    def mock(self, configuration: Mapping[str, Any]) -> None:
        """Gives it another mock configuration, which counts from the next execution on.

        It is Step Functions Local's: it makes chosen calls of chosen executions fail.
        """
        changed = self.mocks.stat().st_mtime + 1
        self.mocks.write_text(json.dumps(configuration))
        os.utime(self.mocks, (changed, changed))  # the engine reads it again where this second is another

    def client(self, service: str) -> Any:
        """boto3's client of one of the engine's services."""
        from botocore.config import Config

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
        )


def environment() -> Path:
    """The engine's Python, made first where it is not there yet. Takes about a minute, and 600 MB of disk."""
    made_of = [ENGINE / name for name in ("requirements.txt", "pyproject.toml", "keyflow_local_engine.py")]
    return cached_environment("localstack", made_of, _install)


def _install(pip: list[str]) -> None:
    subprocess.run([*pip, "--requirement", str(ENGINE / "requirements.txt")], check=True)
    with tempfile.TemporaryDirectory() as copy:  # building in place would leave files in the source tree
        source = Path(copy, "engine")
        shutil.copytree(ENGINE, source)
        subprocess.run([*pip, str(source)], check=True)


@contextmanager
def running() -> Iterator[Engine]:
    """An engine on a free port of the loopback interface; it is stopped again whatever happens."""
    python = environment()
    with tempfile.TemporaryDirectory(prefix="keyflow-engine-") as folder:
        port = _free_port()
        log, mocks = Path(folder, "engine.log"), Path(folder, "mocks.json")
        mocks.write_text(json.dumps({"StateMachines": {}, "MockedResponses": {}}))
        variables = {
            **os.environ,
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "SERVICES": SERVICES,
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "LS_LOG": "warning",
            "DNS_ADDRESS": "0",
            "PROVIDER_OVERRIDE_DYNAMODB": "moto",
            "SFN_MOCK_CONFIG": str(mocks),
            "FILESYSTEM_ROOT": str(Path(folder, "filesystem")),
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(python), "-m", "localstack.runtime.main"],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            engine = Engine(f"http://127.0.0.1:{port}", log, mocks)
            _wait(engine, process)
            engine.client("dynamodb").list_tables()  # the plugin that corrects the engine is loaded with its service
            yield engine
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the engine ended:\n{engine.log.read_text()[-4000:]}")
        try:
            with urlopen(f"{engine.url}/_localstack/health", timeout=2) as answer:
                if answer.status == 200 and b"Ready." in engine.log.read_bytes():
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the engine is not ready after {READY_SECONDS} s:\n{engine.log.read_text()[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the engine and everything that it started."""
    for number, seconds in ((signal.SIGTERM, 1), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        if number is signal.SIGKILL:
            return


def make_table(engine: Engine, name: str, *keys: str) -> None:
    """A table as the definitions expect it; without the names of keys that of registered keys."""
    keys = keys or ("pk", "sk")
    engine.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
