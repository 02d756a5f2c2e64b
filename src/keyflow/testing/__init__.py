"""For tests of workflows: run one with stubs, look at what it did, prove its saga. A pytest plugin brings fixtures.

def test_a_taken_name_is_told(run_workflow):
    run = run_workflow(workflow, {"name": "x"}, {"Get Api Key": {"Item": {}}})
    assert run.error == "NameExists"
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keyflow.testing.runs import Definition, WorkflowRun, run_workflow
    from keyflow.testing.sagas import assert_isolated, assert_saga

__all__ = ["Definition", "WorkflowRun", "assert_isolated", "assert_saga", "run_workflow"]

_MODULES = {
    **dict.fromkeys(("Definition", "WorkflowRun", "run_workflow"), "runs"),
    **dict.fromkeys(("assert_isolated", "assert_saga"), "sagas"),
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for: the plugin is loaded in every run of pytest, and must cost nothing."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
