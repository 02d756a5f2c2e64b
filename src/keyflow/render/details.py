"""What a state does, in a line under its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.asl.fields import shown_text
from keyflow.lazy import lazy_pattern

_INTEGRATION = lazy_pattern(r"arn:[\w-]+:states:[^:]*:[^:]*:(?:aws-sdk:)?(.+)")
_FUNCTION = lazy_pattern(r"arn:[\w-]+:lambda:[^:]*:[^:]*:function:([^:]+)")
_ACTIVITY = lazy_pattern(r"arn:[\w-]+:states:[^:]*:[^:]*:activity:(.+)")


def detail_of(state: Mapping[str, Any]) -> str:
    """The integration of a Task, how long a Wait waits, the error of a Fail; else what kind of state it is."""
    match state.get("Type"):
        case "Task":
            return _task(state)
        case "Wait":
            return _wait(state)
        case "Fail":
            error = state.get("Error", state.get("ErrorPath"))
            return f"fail: {error}" if isinstance(error, str) and error else "fail"
        case "Map":
            return _map(state)
        case "Parallel":
            branches = state.get("Branches")
            return f"parallel, {len(branches)} branches" if isinstance(branches, list) else "parallel"
        case str(kind):
            return kind.lower()
        case _:
            return "without a type"


def _task(state: Mapping[str, Any]) -> str:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        return "task"
    if function := _FUNCTION.match(resource):
        return f"lambda {function[1]}"
    if activity := _ACTIVITY.fullmatch(resource):
        return f"activity {activity[1]}"
    integration = _INTEGRATION.fullmatch(resource)
    if integration is None:
        return resource
    named = _function_name(state) if integration[1].startswith("lambda:invoke") else ""
    return f"{integration[1]} {named}".rstrip()


def _function_name(state: Mapping[str, Any]) -> str:
    given = state.get("Parameters", state.get("Arguments"))
    name = given.get("FunctionName") if isinstance(given, Mapping) else None
    if not isinstance(name, str):
        return ""
    function = _FUNCTION.match(name)
    return function[1] if function else name


def _wait(state: Mapping[str, Any]) -> str:
    if "Seconds" in state:
        return f"wait {shown_text(state['Seconds'])} s"
    for key, word in (("SecondsPath", "wait"), ("Timestamp", "wait until"), ("TimestampPath", "wait until")):
        if key in state:
            return f"{word} {shown_text(state[key])}"
    return "wait"


def _map(state: Mapping[str, Any]) -> str:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    is_distributed = isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED"
    most = state.get("MaxConcurrency")
    at_once = f", {most} at a time" if isinstance(most, int) and most else ""
    return f"{'distributed map' if is_distributed else 'map'}{at_once}"
