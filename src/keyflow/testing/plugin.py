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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Hides keyflow's frames in failures, unless all are asked for (`--full-trace`)."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        from keyflow.testing.tracebacks import hide_own_frames

        hide_own_frames(call.excinfo)


@pytest.fixture
def run_workflow(request: pytest.FixtureRequest) -> Callable[..., WorkflowRun]:
    """Runs a workflow, or a definition, with stubs: see `keyflow.testing.run_workflow`.

    A name is that of a workflow of the project that the test's file belongs to.
    """
    from keyflow.testing.runs import run_workflow as run

    coverage = request.config.stash.get(_COVERAGE, None)

    def running(*arguments: Any, **options: Any) -> WorkflowRun:
        found = run(*arguments, **{"folder": request.path.parent, **options})
        if coverage is not None:
            coverage.add(found.name, found.machine, found.history)
        return found

    return running


@pytest.fixture
def assert_saga(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Proves P1 to P5 of a workflow: see `keyflow.testing.assert_saga`. A name is taken as `run_workflow` takes it."""
    from keyflow.testing.sagas import assert_saga as prove

    def proving(*arguments: Any, **options: Any) -> Any:
        return prove(*arguments, **{"folder": request.path.parent, **options})

    return proving


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
