"""A `StateMachine` as the Python that writes it."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.fields import braced
from keyflow.aws import Call, OperationCall, ResourceCall
from keyflow.aws.naming import python_name
from keyflow.aws.resources import TASK_TOKEN
from keyflow.compiler.names import Names
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.expressions import (
    SIGNS,
    TESTS,
    All,
    Comparison,
    Condition,
    Either,
    Holds,
    Match,
    Negation,
    TypeTest,
    operands,
)
from keyflow.dsl.machine_states import Case, Catch, ChoiceState, EndHere, GoTo, State, Verbatim
from keyflow.dsl.retries import ALL_ERRORS, Retry
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.values import Context, Data, Intrinsic, JsonataText, PathText, Reference, Variable
from keyflow.interop.calls import is_request
from keyflow.interop.expressions import PYTHON_NAMES
from keyflow.interop.layout import Chain, Group, Item, Node, Parentheses, flat, laid_out
from keyflow.json_values import Unquoted
from keyflow.python_text import docstring, is_name, text_literal

_METHODS = {"Task": "task", "Pass": "pass_state", "Wait": "wait", "Succeed": "succeed", "Fail": "fail"}
_BLOCKS = {"Parallel": "parallel", "Map": "map"}
_MACHINE = "machine"
_LONGEST_VARIABLE = 60


def source_of(
    machine: StateMachine, parameters: Iterable[Parameter], origin: str, reasons: Mapping[str, str] | None = None
) -> str:
    """The text of a definition file that writes the state machine; `origin` says what it was made of.

    `reasons` says of states that are JSON why they are, which becomes a comment. What the text contains of the
    definition are literals and comments: nothing of it is evaluated.
    """
    services = {
        python_name(step.call.service.name)
        for step in machine.steps()
        if isinstance(step, State) and isinstance(step.call, OperationCall)
    }
    names = Names({*services, *keyword.kwlist, *dir(builtins), _MACHINE, "data", *_KEYFLOW, *_AWS}, separator="_")
    given = list(parameters)
    variables = {each.name: names.unique(_variable(each.name)) for each in given}
    types = {each.name: each.type for each in given}
    return _Text(machine, names, variables, types, reasons or {}).text(origin)


class _Text:
    """Writes a definition file; `names` gives its variables, `parameters` has those of the parameters, with `types`."""

    def __init__(
        self,
        machine: StateMachine,
        names: Names,
        parameters: Mapping[str, str],
        types: Mapping[str, type],
        reasons: Mapping[str, str],
    ) -> None:
        self._machine = machine
        self._reasons = reasons
        self._shared: dict[str, str] = {}
        self._names = names
        self._parameters = parameters
        self._types = types
        self._used: set[str] = set()
        self._lines: list[str] = []

    def text(self, origin: str) -> str:
        """The whole file."""
        self._machine_line()
        self._block(self._machine.block, 0)
        body = "\n".join(self._lines)
        aws = sorted(name.removeprefix("aws.") for name in self._used if name.startswith("aws."))
        own = sorted((name for name in self._used if not name.startswith("aws.")), key=_import_order)
        head = [docstring(f"{self._machine.name}, imported from {origin}."), ""]
        head.append(laid_out(_imports("keyflow", own), 0))
        if aws:
            head.append(laid_out(_imports("keyflow.aws", aws), 0))
        head.append("")
        for name, variable in self._parameters.items():
            kind = self._types[name]
            typed = "" if kind is str else f", type={kind.__name__}"
            head.append(f"{variable} = Parameter({text_literal(name)}{typed})")
        if self._parameters:
            head.append("")
        return "\n".join(head) + "\n" + body + "\n"

    def _machine_line(self) -> None:
        self._used |= {"StateMachine"} | ({"Parameter"} if self._parameters else set())
        machine = self._machine
        given = {
            "type": machine.type,
            "query_language": machine.query_language,
            "timeout": machine.timeout if machine.late_timeout is None else machine.late_timeout,
            "comment": machine.comment,
            "version": machine.version,
        }
        items = [Item("", text_literal(machine.name))]
        items += [Item(f"{key}=", self._value(value)) for key, value in given.items() if value is not None]
        self._add(Group("StateMachine(", items, ")"), 0, f"{_MACHINE} = ")
        position = len(self._lines)
        if any(isinstance(value, Reference) and isinstance(value.source, Data) for value in self._values()):
            self._lines.insert(position, f"data = {_MACHINE}.data")
        self._share_retries()
        self._lines.append("")

    def _share_retries(self) -> None:
        """Gives a name to what several steps have as their retries, and writes it once."""
        found: dict[str, list[Node]] = {}
        for step in self._machine.steps():
            if isinstance(step, State) and step.retry:
                node = self._plain_retries(step)
                found.setdefault(flat(node), []).append(node)
        for text, nodes in found.items():
            if len(nodes) > 1:
                self._shared[text] = self._names.unique("retry")
                self._add(nodes[0], 0, f"{self._shared[text]} = ")

    def _values(self) -> Iterator[Any]:
        for step in self._machine.steps():
            yield from step.values()

    # Steps.

    def _block(self, block: Block, depth: int) -> None:
        for step in block.steps:
            self._step(step, depth)
        if not block.steps:
            self._lines.append("    " * depth + "pass  # goes on after the block")

    def _step(self, step: Step, depth: int) -> None:
        match step:
            case State(type="Parallel" | "Map"):
                self._nested(step, depth)
            case State():
                self._state(step, depth)
            case ChoiceState():
                self._choice(step, depth)
            case GoTo():
                self._add(f"{_MACHINE}.go_to({text_literal(step.name)})", depth)
            case EndHere():
                self._add(f"{_MACHINE}.end()", depth)
            case Verbatim(document=document):
                if step.name in self._reasons:
                    self._lines.append(_comment(f"JSON, for {self._reasons[step.name]}", depth))
                items = [Item("", text_literal(step.name)), Item("", self._json(document))]
                self._add(Group(f"{_MACHINE}.state(", items, ")"), depth)
            case _:
                raise TypeError(step)

    def _state(self, step: State, depth: int) -> None:
        items = [Item("", text_literal(step.name))]
        given = dict(step.fields)
        if step.call is not None:
            items.append(Item("", self._call(step.call)))
        items += self._arguments_of(step.type, given)
        items += self._options(step, given)
        variable = self._names.unique(_variable(step.name)) if step.catches else None
        before = "" if variable is None else f"{variable} = "
        self._add(Group(f"{_MACHINE}.{_METHODS[step.type]}(", items, ")"), depth, before)
        self._catches(step, variable, depth)

    def _arguments_of(self, type: str, given: dict[str, Any]) -> Iterator[Item]:  # noqa: A002  AWS's name for it
        """What a method takes under names of its own; takes it out of the fields."""
        has_error = "error" in given
        for field, label in _LABELS.get(type, ()):
            if field in given:
                yield Item("" if field == "cause" and has_error else label, self._value(given.pop(field)))

    def _nested(self, step: State, depth: int) -> None:
        items = [Item("", text_literal(step.name)), *self._options(step, step.fields)]
        variable = self._names.unique(_variable(step.name)) if step.catches else None
        named = "" if variable is None else f" as {variable}"
        self._add(Group(f"{_MACHINE}.{_BLOCKS[step.type]}(", items, ")"), depth, "with ", f"{named}:")
        for branch in step.branches:
            if step.type == "Map":
                self._block(branch.block, depth + 1)
                continue
            given = [Item(f"{key}=", self._value(value)) for key, value in step.scopes[branch].items()]
            self._add(Group(f"{_MACHINE}.branch(", given, ")"), depth + 1, "with ", ":")
            self._block(branch.block, depth + 2)
        self._catches(step, variable, depth)

    def _options(self, step: State, given: Mapping[str, Any]) -> Iterator[Item]:
        if step.retry:
            retries = self._plain_retries(step)
            yield Item("retry=", self._shared.get(flat(retries), retries))
        for name, value in given.items():
            yield Item(f"{name}=", self._json(value) if name == "processor_config" else self._value(value))

    def _plain_retries(self, step: State) -> Node:
        retries = [self._retry(each, step.call) for each in step.retry]
        return retries[0] if len(retries) == 1 else Group("[", [Item("", each) for each in retries], "]")

    def _catches(self, step: State, variable: str | None, depth: int) -> None:
        for catch in step.catches:
            self._add(self._catch(catch, variable, step.call), depth, "with ", ":")
            self._block(catch.block, depth + 1)

    def _catch(self, catch: Catch, variable: str | None, call: Call | None) -> Node:
        errors = () if catch.errors == (ALL_ERRORS,) else catch.errors
        items = [Item("", self._error(error, call)) for error in errors]
        items += [Item(f"{key}=", self._value(value)) for key, value in catch.fields.items()]
        return Group(f"{variable}.on_error(", items, ")")

    def _choice(self, step: ChoiceState, depth: int) -> None:
        for index, case in enumerate(step.cases):
            items = [Item("", self._condition(case.condition))]
            if index == 0:
                items.append(Item("name=", text_literal(step.name)))
                if step.exhaustive:
                    items.append(Item("exhaustive=", "True"))
            items += self._rule(case)
            if index == 0:
                items += [Item(f"{key}=", self._value(value)) for key, value in step.fields.items()]
            self._add(Group(f"{_MACHINE}.{'otherwise' if index else 'when'}(", items, ")"), depth, "with ", ":")
            self._block(case.block, depth + 1)
        if step.otherwise is not None:
            self._add(f"{_MACHINE}.otherwise()", depth, "with ", ":")
            self._block(step.otherwise, depth + 1)

    def _rule(self, case: Case) -> Iterator[Item]:
        if case.fields:
            yield Item("rule=", self._value(dict(case.fields)))

    # Calls.

    def _call(self, call: Call) -> Node:
        node = self._plain_call(call)
        if call.role is not None:
            role = laid_out(self._value(call.role), 0)
            return Group(node.before, node.items, f"{node.after}.with_role({role})")
        return node

    def _plain_call(self, call: Call) -> Group:
        match call:
            case OperationCall():
                name = python_name(call.service.name)
                self._used.add(f"aws.{name}")
                waits = {"": "", TASK_TOKEN: ".wait_for_task_token()"}.get(call.pattern, ".sync()")
                return Group(f"{name}.{call.operation}(", list(self._arguments(call.written)), f"){waits}")
            case ResourceCall():
                kind = call.kind
                if kind == "endpoint" and isinstance(call.written, Mapping) and is_request(call.written):
                    self._used.add("aws.http")
                    return Group("http.invoke(", list(self._arguments(call.written)), ")")
                function = kind if kind in ("function", "activity") else "resource"
                self._used.add(f"aws.{function}")
                items = [Item("", self._value(call.arn))]
                items += [] if call.written is None else [Item("", self._value(call.written))]
                return Group(f"{function}(", items, ")")
            case _:
                raise TypeError(call)

    def _arguments(self, written: Mapping[str, Any]) -> Iterator[Item]:
        """Keyword arguments; what Python does not admit as a keyword is unpacked."""
        plain = {key: value for key, value in written.items() if is_name(key)}
        yield from (Item(f"{key}=", self._value(value)) for key, value in plain.items())
        rest = {key: value for key, value in written.items() if key not in plain}
        if rest:
            yield Item("**", self._value(rest))

    def _error(self, error: Any, call: Call | None) -> str:
        """The error as its service names it, where it does."""
        if isinstance(call, OperationCall):
            for name in call.model.service.errors:
                if call.integration.error_name(name) == error and is_name(name):
                    return f"{python_name(call.service.name)}.errors.{name}"
        return text_literal(str(error))

    def _retry(self, retry: Retry, call: Call | None) -> Node:
        self._used.add("Retry")
        defaults = Retry()
        items = []
        for each in fields(Retry):
            value = getattr(retry, each.name)
            if not isinstance(value, Parameter) and value == getattr(defaults, each.name):
                continue
            if each.name == "errors":
                errors = [Item("", self._error(error, call)) for error in value]
                items.append(Item("errors=", Group("(", errors, ",)" if len(errors) == 1 else ")")))
            else:
                items.append(Item(f"{each.name}=", self._value(value)))
        return Group("Retry(", items, ")")

    # Conditions.

    def _condition(self, condition: Condition) -> Node:
        match condition:
            case All(conditions, exact=True):
                return self._exactly("all_of", conditions)
            case Either(conditions, exact=True):
                return self._exactly("any_of", conditions)
            case Negation(negated, exact=True):
                return self._exactly("not_", (negated,))
            case All() | Either():
                sign = "&" if isinstance(condition, All) else "|"
                return Chain(sign, [self._operand(each) for each in operands(condition)])
            case Negation(negated):
                inner = flat(self._condition(negated))
                return f"~{inner}" if _is_call(negated) else f"~({inner})"
            case TypeTest(name, value):
                return f"{flat(self._value(value))}.{TESTS[name]}()"
            case Match(value, pattern):
                return f"{flat(self._value(value))}.matches({text_literal(pattern)})"
            case Comparison(ordering="Equals", right=True, left=left):
                return f"{flat(self._value(left))}.is_true()"
            case Comparison(ordering="Equals", right=False, left=left):
                return f"{flat(self._value(left))}.is_false()"
            case Comparison(ordering, left, right):
                return Chain(SIGNS[ordering], [self._value(left), self._value(right)])
            case Holds(value):
                return self._value(value)
            case _:
                raise TypeError(condition)

    def _exactly(self, function: str, conditions: Iterable[Condition]) -> Node:
        """A connective that keeps its form."""
        self._used.add(function)
        return Group(f"{function}(", [Item("", self._condition(each)) for each in conditions], ")")

    def _operand(self, condition: Condition) -> Node:
        node = self._condition(condition)
        return node if isinstance(condition, Negation) or _is_call(condition) else Parentheses(node)

    # Values.

    def _value(self, value: Any) -> Node:
        match value:
            case Reference():
                return self._reference(value)
            case Parameter(name=name):
                return self._parameters[name]
            case JsonataText(text=text, braced=whole):
                self._used.add("jsonata")
                return f"jsonata({text_literal(text if whole == braced(text) else whole)})"
            case PathText(text=text):
                self._used.add("jsonpath")
                return f"jsonpath({text_literal(text)})"
            case Intrinsic():
                return self._intrinsic(value)
            case Mapping():
                return Group(
                    "{", [Item(f"{text_literal(key)}: ", self._value(each)) for key, each in value.items()], "}"
                )
            case list() | tuple():
                return Group("[", [Item("", self._value(each)) for each in value], "]")
            case str():
                return text_literal(value)
            case _:
                return repr(value)

    def _intrinsic(self, value: Intrinsic) -> Node:
        name = PYTHON_NAMES[value.name]
        arguments = value.arguments[:2] if value.name == "States.JsonMerge" else value.arguments
        self._used.add("format" if name == "format" else "intrinsics")
        prefix = name if name == "format" else f"intrinsics.{name}"
        return Group(f"{prefix}(", [Item("", self._value(each)) for each in arguments], ")")

    def _reference(self, value: Reference) -> str:
        match value.source:
            case Data():
                root = "data"
            case Variable(name=name):
                root = f"{_MACHINE}.variable({text_literal(name)})"
            case Context():
                root = f"{_MACHINE}.context"
            case other:
                raise TypeError(other)
        keys = "".join(f"[{text_literal(key) if isinstance(key, str) else key}]" for key in value.keys)
        cast = f".as_{value.as_kind}()" if value.as_kind is not None and not isinstance(value.source, Context) else ""
        return f"{root}{keys}{cast}"

    def _json(self, document: JSON) -> Node:
        match document:
            case Mapping():
                return Group(
                    "{", [Item(f"{text_literal(key)}: ", self._json(each)) for key, each in document.items()], "}"
                )
            case list() | tuple():
                return Group("[", [Item("", self._json(each)) for each in document], "]")
            case Unquoted() if document[2:-1] in self._parameters:
                return self._parameters[document[2:-1]]
            case str():
                return text_literal(document)
            case _:
                return repr(document)

    def _add(self, node: Node, depth: int, before: str = "", after: str = "") -> None:
        self._lines.append("    " * depth + laid_out(node, depth, before, after))


_LABELS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Wait": (("seconds", ""), ("timestamp", "until=")),
    "Fail": (("error", ""), ("cause", "cause=")),
}
_KEYFLOW = (
    "Parameter",
    "Retry",
    "StateMachine",
    "all_of",
    "any_of",
    "format",
    "intrinsics",
    "jsonata",
    "jsonpath",
    "not_",
)
_AWS = ("activity", "function", "http", "resource")


def _comment(text: str, depth: int) -> str:
    """A comment of one line, whatever the text has in it."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    room = 118 - 4 * depth
    return "    " * depth + "# " + (line if len(line) <= room else line[: room - 3] + "...")


def _is_call(condition: Condition) -> bool:
    """Whether a condition is written as a method's call, which binds tighter than any operator."""
    match condition:
        case TypeTest() | Match() | All(exact=True) | Either(exact=True) | Negation(exact=True):
            return True
        case _:
            return isinstance(condition, Comparison) and isinstance(condition.right, bool)


def _imports(module: str, names: Iterable[str]) -> Node:
    listed = list(names)
    line = f"from {module} import {', '.join(listed)}"
    return line if len(line) <= 120 else Group(f"from {module} import (", [Item("", name) for name in listed], ")")


def _import_order(name: str) -> tuple[bool, str]:
    return (not name[:1].isupper(), name)


def _variable(name: str) -> str:
    """A variable of that name, short enough to be numbered."""
    return snake_case(name)[:_LONGEST_VARIABLE].rstrip("_")


def snake_case(name: str) -> str:
    """A name as Python's variables are: `Create Api Key` -> `create_api_key`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[A-Z]+", name)
    snake = "_".join(word.lower() for word in words)
    return snake if snake and not snake[0].isdigit() else f"state_{snake}".rstrip("_")
