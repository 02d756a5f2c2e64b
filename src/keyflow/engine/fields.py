"""How a state processes its input and output: each field a function of the visit, made once for a definition.

The order is that of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.asl.fields import is_expression
from keyflow.engine import jsonata, templates
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME, FieldError
from keyflow.engine.paths import NO_RESULTS, Find, finding, placing, written
from keyflow.engine.payload import bounded
from keyflow.engine.visit import Visit

Fill = Callable[[Visit, JSON, Mapping[str, JSON]], JSON]
"""A template's value: of the visit, the data at the root of its paths, and what `$states` has here alone."""
Make = Callable[[Visit, JSON], JSON]
"""What is made of a value on its way."""
Read = Callable[[Visit], JSON]

NOTHING: Mapping[str, JSON] = {}


def filling(template: JSON, field: str, *, uses_jsonata: bool) -> Fill:
    """A field's template with its expressions replaced, in the state's language."""
    if uses_jsonata:
        evaluate = jsonata.filled(template, field)
        return lambda visit, _data, states: evaluate(visit, states)
    fill = templates.filled(template)
    return lambda visit, data, _states: fill(data, visit)


def scalar(value: JSON, field: str, *, uses_jsonata: bool) -> Read:
    """A field that may be a literal, a path, or an expression."""
    if isinstance(value, asl.Path):
        find = _found(value, field)
        return lambda visit: find(visit.data, visit)
    if uses_jsonata and is_expression(value):
        evaluate = jsonata.evaluating(value, field)
        return lambda visit: evaluate(visit, NOTHING)
    return lambda _visit: value


def _found(path: asl.Path, field: str) -> Find:
    if field in ("Seconds", "Timestamp"):
        return finding(path, f"{field}Path", "The {field} parameter does not reference an input value: {path}")
    if field in ("TimeoutSeconds", "HeartbeatSeconds"):
        return finding(path, f"{field}Path", NO_RESULTS)
    return templates.expression(path, f"{field}Path")


def text(value: JSON, field: str, *, uses_jsonata: bool) -> Read:
    """As `scalar`, where a text is wanted, or nothing; raises `FieldError` for anything else."""
    read = scalar(value, field, uses_jsonata=uses_jsonata)

    def take(visit: Visit) -> JSON:
        found = read(visit)
        if found is not None and not isinstance(found, str):
            raise unfit(value, field, "string", found)
        return found

    return take


def unfit(value: JSON, field: str, expected: str, found: JSON) -> FieldError:
    """What is said of a field whose expression, or path, gives a value of the wrong type."""
    shown = written(found)
    if isinstance(value, str) and is_expression(value):
        cause = (
            f"The JSONata expression '{value[2:-2].strip()}' specified for the field '{field}' returned an unexpected "
            f"result type. Expected '{expected}', but was '{_type(found)}' for value: {shown}"
        )
        return FieldError(QUERY_EVALUATION, cause, field)
    return FieldError(RUNTIME, f'The {field}Path field refers to value "{shown}" which is no {expected}: {value}')


def _type(value: JSON) -> str:
    """The name that JSONata has for a value's type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def input_of(state: Any, *, uses_jsonata: bool) -> Read:
    """The state's input: through InputPath."""
    if uses_jsonata or state.input_path is ABSENT:
        return lambda visit: visit.data
    let_through = _at(state.input_path, "InputPath")
    return lambda visit: let_through(visit, visit.data)


def output_of(state: Any, *, uses_jsonata: bool) -> Fill:
    """The state's output: through OutputPath, or what the JSONata field Output makes."""
    if uses_jsonata:
        return _same if state.output is ABSENT else filling(state.output, "Output", uses_jsonata=True)
    if state.output_path is ABSENT:
        return _same
    let_through = _at(state.output_path, "OutputPath")
    return lambda visit, data, _states: let_through(visit, data)


def _same(_visit: Visit, data: JSON, _states: Mapping[str, JSON]) -> JSON:
    return data


def _at(path: str | None, field: str) -> Make:
    """What InputPath or OutputPath lets through: nothing where it is null."""
    if path is None:
        return lambda _visit, _data: {}
    find = finding(path, field, NO_RESULTS)
    return lambda visit, data: find(data, visit)


def at_path(path: str, field: str) -> Make:
    """What a field's path leads to, or its intrinsic function gives."""
    find = templates.expression(path, field)
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
    fill = filling(template, "Arguments", uses_jsonata=uses_jsonata)
    return lambda visit: bounded(fill(visit, given(visit), NOTHING))


Assign = Callable[[Visit, JSON, Mapping[str, JSON]], None]


def assigning(assigned: Mapping[str, JSON] | None, field: str = "Assign", *, uses_jsonata: bool) -> Assign:
    """Assigns variables; each sees those from before the state."""
    if not assigned:
        return lambda _visit, _data, _states: None
    fill = filling(dict(assigned), field, uses_jsonata=uses_jsonata)

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
    select = (
        None
        if state.result_selector is ABSENT
        else filling(state.result_selector, "ResultSelector", uses_jsonata=False)
    )

    def finish(visit: Visit, result: JSON) -> JSON:
        selected = result if select is None else select(visit, result, NOTHING)
        made = output(visit, merge(visit.data, selected), NOTHING)
        if made is not visit.data:
            bounded(made)
        assign(visit, result, NOTHING)
        return made

    return finish


def passing(state: asl.Pass, *, uses_jsonata: bool) -> Read:
    """What a Pass makes of its input."""
    if uses_jsonata:
        return letting_through(state, uses_jsonata=True)
    given, output = input_of(state, uses_jsonata=False), output_of(state, uses_jsonata=False)
    assign, merge = assigning(state.assign, uses_jsonata=False), merging(state.result_path)
    fill = None if state.parameters is ABSENT else filling(state.parameters, "Parameters", uses_jsonata=False)

    def pass_on(visit: Visit) -> JSON:
        data = given(visit)
        result = data if fill is None else fill(visit, data, NOTHING)
        result = result if state.result is ABSENT else _copied(state.result)
        if result is not visit.data:
            bounded(result)
        made = output(visit, merge(visit.data, result), NOTHING)
        if made is not result:
            bounded(made)
        assign(visit, result, NOTHING)
        return made

    return pass_on


def _copied(value: JSON) -> JSON:
    """What somebody changes of a run's output must not be changed in the definition, which is run again."""
    match value:
        case dict():
            return {key: _copied(each) for key, each in value.items()}
        case list():
            return [_copied(each) for each in value]
        case _:
            return value


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


def handling(catcher: asl.Catcher, field: str, *, uses_jsonata: bool) -> Make:
    """What a catcher makes of an error's description; `field` is its place, `Catch[0]`."""
    assign = assigning(catcher.assign, f"{field}/Assign", uses_jsonata=uses_jsonata)
    merge = merging(catcher.result_path)
    has_output = uses_jsonata and catcher.output is not ABSENT
    output = filling(catcher.output, f"{field}/Output", uses_jsonata=True) if has_output else _same

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
