"""How much faster this checkout is than another one: ratios of processor time, of runs that take turns.

    python -m benchmarks.against_before ../keyflow-before
    python -m benchmarks.against_before ../keyflow-before execution proofs

Every piece of work runs in a process of its own, with one checkout and then with the other, on the same inputs; so the
ratio says what the change did, whatever else the machine does. Below 1 is faster, or smaller.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

from benchmarks.build_growth import DEFINITION
from benchmarks.measure import cached_bytecode, definitions_of

ROOT = Path(__file__).parents[1]
ROUNDS = 3
STUBS = {
    "Get Api Key": {},
    "Create Usage Plan": {"Id": "plan"},
    "Create Api Key": {"Id": "key", "Value": "secret"},
    "Link Api Key To Usage Plan": {"Id": "key"},
    "Save Api Key": {},
}
MAP = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "MaxConcurrency": 40,
            "ItemSelector": {"id.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
            "ItemProcessor": {
                "StartAt": "Put",
                "States": {
                    "Put": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::dynamodb:putItem",
                        "Parameters": {"TableName": "t", "Item": {"id": {"S.$": "States.Format('{}', $.id)"}}},
                        "ResultPath": None,
                        "OutputPath": "$.id",
                        "TimeoutSeconds": 5,
                        "End": True,
                    }
                },
            },
            "ResultPath": None,
            "End": True,
        }
    },
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor seconds of a piece of work, and the peak memory of its process in MB."""

    seconds: float
    megabytes: float


def main() -> None:
    """Measures and prints."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    before, chosen = Path(sys.argv[1]), sys.argv[2:] or list(WORK)
    if unknown := [name for name in chosen if name not in WORK]:
        sys.exit(f"no work is named {', '.join(unknown)}: there is {', '.join(WORK)}")
    print(f"{'work':12} {'before':>10} {'after':>10} {'ratio':>6} {'memory':>7}")
    for name in chosen:
        pairs = [(_measured(before, name), _measured(ROOT, name)) for _ in range(ROUNDS)]
        seconds = [statistics.median(each[side].seconds for each in pairs) for side in (0, 1)]
        time_ratio = statistics.median(after.seconds / old.seconds for old, after in pairs)
        memory_ratio = statistics.median(after.megabytes / old.megabytes for old, after in pairs)
        print(f"{name:12} {seconds[0]:8.3f} s {seconds[1]:8.3f} s {time_ratio:6.2f} {memory_ratio:7.2f}", flush=True)


def _measured(checkout: Path, name: str) -> Measured:
    environment = {**cached_bytecode(), "PYTHONPATH": os.pathsep.join([str(checkout / "src"), str(ROOT)])}
    command = [sys.executable, "-c", f"from benchmarks.against_before import work; work({name!r})"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def work(name: str) -> None:
    """Does a piece of work in this process; prints its processor seconds and its peak memory."""
    seconds = WORK[name]()
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def _timed(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return time.process_time() - began


def _without_rules() -> float:
    """A build that holds nothing to the rules of `keyflow check`, as an earlier commit's did."""
    if find_spec("keyflow.check.unwritten") is not None:
        unwritten: Any = import_module("keyflow.check.unwritten")
        unwritten.findings_in = lambda _document, _type: iter(())
    return _build()


def _build() -> float:
    from keyflow.build import build
    from keyflow.project import find_project

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "definitions", "large.py")
        file.parent.mkdir()
        file.write_text(DEFINITION.format(tasks=2_000, every=5))
        project = find_project(Path(folder))
        return _timed(lambda: build(project, definitions_of(project)))


def _execution() -> float:
    from keyflow import asl
    from keyflow.engine import Stubs, Success, run

    machine = asl.parse(json.loads((ROOT / "build" / "AddApiKey.asl.json").read_text()))

    def once() -> None:
        stubs = Stubs({state: Success(result) for state, result in STUBS.items()})
        assert run(machine, {"detail": {"name": "gopher"}}, stubs).status == "SUCCEEDED"

    def often() -> None:
        for _ in range(2_000):
            once()

    once()
    return _timed(often)


def _map() -> float:
    from keyflow import asl
    from keyflow.engine import Stubs, Success, run

    machine = asl.parse(MAP)
    stubs = Stubs(default=Success({}, 1))
    items = [0] * 100_000  # with its results, as many as a state may be given

    # An earlier commit knows no quota of events, which Express workflows do not have.
    options: dict[str, Any] = {"is_express": True} if "is_express" in signature(run).parameters else {}

    def once() -> None:
        assert run(machine, items, stubs, **options).status == "SUCCEEDED"

    return _timed(once)


def _proofs() -> float:
    import keyflow
    from keyflow.build import build
    from keyflow.project import find_project
    from keyflow.verify import prove, subject_of_workflow

    project = find_project(Path(keyflow.__file__).parents[2])  # each checkout proves its own examples
    built = build(project, definitions_of(project))
    chosen = [each for each in built.workflows if each.workflow.name in _EXAMPLES]
    return _timed(lambda: [prove(subject_of_workflow(each, built.apis)) for each in chosen])


_EXAMPLES = (
    *("AddApiKey", "AddApiKeyFast", "BookSeats", "DeleteApiKey"),
    *("OnboardConsumer", "PlaceOrder", "ProvisionConsumer", "RotateApiKey"),
)
"""The worked examples that there were before there were twelve."""


def _check() -> float:
    from tests.random_definitions import drawn

    from keyflow.check import check_text

    own = [file.read_text() for file in sorted((ROOT / "build").glob("*.asl.json"))]
    texts = [text for each in drawn(100) for text in (json.dumps(each[0], indent=2), own[len(own) % 8])]
    return _timed(lambda: [check_text("x.asl.json", text) for text in texts])


def _chain() -> float:
    from keyflow.check import check_text

    states = {f"S{index}": {"Type": "Pass", "Next": f"S{index + 1}"} for index in range(3_000)}
    text = json.dumps({"StartAt": "S0", "States": {**states, "S3000": {"Type": "Succeed"}}})
    return _timed(lambda: check_text("x.asl.json", text))


def _command(*arguments: str) -> Callable[[], float]:
    """The processor time of a whole command, from its start to its end."""

    def timed() -> float:
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(5):
            subprocess.run([sys.executable, "-m", "keyflow", *arguments], cwd=ROOT, check=True, capture_output=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime) / 5

    return timed


WORK: Mapping[str, Callable[[], float]] = {
    "version": _command("--version"),
    "check file": _command("check", "build/DeleteApiKey.asl.json"),
    "build one": _command("build", "AddApiKey", "--out", f"{tempfile.gettempdir()}/keyflow-benchmark"),
    "build 2,000": _build,
    "without rules": _without_rules,
    "execution": _execution,
    "map 100,000": _map,
    "proofs": _proofs,
    "check": _check,
    "chain": _chain,
}

if __name__ == "__main__":
    main()
