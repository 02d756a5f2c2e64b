"""The main job on this machine: build, deploy to a local engine, call the endpoint, clean up. Run by `make demo-localstack`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import requests

from tests.e2e.localstack import Engine, make_table, running

ENDPOINTS = ("api-key-registration", "api-key-registration-fast")
KEYFLOW = [sys.executable, "-m", "keyflow"]


def main() -> None:
    """Shows it."""
    _say("$ keyflow build")
    subprocess.run([*KEYFLOW, "build"], check=True)
    print("\nstarting a Step Functions and API Gateway engine (LocalStack) on loopback ...", flush=True)
    with running() as engine:
        make_table(engine, "keys")
        opened = engine.client("apigateway").create_rest_api(name="the API that the keys open")["id"]
        where = ["--stage", "demo", "--endpoint-url", engine.url, "--yes"]
        given = {"TableName": "keys", "ApiId": opened, "StageName": "prod"}
        parameters = [part for name, value in given.items() for part in ("--param", f"{name}={value}")]
        _say(f"$ keyflow deploy {' '.join([*ENDPOINTS, *where, *parameters])}")
        subprocess.run([*KEYFLOW, "deploy", *ENDPOINTS, *where, *parameters], check=True)
        again = subprocess.run(
            [*KEYFLOW, "deploy", *ENDPOINTS, *where, *parameters, "--format", "json"],
            check=True,
            capture_output=True,
            text=True,
        )
        for endpoint in json.loads(again.stdout)["endpoints"]:
            if endpoint["url"].endswith("/api-keys"):
                _call(engine, endpoint["url"])
        _say("$ keyflow destroy --stage demo --yes")
        subprocess.run([*KEYFLOW, "destroy", *where], check=True)


def _call(engine: Engine, url: str) -> None:
    name = f'gopher {url.rsplit("/", 3)[1]}\'s "burrow" 🐿'
    for body in ({"name": name}, {"name": name}, {"nom": name}):
        began = time.perf_counter()
        answer = requests.post(url, json=body, timeout=60)
        _say(f"POST {url} {json.dumps(body, ensure_ascii=False)}")
        print(f"  {answer.status_code} {answer.text.strip()}  ({time.perf_counter() - began:.2f} s)", flush=True)
    keys: list[Any] = engine.client("apigateway").get_api_keys()["items"]
    print(f"  {len(keys)} API keys exist now", flush=True)


def _say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    main()
