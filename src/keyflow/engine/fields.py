"""How a state processes its input and output: each field a function of the visit, made once for a definition.

The order is that of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyflow import asl, bounds
from keyflow.asl import ABSENT, JSON
from keyflow.asl.fields import is_expression
from keyflow.asl.quotas import LARGEST_COUNT
from keyflow.engine import jsonata, templates
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.paths import placing
from keyflow.engine.payload import bounded
from keyflow.engine.visit import Visit

Fill = Callable[[Visit, JSON, Mapping[str, JSON]], JSON]
"""A template's value: of the visit, the data at the root of its paths, and what `$states` has here alone."""
Make = Callable[[Visit, JSON], JSON]
"""What is made of a value on its way."""
Read = Callable[[Visit], JSON]

NOTHING: Mapping[str, JSON] = {}


def filling(template: JSON, *, uses_jsonata: bool) -> Fill:
    """A template with its expressions replaced, in the state's language."""
    if uses_jsonata:
        evaluate = jsonata.filled(template)
        return lambda visit, _data, states: evaluate(visit, states)
    fill = templates.filled(template)
    return lambda visit, data, _states: fill(data, visit)


def scalar(value: JSON, *, uses_jsonata: bool) -> Read:
    """A field that may be a literal, a path, or an expression."""
    if isinstance(value, asl.Path):
        find = templates.expression(value)
        return lambda visit: find(visit.data, visit)
    if uses_jsonata and is_expression(value):
        evaluate = jsonata.evaluating(value)
        return lambda visit: evaluate(visit, NOTHING)
    return lambda _visit: value


def number(value: JSON, *, uses_jsonata: bool) -> Read:
    """As `scalar`, where None or a number from 0 on is wanted; raises `StatesError` for anything else."""
    if is_number(value):
        return lambda _visit: value
    read = scalar(value, uses_jsonata=uses_jsonata)

    def count(visit: Visit) -> JSON:
        found: Any = read(visit)
        if is_number(found):
            return found
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise StatesError(RUNTIME, f"{found!r} is no number")
        raise StatesError(RUNTIME, f"{found!r} is no number from 0 to {LARGEST_COUNT}")

    return count


def is_number(value: JSON) -> bool:
    """Whether a value is None or a number from 0 on that is not too large to count or to wait for."""
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def input_of(state: Any, *, uses_jsonata: bool) -> Read:
    """The state's input: through InputPath."""
    if uses_jsonata or state.input_path is ABSENT:
        return lambda visit: visit.data
    let_through = _at(state.input_path)
    return lambda visit: let_through(visit, visit.data)


def output_of(state: Any, *, uses_jsonata: bool) -> Fill:
    """The state's output: through OutputPath, or what the JSONata field Output makes."""
    if uses_jsonata:
        return _same if state.output is ABSENT else filling(state.output, uses_jsonata=True)
    if state.output_path is ABSENT:
        return _same
    let_through = _at(state.output_path)
    return lambda visit, data, _states: let_through(visit, data)


def _same(_visit: Visit, data: JSON, _states: Mapping[str, JSON]) -> JSON:
    return data


def _at(path: str | None) -> Make:
    """What InputPath or OutputPath lets through: nothing where it is null."""
    return finding(path) if path is not None else lambda _visit, _data: {}


def finding(text: str) -> Make:
    """What a path leads to, or an intrinsic function gives."""
    find = templates.expression(text)
    return lambda visit, data: find(data, visit)


def arguments_of(state: asl.Task | asl.Parallel, *, uses_jsonata: bool) -> Read:
    """What a task's call, or a parallel block's branches, are given."""
    template = state.arguments if uses_jsonata else state.parameters
    given = input_of(state, uses_jsonata=uses_jsonata)
    if template is ABSENT:
        return given
    if not uses_jsonata and state.input_path is ABSENT:
        make = templates.filled(template)
        return lambda visit: bounded(make(visit.data, visit))
    fill = filling(template, uses_jsonata=uses_jsonata)
    return lambda visit: bounded(fill(visit, given(visit), NOTHING))


