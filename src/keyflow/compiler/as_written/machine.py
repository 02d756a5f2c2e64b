"""A `StateMachine` to its definition: its states as their author wrote them, with their transitions filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from keyflow import asl
from keyflow.asl.fields import braced, field_of
from keyflow.asl.records import load_record
from keyflow.aws import JsonText, RuntimeValue
from keyflow.compiler.analysis.dataflow import Dataflow
from keyflow.compiler.as_written.unwinding import unwound
from keyflow.compiler.dialects.jsonata_text import as_element, literal_text, object_of, text_of
from keyflow.compiler.dialects.jsonpath import JsonPathDialect
from keyflow.compiler.dialects.jsonpath_text import path
from keyflow.compiler.layout import Layout
from keyflow.compiler.names import Names, identifier
from keyflow.compiler.retry_and_catch import retrier
from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, Location, definition_error, did_you_mean
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.deployed import Deployed
from keyflow.dsl.expressions import All, Condition, Either, Holds, Negation, TypeTest, Value, operands, values_in
from keyflow.dsl.machine_states import Catch, ChoiceState, EndHere, GoTo, State, StateResult, Verbatim
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.steps import Branch
from keyflow.dsl.values import Data, JsonataText, PathText, Reference, Variable
from keyflow.json_values import Unquoted, with_leaves

_STRUCTURAL = ("retry", "catch", "next", "branches", "item_processor", "resource")


def definition_of(machine: StateMachine) -> tuple[asl.StateMachine, Mapping[str, Location]]:
    """The definition, and the line that each of its states comes from.

    Raises:
        DefinitionError: KF240, a state leads to one that its scope does not have; KF241, a state has no field of that
            name, or not this value; KF302 to KF304, what the query language cannot say.
    """
    compensable = [step for step in machine.steps() if isinstance(step, State) and step.compensations]
    names = Names(_assigned(machine), separator="")
    language = None if machine.query_language is None else asl.QueryLanguage(machine.query_language)
    sources = dict(_sources(machine))
    variables = {step: names.unique(identifier(step.name)) for step in compensable}
    writer = _Writer(dialect=_Paths(variables), sources=sources, language=language)
    start, states = writer.scope(machine.block, machine.location)
    definition = asl.StateMachine(
        comment=machine.comment,
        query_language=language,
        version=machine.version,
        timeout_seconds=_timeout(machine),
        start_at=start,
        states=states,
    )
    if not compensable:
        return definition, sources
    whole, added = unwound(definition, compensable, writer.dialect, variables, sources)
    return whole, {**sources, **added}


def _timeout(machine: StateMachine) -> Any:
    return machine.timeout if machine.late_timeout is None else machine.late_timeout.deployed_text()


def _sources(machine: StateMachine) -> Iterator[tuple[str, Location]]:
    """The line of each state, those inside of JSON included."""
    for step in machine.steps():
        if isinstance(step, GoTo | EndHere):
            continue
        yield step.name, step.location
        if isinstance(step, Verbatim):
            for scope in asl.scopes_in(_verbatim(step, asl.END)):
                yield from ((name, step.location) for name, _state in asl.all_states(scope))


def _verbatim(step: Verbatim, following: asl.Transition) -> asl.State:
    if step.complete:
        return asl.load_state(dict(step.document))
    ending = {"End": True} if following is asl.END else {"Next": following}
    return asl.load_state({**step.document, **ending})


def _assigned(machine: StateMachine) -> Iterator[str]:
    """The variables that the author assigns."""
    for step in machine.steps():
        match step:
            case State(fields=given, catches=catches):
                inside = [given, *(catch.fields for catch in catches)]
            case ChoiceState(fields=given, cases=cases):
                inside = [given, *(case.fields for case in cases)]
            case Verbatim(document=document):
                inside = [{"assign": document.get("Assign") or {}}]
            case _:
                inside = []
        for each in inside:
            assigned = each.get("assign") or {}
            if not isinstance(assigned, Mapping):
                message = f"assign has variables by their names, not {assigned!r}"
                raise DefinitionError(Diagnostic("KF241", message, step.location))
            yield from assigned


class _Paths(JsonPathDialect):
    """Values as their author's own paths; a condition asks for nothing but what it says."""

    def __init__(self, variables: Mapping[State, str]) -> None:
        super().__init__(Layout(), Dataflow({}, frozenset(), {}))
        self.variables = variables

    def reference(self, value: Reference) -> str:
        match value.source:
            case Data():
                return path(value.keys)
            case Variable(name=name):
                return path(value.keys, f"${name}")
            case StateResult(step=step) if step in self.variables:
                return path(("result", *value.keys), f"${self.variables[step]}")
            case StateResult():
                message, hint = f"nothing keeps {value!r}", "only compensations read results; others use data or assign"
                raise definition_error("KF242", message, location=value.location, hint=hint)
            case _:
                return super().reference(value)

    def expression(self, value: Any, location: Location) -> str:
        return value.text if isinstance(value, PathText) else super().expression(value, location)

    def _variable(self, value: Value, location: Location) -> str:
        return value.text if isinstance(value, PathText) else super()._variable(value, location)

    def _is_certain(self, _value: Value) -> bool:
        return True

    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        match condition:
            case Holds(value):
                return asl.Expression(str(_braced(value)))
            case Negation(TypeTest(name, value), exact=False):
                return asl.Comparison(self._variable(value, location), name, False)
            case All(exact=False) | Either(exact=False):  # one And for three conditions, as a person writes it
                return super().condition(replace(condition, conditions=tuple(operands(condition))), location)
            case _:
                return super().condition(condition, location)


