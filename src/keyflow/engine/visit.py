"""One stay of an execution in a state: what its expressions see, and how its input and output are processed.

The order is that of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyflow import asl, bounds
from keyflow.asl import ABSENT, JSON
from keyflow.engine import jsonata, templates
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.paths import Frame, placed
from keyflow.engine.payload import bounded

_LARGEST = 99_999_999
"""Seconds, and whatever else is counted.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
"""


@dataclass(slots=True)
class Visit:
    """What came in, what paths can lead into, and the last event of the scope.

    `iteration` holds the index of the item in each Map around.
    """

    name: str
    data: JSON
    context: dict[str, Any]
    variables: dict[str, JSON]
    uses_jsonata: bool
    randomness: Randomness
    event: int
    iteration: tuple[int, ...] = ()
    assigned: Mapping[str, JSON] | None = None

    def frame(self, data: JSON) -> Frame:
        """What JSONPath sees, with `data` at its root."""
        return Frame(data, self.context, self.variables)

    def outside(self) -> dict[str, Any]:
        """The context object without what belongs to this state alone: as its branches and iterations see it."""
        return {key: value for key, value in self.context.items() if key not in ("State", "Task")}

    def bindings(self, **states: JSON) -> dict[str, JSON]:
        """What JSONata sees: the variables and `$states`."""
        return {**self.variables, "states": {"input": self.data, "context": self.context, **states}}

    def filled(self, template: JSON, data: JSON, **states: JSON) -> JSON:
        """A template with its expressions replaced, in the state's language."""
        if self.uses_jsonata:
            return jsonata.filled(template, self.bindings(**states), self.randomness)
        return templates.filled(template, self.frame(data), self.randomness)

    def expression(self, text: str, data: JSON) -> JSON:
        """The value of a path or an intrinsic function."""
        return templates.expression(text, self.frame(data), self.randomness)

    def scalar(self, value: JSON) -> JSON:
        """The value of a field that may be a literal, a path, or an expression."""
        if isinstance(value, asl.Path):
            return self.expression(value, self.data)
        if self.uses_jsonata and jsonata.is_expression(value):
            return jsonata.evaluate(value, self.bindings(), self.randomness)
        return value

    def number(self, value: JSON) -> Any:
        """As `scalar`, where None or a number from 0 on is wanted; raises `StatesError` for anything else."""
        found = self.scalar(value)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int | float)):
            raise StatesError(RUNTIME, f"{found!r} is no number")
        if found is not None and not 0 <= found <= _LARGEST:
            raise StatesError(RUNTIME, f"{found!r} is no number from 0 to {_LARGEST}")
        return found


def input_of(state: Any, visit: Visit) -> JSON:
    """The state's input: through InputPath."""
    return visit.data if visit.uses_jsonata else _at(state.input_path, visit, visit.data)


def output_of(state: Any, visit: Visit, data: JSON, **states: JSON) -> JSON:
    """The state's output: through OutputPath, or what the JSONata field Output makes."""
    if not visit.uses_jsonata:
        return _at(state.output_path, visit, data)
    return data if state.output is ABSENT else visit.filled(state.output, data, **states)


def _at(path: str | None | asl.Absent, visit: Visit, data: JSON) -> JSON:
    """What InputPath or OutputPath lets through: everything where it is absent, nothing where it is null."""
    if path is ABSENT:
        return data
    return {} if path is None else visit.expression(path, data)


def arguments_of(state: asl.Task | asl.Parallel, visit: Visit) -> JSON:
    """What a task's call, or a parallel block's branches, are given."""
    if visit.uses_jsonata:
        return visit.data if state.arguments is ABSENT else visit.filled(state.arguments, visit.data)
    data = input_of(state, visit)
    return data if state.parameters is ABSENT else bounded(visit.filled(state.parameters, data))


def assign(assigned: Mapping[str, JSON] | None, visit: Visit, data: JSON, **states: JSON) -> None:
    """Assigns variables; each sees those from before the state."""
    if assigned:
        visit.assigned = bounded(visit.filled(dict(assigned), data, **states))
        visit.variables.update(visit.assigned)


def finished(state: asl.Task | asl.Parallel | asl.Map, visit: Visit, result: JSON) -> JSON:
    """A result on its way out: ResultSelector, ResultPath, OutputPath; or Output."""
    if visit.uses_jsonata:
        output = output_of(state, visit, result, result=result)
        assign(state.assign, visit, result, result=result)
        return output
    selected = result if state.result_selector is ABSENT else visit.filled(state.result_selector, result)
    output = output_of(state, visit, merged(visit.data, state.result_path, selected))
    if not isinstance(state, asl.Task):  # whose result has its own bound, and is no copy of the data
        bounded(output, bounds.RESULTS_BYTES)
    assign(state.assign, visit, result)
    return output


def passed(state: asl.Pass, visit: Visit) -> JSON:
    """What a Pass makes of its input."""
    data = input_of(state, visit)
    if visit.uses_jsonata:
        output = output_of(state, visit, data)
        assign(state.assign, visit, data)
        return output
    result = data if state.parameters is ABSENT else bounded(visit.filled(state.parameters, data))
    result = result if state.result is ABSENT else state.result
    output = bounded(output_of(state, visit, merged(visit.data, state.result_path, result)))
    assign(state.assign, visit, result)
    return output


def through(state: asl.Wait, visit: Visit) -> JSON:
    """What leaves a state that makes no result."""
    data = input_of(state, visit)
    output = output_of(state, visit, data)
    assign(state.assign, visit, data)
    return output


def handled(catcher: asl.Catcher, visit: Visit, described: JSON) -> JSON:
    """What a catcher makes of an error."""
    if visit.uses_jsonata:
        output = described
        if catcher.output is not ABSENT:
            output = visit.filled(catcher.output, visit.data, errorOutput=described)
    else:
        output = merged(visit.data, catcher.result_path, described)
    assign(catcher.assign, visit, described, errorOutput=described)
    return output


def merged(data: JSON, path: str | None | asl.Absent, result: JSON) -> JSON:
    """The result in its place in the data: alone where no ResultPath is written, nowhere where it is null."""
    if path is ABSENT:
        return result
    return data if path is None else placed(data, path, result)
