"""The pytest plugin: fixtures, and `--keyflow-coverage`. Nothing else of keyflow is imported until a test asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from keyflow.testing.coverage import Coverage
    from keyflow.testing.runs import WorkflowRun

_OUTPUT = "keyflow_coverage"
_COVERAGE: pytest.StashKey[Coverage] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--keyflow-coverage`."""
    group = parser.getgroup("keyflow")
    group.addoption(
        "--keyflow-coverage",
        action="store_true",
        help="report the states and branches of workflows that no test entered",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begins to collect, where asked."""
    if config.getoption("--keyflow-coverage"):
        from keyflow.testing.coverage import Coverage

        config.stash[_COVERAGE] = Coverage()


@pytest.fixture
def run_workflow(request: pytest.FixtureRequest) -> Callable[..., WorkflowRun]:
    """Runs a workflow, or a definition, with stubs: see `keyflow.testing.run_workflow`."""
    from keyflow.testing.runs import run_workflow as run

    coverage = request.config.stash.get(_COVERAGE, None)

    def running(*arguments: Any, **options: Any) -> WorkflowRun:
        found = run(*arguments, **options)
        if coverage is not None:
            coverage.add(found.name, found.machine, found.history)
        return found

    return running


@pytest.fixture
def assert_saga() -> Callable[..., Any]:
    """Proves P1 to P5 of a workflow: see `keyflow.testing.assert_saga`."""
    from keyflow.testing.sagas import assert_saga as prove

    return prove


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hands what a worker of pytest-xdist has collected to the process that reports."""
    output = getattr(session.config, "workeroutput", None)
    coverage = session.config.stash.get(_COVERAGE, None)
    if output is not None and coverage is not None:
        output[_OUTPUT] = coverage.document()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker of pytest-xdist has collected."""
    coverage = node.config.stash.get(_COVERAGE, None)
    found = getattr(node, "workeroutput", {}).get(_OUTPUT)
    if coverage is not None and found is not None:
        coverage.include(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Reports what no test entered."""
    coverage = config.stash.get(_COVERAGE, None)
    if coverage is not None:
        terminalreporter.section("keyflow coverage")
        for line in coverage.lines() if coverage.machines else ["no workflow was run"]:
            terminalreporter.write_line(line)
