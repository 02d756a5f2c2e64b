"""Random definitions in the States Language: nested branches and iterations, choices, tasks that fail, data flow."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

State = dict[str, Any]

DATA: dict[str, Any] = {
    "n": 3,
    "text": "it's {x}",
    "list": [3, 1, 2],
    "deep": {"a": {"b": [10, {"c": "d"}]}},
    "yes": True,
    "people": [{"n": "x", "age": 3}, {"n": "y", "age": 30}],
}
ERRORS = ("Mine", "Other", "Sfn.StateMachineDoesNotExistException")
RESOURCE = "arn:aws:states:::aws-sdk:sfn:describeStateMachine"

_PATHS = ("$.n", "$.text", "$.list", "$.list[1]", "$.deep.a", "$.deep.a.b[1].c", "$.yes", "$$.Execution.Input.n", "$")
_INTRINSICS = (
    "States.Format('{}-{}', $.n, $.text)",
    "States.Array($.n, 'x', true)",
    "States.ArrayLength($.list)",
    "States.MathAdd($.n, 4)",
    "States.JsonToString($.deep)",
    "States.ArrayContains($.list, $.n)",
    "States.StringSplit($.text, ' ')",
    "States.ArrayGetItem($.list, 0)",
    "States.Hash($.text, 'SHA-256')",
)
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"Variable": "$.n", "NumericEquals": 3},
    {"Variable": "$.n", "NumericGreaterThan": 5},
    {"Variable": "$.text", "StringMatches": "it*"},
    {"Variable": "$.yes", "BooleanEquals": False},
    {"Variable": "$.nowhere", "IsPresent": True},
    {"Variable": "$.list[0]", "NumericLessThanEqualsPath": "$.n"},
    {"Not": {"Variable": "$.text", "IsString": True}},
    {"And": [{"Variable": "$.yes", "IsBoolean": True}, {"Variable": "$.n", "NumericLessThan": 9}]},
    {"Or": [{"Variable": "$.n", "IsNull": True}, {"Variable": "$.deep.a", "IsPresent": True}]},
)

expressions = st.sampled_from(_PATHS + _INTRINSICS)
templates = st.dictionaries(st.sampled_from(("p", "q", "r")), expressions, min_size=1, max_size=2).map(
    lambda chosen: {"fixed": [1, {"k": None}], **{f"{key}.$": text for key, text in chosen.items()}}
)
results = st.sampled_from([{"made": 1}, {"made": [True, None], "by": {"x": "y"}}])
"""A task's results."""
kept = st.sampled_from(["$.kept", "$.deep.more"])


class Definitions:
    """Draws definitions. The data keeps its members all the way, so that every path leads somewhere.

    `answers` holds what each task's call comes to, attempt by attempt: a result, or the name of an error.
    """

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self._count = 0
        self.answers: dict[str, list[Any]] = {}

    def definition(self) -> dict[str, Any]:
        return self._scope(0)

    def _scope(self, depth: int) -> dict[str, Any]:
        names = [self._name() for _ in range(self._draw(st.integers(1, 3 if depth else 4)))]
        states: dict[str, State] = {}
        for name, following in zip(names, [*names[1:], None], strict=True):
            transition: State = {"End": True} if following is None else {"Next": following}
            states |= self._state(name, transition, depth)
        return {"StartAt": names[0], "States": states}

    def _name(self) -> str:
        self._count += 1
        return f"S{self._count}"

    def _state(self, name: str, transition: State, depth: int) -> dict[str, State]:
        kinds = ["pass", "task", "task", "choice", "wait"] + ["parallel", "map"] * (depth < 2)
        match self._draw(st.sampled_from(kinds)):
            case "pass":
                return {
                    name: {
                        "Type": "Pass",
                        "Parameters": self._draw(templates),
                        "ResultPath": self._draw(kept),
                        **transition,
                    }
                }
            case "wait":
                return {name: {"Type": "Wait", "Seconds": 0, **transition}}
            case "choice":
                return self._choice(name, transition)
            case "parallel":
                branches = [self._scope(depth + 1) for _ in range(self._draw(st.integers(1, 2)))]
                return self._fallible(name, {"Type": "Parallel", "Branches": branches}, transition)
            case "map":
                inner = self._scope(depth + 1)
                selector = {
                    "item.$": "$$.Map.Item.Value",
                    "index.$": "$$.Map.Item.Index",
                    **{f"{key}.$": f"$.{key}" for key in DATA},
                }
                state = {
                    "Type": "Map",
                    "ItemsPath": "$.list",
                    "MaxConcurrency": 1,
                    "ItemSelector": selector,
                    "ItemProcessor": inner,
                }
                return self._fallible(name, state, transition)
            case _:
                self.answers[name] = self._draw(
                    st.lists(st.one_of(results, st.sampled_from(ERRORS)), min_size=1, max_size=3)
                )
                return self._fallible(
                    name, {"Type": "Task", "Resource": RESOURCE, "Parameters": self._draw(templates)}, transition
                )

    def _choice(self, name: str, transition: State) -> dict[str, State]:
        yes, no = self._name(), self._name()
        rule = {**self._draw(st.sampled_from(_CONDITIONS)), "Next": yes}
        return {
            name: {"Type": "Choice", "Choices": [rule], "Default": no},
            yes: {"Type": "Pass", "Result": "yes", "ResultPath": "$.asked", **transition},
            no: {"Type": "Pass", "Result": "no", "ResultPath": "$.asked", **transition},
        }

    def _fallible(self, name: str, state: State, transition: State) -> dict[str, State]:
        """A state that may fail, perhaps tried again, perhaps caught."""
        made: dict[str, State] = {}
        state = {**state, "ResultPath": self._draw(st.sampled_from(["$.kept", None])), **transition}
        if self._draw(st.booleans()):
            names = self._draw(st.sampled_from([["Mine"], ["States.ALL"], ["Other", "Mine"]]))
            state["Retry"] = [{"ErrorEquals": names, "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0}]
        if self._draw(st.booleans()):
            handler = self._name()
            names = self._draw(st.sampled_from([["Mine"], ["States.ALL"], ["States.TaskFailed"]]))
            state["Catch"] = [{"ErrorEquals": names, "ResultPath": "$.caught", "Next": handler}]
            made[handler] = {"Type": "Pass", "Result": "caught", "ResultPath": "$.handled", **transition}
        return {name: state, **made}


@st.composite
def definitions(draw: Any) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """A definition, and what its tasks' calls come to."""
    made = Definitions(draw)
    definition = made.definition()
    return definition, made.answers


def drawn(count: int) -> list[tuple[dict[str, Any], dict[str, list[Any]]]]:
    """So many definitions, the same ones each time."""
    made: list[tuple[dict[str, Any], dict[str, list[Any]]]] = []

    @seed(1)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(definitions())
    def collect(each: tuple[dict[str, Any], dict[str, list[Any]]]) -> None:
        made.append(each)

    collect()
    return made