def _braced(tree: Any) -> Any:
    """The tree with JSONata expressions as the text that the States Language has for them."""
    return with_leaves(tree, lambda leaf: leaf.braced if isinstance(leaf, JsonataText) else leaf)


def _text(document: JsonText) -> str:
    """A document as the JSONata that gives its text."""
    computed = (each for each in document.values() if each.deployed_text() is None)
    return text_of(_expression(document.tree), map(_expression, computed))


def _expression(tree: Any) -> str:
    match tree:
        case Mapping():
            return object_of({key: _expression(each) for key, each in tree.items()})
        case list() | tuple():
            elements = (as_element(each.text) if isinstance(each, JsonataText) else _expression(each) for each in tree)
            return f"[{', '.join(elements)}]"
        case JsonataText(text=text):
            return text
        case Deployed():
            text = tree.deployed_text()
            return text if isinstance(text, Unquoted) else f'"{text}"'
        case RuntimeValue():
            raise definition_error("KF303", f"JSONata has no place for {tree!r} here", hint="write jsonata('...')")
        case _:
            return literal_text(tree)


States = dict[str, asl.State]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes the states of scopes; `sources` has the lines that they come from."""

    dialect: _Paths
    sources: Mapping[str, Location]
    language: asl.QueryLanguage | None

    def scope(self, block: Block, location: Location) -> tuple[str, States]:
        """The states of a scope, and the name of the first."""
        start, states = self._block(block, asl.END)
        if not isinstance(start, str):
            raise DefinitionError(Diagnostic("KF233", "a state machine has at least one state", location))
        leads = [(name, target) for name, state in states.items() for _place, target in asl.transitions(state)]
        for name, target in [("the start", start), *leads]:
            if target not in states:
                message, hint = f"{name!r} leads to {target!r}, which is not there", did_you_mean(target, states)
                raise DefinitionError(Diagnostic("KF240", message, self.sources.get(name, location), hint))
        return start, states

    def _block(self, block: Block, after: asl.Transition) -> tuple[asl.Transition, States]:
        """Where a block is entered, and its states."""
        if not block.steps:
            return after, {}
        entries, states = [_entry(step) for step in block.steps], States()
        for step, following in zip(block.steps, [*entries[1:], after], strict=True):
            states.update(self._step(step, following))
        return entries[0], states

    def _step(self, step: Step, following: asl.Transition) -> States:
        """A step's state, and those of the blocks that it leads into."""
        match step:
            case GoTo() | EndHere():
                return {}
            case State():
                return self._state(step, following)
            case ChoiceState():
                return self._choice(step, following)
            case Verbatim():
                return {step.name: _verbatim(step, following)}
            case _:
                raise TypeError(step)

    def _state(self, step: State, following: asl.Transition) -> States:
        given: dict[str, Any] = {}
        if step.call is not None:
            given["resource"] = step.call.resource
            if step.call.parameters is not None:
                key = "arguments" if self._is_jsonata(step.fields) else "parameters"
                given[key] = self._parameters(step.call.parameters, key, step.location)
            if step.call.role is not None:
                given["credentials"] = self._template({"RoleArn": step.call.role}, step.location)
        if step.type not in ("Succeed", "Fail"):
            given["next"] = following
        if step.type == "Parallel":
            given["branches"] = tuple(self._branch(each, step.scopes[each]) for each in step.branches)
        document = self._document(step.type, step.fields, step.location)
        if step.type == "Map":
            scope = {"processor_config": step.fields["processor_config"]} if "processor_config" in step.fields else {}
            field = "iterator" if step.fields.get("iterator") else "item_processor"
            given[field] = self._branch(step.branches[0], scope)
        if step.retry:
            given["retry"] = tuple(_retrier(step, retry) for retry in step.retry)
        caught = [self._catcher(each, following) for each in step.catches]
        if caught:
            given["catch"] = tuple(catcher for catcher, _states in caught)
        states = {step.name: self._loaded(step.type, document, given, step.location)}
        for _catcher, handler in caught:
            states.update(handler)
        return states

    def _loaded(self, kind: str, document: dict[str, Any], given: dict[str, Any], location: Location) -> asl.State:
        """The state of its fields as JSON and of those that are built already."""
        stand_ins = {"Resource": "", "Branches": [], "End": True, "Choices": []}
        cls = asl.STATE_TYPES[kind]
        needed = {key: value for key, value in stand_ins.items() if key in _keys(cls) or key == "End"}
        if kind in ("Succeed", "Fail", "Choice"):
            del needed["End"]
        try:
            state = asl.load_state({"Type": kind, **needed, **document})
        except asl.Malformed as malformed:
            raise DefinitionError(Diagnostic("KF241", f"{'/'.join(malformed.path)}: {malformed}", location)) from None
        return replace(state, **given)

    def _is_jsonata(self, given: Mapping[str, Any]) -> bool:
        """Whether a state is in JSONata: it says so, or the machine; a Map or a Parallel around it does not count."""
        own = given.get("query_language", self.language)
        return own is not None and asl.QueryLanguage(own) is asl.QueryLanguage.JSONATA

    def _branch(self, branch: Branch, given: Mapping[str, Any]) -> asl.Branch:
        start, states = self.scope(branch.block, branch.location)
        config = given.get("processor_config")
        document = {"StartAt": start, "States": {start: {"Type": "Succeed"}}}
        if "comment" in given:
            document["Comment"] = given["comment"]
        if config is not None:
            document["ProcessorConfig"] = dict(config)
        return replace(load_record(asl.Branch, document), states=states)

    def _choice(self, step: ChoiceState, following: asl.Transition) -> States:
        rules, inside = [], States()
        for case in step.cases:
            entry, states = self._block(case.block, following)
            inside.update(states)
            target = self._target(entry, step)
            condition = self.dialect.condition(case.condition, step.location)
            if isinstance(condition, asl.Expression) and not self._is_jsonata(step.fields):
                raise DefinitionError(Diagnostic("KF302", "a JSONPath Choice has no JSONata condition", step.location))
            rule = asl.ChoiceRule(condition=condition, next=target)
            rules.append(replace(rule, **self._rule_fields(case.fields, step.location)))
        default = None
        if step.otherwise is not None:
            entry, states = self._block(step.otherwise, following)
            inside.update(states)
            default = self._target(entry, step)
        elif not step.exhaustive:
            default = self._target(following, step)
        document = self._document("Choice", step.fields, step.location)
        given = {"choices": tuple(rules), "default": default}
        return {step.name: self._loaded("Choice", document, given, step.location), **inside}

    def _target(self, target: asl.Transition, step: ChoiceState | Catch) -> str:
        if isinstance(target, str):
            return target
        message, hint = "a Choice or a Catch cannot end the scope itself", "let a succeed or a pass_state follow"
        raise DefinitionError(Diagnostic("KF240", message, step.location, hint))

    def _catcher(self, catch: Catch, following: asl.Transition) -> tuple[asl.Catcher, States]:
        entry, states = self._block(catch.block, following)
        target = self._target(entry, catch)
        given = {name: self._template(value, catch.location) for name, value in catch.fields.items()}
        try:
            return asl.Catcher(error_equals=catch.errors, next=target, **given), states
        except TypeError as error:
            raise DefinitionError(Diagnostic("KF241", f"no field of a catcher: {error}", catch.location)) from None

    def _rule_fields(self, given: Mapping[str, Any], location: Location) -> dict[str, Any]:
        return {name: self._template(value, location) for name, value in given.items()}

    def _document(self, kind: str, given: Mapping[str, Any], location: Location) -> dict[str, Any]:
        """The fields of a state as JSON, in the order of the language's table."""
        document: dict[str, Any] = {}
        table = {each.name: field_of(each) for each in fields(asl.STATE_TYPES[kind])}
        for name, value in given.items():
            known = table.get(name)
            if kind == "Map" and name in ("processor_config", "iterator"):
                continue
            if known is None or name in _STRUCTURAL:
                hint = did_you_mean(name, [each for each, field in table.items() if field is not None])
                raise DefinitionError(Diagnostic("KF241", f"a {kind} has no field {name!r}", location, hint))
            if name == "result" and any(each.deployed_text() is None for each in values_in(value)):
                hint = "computed values are the parameters of a pass_state"
                raise DefinitionError(Diagnostic("KF241", "a result is fixed, and computes nothing", location, hint))
            if isinstance(value, Value) and not isinstance(value, JsonataText) and known.path_key is not None:
                text = value.deployed_text()
                key = known.path_key if text is None else known.key
                document[key] = self.dialect.expression(value, location) if text is None else text
            else:
                document[known.key] = self._template(value, location)
        return document

    def _parameters(self, tree: Any, key: str, location: Location) -> Any:
        """A call's parameters; in JSONata, documents that are written as JSON text are expressions, too."""
        if key == "arguments":
            tree = with_leaves(tree, lambda leaf: braced(_text(leaf)) if isinstance(leaf, JsonText) else leaf)
        return self._template(tree, location)

    def _template(self, tree: Any, location: Location) -> Any:
        tree = _braced(tree)
        if isinstance(tree, Reference | PathText):
            return self.dialect.expression(tree, location)
        return self.dialect.template(tree, location)


def _keys(cls: type[asl.State]) -> set[str]:
    return {found.key for each in fields(cls) if (found := field_of(each)) is not None}


def _entry(step: Step) -> asl.Transition:
    return asl.END if isinstance(step, EndHere) else step.name


def _retrier(step: State, retry: Any) -> asl.Retrier:
    if step.call is not None:
        return retrier(step.call.error_name, retry)
    return retrier(str, retry)