Assign = Callable[[Visit, JSON, Mapping[str, JSON]], None]


def assigning(assigned: Mapping[str, JSON] | None, *, uses_jsonata: bool) -> Assign:
    """Assigns variables; each sees those from before the state."""
    if not assigned:
        return lambda _visit, _data, _states: None
    fill = filling(dict(assigned), uses_jsonata=uses_jsonata)

    def assign(visit: Visit, data: JSON, states: Mapping[str, JSON]) -> None:
        made = bounded(fill(visit, data, states))
        visit.assigned = made
        visit.variables.update(made)

    return assign


def finishing(state: asl.Task | asl.Parallel | asl.Map, *, uses_jsonata: bool) -> Make:
    """A result on its way out: ResultSelector, ResultPath, OutputPath; or Output."""
    output = output_of(state, uses_jsonata=uses_jsonata)
    assign = assigning(state.assign, uses_jsonata=uses_jsonata)
    if uses_jsonata:

        def put_out(visit: Visit, result: JSON) -> JSON:
            states = {"result": result}
            made = output(visit, result, states)
            assign(visit, result, states)
            return made

        return put_out
    merge = merging(state.result_path)
    select = None if state.result_selector is ABSENT else filling(state.result_selector, uses_jsonata=False)
    has_own_bound = isinstance(state, asl.Task)  # its result has, and is no copy of the data

    def finish(visit: Visit, result: JSON) -> JSON:
        selected = result if select is None else select(visit, result, NOTHING)
        made = output(visit, merge(visit.data, selected), NOTHING)
        if not has_own_bound:
            bounded(made, bounds.RESULTS_BYTES)
        assign(visit, result, NOTHING)
        return made

    return finish


def passing(state: asl.Pass, *, uses_jsonata: bool) -> Read:
    """What a Pass makes of its input."""
    if uses_jsonata:
        return letting_through(state, uses_jsonata=True)
    given, output = input_of(state, uses_jsonata=False), output_of(state, uses_jsonata=False)
    assign, merge = assigning(state.assign, uses_jsonata=False), merging(state.result_path)
    fill = None if state.parameters is ABSENT else filling(state.parameters, uses_jsonata=False)

    def pass_on(visit: Visit) -> JSON:
        data = given(visit)
        result = data if fill is None else bounded(fill(visit, data, NOTHING))
        result = result if state.result is ABSENT else state.result
        made = bounded(output(visit, merge(visit.data, result), NOTHING))
        assign(visit, result, NOTHING)
        return made

    return pass_on


def letting_through(state: asl.Wait | asl.Pass, *, uses_jsonata: bool) -> Read:
    """What leaves a state that makes no result."""
    given, output = input_of(state, uses_jsonata=uses_jsonata), output_of(state, uses_jsonata=uses_jsonata)
    assign = assigning(state.assign, uses_jsonata=uses_jsonata)

    def let_through(visit: Visit) -> JSON:
        data = given(visit)
        made = output(visit, data, NOTHING)
        assign(visit, data, NOTHING)
        return made

    return let_through


def handling(catcher: asl.Catcher, *, uses_jsonata: bool) -> Make:
    """What a catcher makes of an error's description."""
    assign = assigning(catcher.assign, uses_jsonata=uses_jsonata)
    merge = merging(catcher.result_path)
    has_output = uses_jsonata and catcher.output is not ABSENT
    output = filling(catcher.output, uses_jsonata=True) if has_output else _same

    def handle(visit: Visit, described: JSON) -> JSON:
        states = {"errorOutput": described}
        made = output(visit, described, states) if uses_jsonata else merge(visit.data, described)
        assign(visit, described, states)
        return made

    return handle


def merging(path: str | None | asl.Absent) -> Callable[[JSON, JSON], JSON]:
    """The result in its place in the data: alone where no ResultPath is written, nowhere where it is null."""
    if path is ABSENT:
        return lambda _data, result: result
    if path is None:
        return lambda data, _result: data
    return placing(path)
