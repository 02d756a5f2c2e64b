"""The expressions of JSONPath states: where they stand, and whether they can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from keyflow.asl import JSON
from keyflow.check.definition import JSONPATH, Definition, State, is_substitution
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
"""Fields that hold payload templates: `.$` on a key makes its value an expression."""
_NESTED_TEMPLATES = {"ItemReader": "Parameters", "ResultWriter": "Parameters", "ItemBatcher": "BatchInput"}
_ASSIGNING = ("Catch", "Choices")
"""Fields whose entries can have an Assign, too."""
PATHS = ("InputPath", "OutputPath", "ItemsPath")
REFERENCE_PATHS = ("ResultPath",)
SINGLE = (
    "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
    "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
)  # fmt: skip
"""Fields that take one value, of the input, the context or a variable."""
COMPUTED = (*SINGLE, "ErrorPath", "CausePath")
_WRITTEN = frozenset((*PATHS, *REFERENCE_PATHS, *COMPUTED))


@dataclass(frozen=True, slots=True)
class PathExpression:
    """A path, or an intrinsic function's invocation, and the field that it stands in."""

    path: Path
    field: str
    text: str
    state: State

    @property
    def is_intrinsic(self) -> bool:
        """Whether it is meant as an intrinsic function."""
        return self.text.startswith("States.")


def _templates_of(state: State) -> Iterator[tuple[Path, str, JSON]]:
    """Every payload template of a state in JSONPath, with its place in the state and its field."""
    has, document = state.document.__contains__, state.document
    for field in filter(has, TEMPLATES):
        yield (field,), field, document[field]
    for outer in filter(has, _NESTED_TEMPLATES):
        holder, inner = document[outer], _NESTED_TEMPLATES[outer]
        if isinstance(holder, dict) and isinstance(holder.get(inner), dict):
            yield (outer, inner), inner, holder[inner]
    for key in filter(has, _ASSIGNING):
        for index, entry in state.entries(key):
            if isinstance(entry.get("Assign"), dict):
                yield (key, index, "Assign"), "Assign", entry["Assign"]


_PLAIN = lazy_pattern(r"\$(?:\.[A-Za-z0-9_]+)*")


def _is_more(value: JSON) -> bool:
    """Whether an expression is more than names (`$.a.b`).

    Nearly all are no more, and right in every field: they name no variable, nothing of the context and no function, and
    nothing is put into them.
    """
    return not isinstance(value, str) or _PLAIN.fullmatch(value) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateValue:
    """A text in a payload template, or what stands where an expression is to be; `field` is the template's.

    `is_computed` says that its key ends in `.$`, which makes it an expression, and `is_twice` that the same key stands
    beside it without that.
    """

    path: Path
    field: str
    value: JSON
    state: State
    is_computed: bool
    is_twice: bool


def template_values(definition: Definition) -> list[TemplateValue]:
    """The texts of every payload template, and its expressions; they are looked for once.

    Expressions that are names alone are left out, where they do not stand twice.
    """
    return definition.once("template values", lambda given: list(_all_template_values(given)))


def _all_template_values(definition: Definition) -> Iterator[TemplateValue]:
    for state in definition.having(*TEMPLATES, *_NESTED_TEMPLATES, *_ASSIGNING):
        for keys, field, template in _templates_of(state) if state.language == JSONPATH else ():
            for place, value, is_computed, is_twice in _entries(template, keys, _is_more):
                path = state.at(*place)
                yield TemplateValue(
                    path=path, field=field, value=value, state=state, is_computed=is_computed, is_twice=is_twice
                )


def template_entries(tree: JSON, path: Path) -> Iterator[tuple[Path, str, JSON]]:
    """Each entry of a template whose key ends in `.$`, with its path and its key."""
    found = _entries(tree, path, lambda _value: True)
    return ((place, str(place[-1]), value) for place, value, is_computed, _is_twice in found if is_computed)


def _entries(tree: JSON, path: Path, is_wanted: Callable[[JSON], bool]) -> Sequence[tuple[Path, JSON, bool, bool]]:
    """Each text of a template, and what stands where an expression is to be, if that is wanted.

    With it whether it is one of these, and whether its key stands there without the `.$`, too: that is always wanted.
    """
    found: list[tuple[Path, JSON, bool, bool]] = []
    if not isinstance(tree, dict | list):
        return found
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(key, str) and key.endswith(".$"):
            is_twice = key[:-2] in tree
            if is_twice or is_wanted(value):
                found.append(((*path, key), value, True, is_twice))
        elif isinstance(value, str):
            found.append(((*path, key), value, False, False))
        elif isinstance(value, dict | list):
            found += _entries(value, (*path, key), is_wanted)
    return found


def texts_in(tree: JSON, path: Path) -> Iterator[tuple[Path, str]]:
    """Each text in a tree, with its path."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield from texts_in(value, (*path, key))
        case list():
            for index, element in enumerate(tree):
                yield from texts_in(element, (*path, index))
        case str():
            yield path, tree


def expressions_of(definition: Definition) -> list[PathExpression]:
    """The expressions of the states in JSONPath that are more than names (`$.a.b`); they are looked for once."""
    return definition.once("expressions", lambda given: list(_all_expressions(given)))


def _all_expressions(definition: Definition) -> Iterator[PathExpression]:
    for each in template_values(definition):
        if each.is_computed and isinstance(each.value, str) and _is_more(each.value):
            yield PathExpression(each.path, each.field, each.value, each.state)
    for state in definition.states:
        if state.language != JSONPATH:
            continue
        for field in filter(_WRITTEN.__contains__, state.document):
            if isinstance(text := state.document[field], str) and _is_more(text):
                yield PathExpression(state.at(field), field, text, state)
    for state, index, catcher in definition.entries("Catch"):
        text = catcher.get("ResultPath")
        if isinstance(text, str) and state.language == JSONPATH and _is_more(text):
            yield PathExpression(state.at("Catch", index, "ResultPath"), "ResultPath", text, state)
    for state, index, rule in definition.entries("Choices"):
        if state.language == JSONPATH:
            yield from _compared(rule, state.at("Choices", index), state)


def _compared(rule: JSON, path: Path, state: State) -> Iterator[PathExpression]:
    match rule:
        case dict():
            for key, value in rule.items():
                if isinstance(value, str) and (key == "Variable" or (key.endswith("Path") and key != "ResultPath")):
                    if _is_more(value):
                        yield PathExpression((*path, key), "Variable", value, state)
                elif key in ("And", "Or", "Not"):
                    yield from _compared(value, (*path, key), state)
        case list():
            for index, each in enumerate(rule):
                yield from _compared(each, (*path, index), state)


_ROOT = lazy_pattern(r"\$\$|\$[A-Za-z_][\w]*|\$")
_ENDS = r"\s.\[\]()*'\",@?\\"
"""The signs that a member's name has only behind a backslash."""
_STEP = lazy_pattern(rf"\.\.?\*|\.\.?(?:\\.|[^{_ENDS}])+(?:\(\))?|(?:\.\.?)?(?P<open>\[)", re.UNICODE)
_DOT_BEHIND = lazy_pattern(r"(?<=[\w\])])\.$")
_REFERENCE = lazy_pattern(rf"(?:\.(?:\\.|[^:{_ENDS}])+|\.?\[(?:\d+|'[^']*'|\"[^\"]*\")\])*")


@lru_cache(maxsize=16_384)
def path_problem(text: str) -> str | None:
    """Why a text is no JSONPath; None where it is one. Filters are only held to their brackets and quotes.

    Blanks behind a path are passed over, as Step Functions does, and so is one dot: that is the business of KF857.

    Source: https://states-language.net/spec.html#path
    """
    if is_substitution(text):
        return None
    text = without_dot(text.rstrip())
    root = _ROOT.match(text)
    if root is None:
        return "a path begins with $"
    position = root.end()
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return f"{text[position:]!r} is no part of a path"
        position = step.end()
        if step["open"]:
            end = _closing(text, position)
            if end is None:
                return "a bracket is not closed"
            if not text[position:end].strip():
                return "there is nothing between the brackets"
            position = end + 1
    return None


def without_dot(text: str) -> str:
    """A path without the dot behind its last step, where there is one."""
    return _DOT_BEHIND.sub("", text)


def _closing(text: str, position: int) -> int | None:
    """Where the bracket closes that was opened before a position."""
    depth, quote = 1, ""
    while position < len(text):
        sign = text[position]
        if quote:
            if sign == "\\":
                position += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign in "[(":
            depth += 1
        elif sign in "])":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def leads_to_one(text: str) -> bool:
    """Whether a path leads to one value, wherever that is: names and whole indexes only."""
    root = _ROOT.match(text)
    return root is not None and _REFERENCE.fullmatch(without_dot(text.rstrip()), root.end()) is not None


def is_reference_path(text: str) -> bool:
    """Whether a path leads to one place of the data that a state hands on."""
    return leads_to_one(text) and re.match(r"\$[$A-Za-z_]", text) is None


# Intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html

ARITIES: Mapping[str, tuple[int, int | None]] = {
    "Format": (1, None), "StringToJson": (1, 1), "JsonToString": (1, 1), "Array": (0, None), "ArrayPartition": (2, 2),
    "ArrayContains": (2, 2), "ArrayRange": (3, 3), "ArrayGetItem": (2, 2), "ArrayLength": (1, 1), "ArrayUnique": (1, 1),
    "Base64Encode": (1, 1), "Base64Decode": (1, 1), "Hash": (2, 2), "JsonMerge": (3, 3), "MathRandom": (2, 3),
    "MathAdd": (2, 2), "StringSplit": (2, 2), "UUID": (0, 0),
}  # fmt: skip
"""The functions, with the fewest and the most arguments that each takes."""
_NUMERIC: Mapping[str, tuple[int, ...]] = {
    "MathAdd": (0, 1), "MathRandom": (0, 1, 2), "ArrayRange": (0, 1, 2), "ArrayPartition": (1,), "ArrayGetItem": (1,),
}  # fmt: skip
"""The arguments that must be numbers."""
NESTING = 10
_NAME = lazy_pattern(r"States\.([A-Za-z0-9]+)\s*\(")
_LITERAL = lazy_pattern(r"'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation: the function's name, and the kind of each argument (`string`, `number`, `path`, `call`, ...)."""

    name: str
    kinds: tuple[str, ...]
    depth: int
    template: str | None = None


class NotAnIntrinsic(Exception):
    """A text is no invocation of an intrinsic function."""


def calls_in(text: str) -> list[Call]:
    """Every invocation in an intrinsic expression, the outermost last.

    Raises:
        NotAnIntrinsic: It cannot be read.
    """
    calls: list[Call] = []
    end = _call(text, 0, 1, calls)
    if text[end:].strip():
        raise NotAnIntrinsic(f"{text[end:].strip()!r} stands after it")
    return calls


def _call(text: str, position: int, depth: int, calls: list[Call]) -> int:
    name = _NAME.match(text, position)
    if name is None or depth > 50:
        raise NotAnIntrinsic(f"{text[position : position + 20]!r} is no invocation of a function")
    position = _blank(text, name.end())
    kinds: list[str] = []
    template = None
    if text[position : position + 1] == ")":
        calls.append(Call(name[1], (), depth))
        return position + 1
    while True:
        start = position
        kind, position = _argument(text, position, depth, calls)
        if not kinds and kind == "string":
            template = text[start + 1 : position - 1]
        kinds.append(kind)
        position = _blank(text, position)
        sign = text[position : position + 1]
        position = _blank(text, position + 1)
        if sign == ")":
            calls.append(Call(name[1], tuple(kinds), depth, template))
            return position
        if sign != ",":
            raise NotAnIntrinsic("an argument is not followed by , or )")


def _argument(text: str, position: int, depth: int, calls: list[Call]) -> tuple[str, int]:
    if text.startswith("States.", position):
        return "call", _call(text, position, depth + 1, calls)
    if text.startswith("$", position):
        end = _path_end(text, position)
        problem = path_problem(text[position:end].strip())
        if problem is not None:
            raise NotAnIntrinsic(f"{text[position:end].strip()!r}: {problem}")
        return "path", end
    literal = _LITERAL.match(text, position)
    if literal is None:
        raise NotAnIntrinsic(f"{text[position : position + 20]!r} is no argument: a path, a number, or text in '...'")
    kind = "string" if literal[0].startswith("'") else "word" if literal[0].isalpha() else "number"
    return kind, literal.end()


def _path_end(text: str, position: int) -> int:
    """Where a path ends among arguments: at a comma or a parenthesis outside its brackets."""
    while position < len(text) and text[position] not in ",)":
        if text[position] == "[":
            closing = _closing(text, position + 1)
            if closing is None:
                raise NotAnIntrinsic("a bracket is not closed")
            position = closing
        elif text[position] == "(":
            position += 1  # the () of .length()
        position += 1
    return position


def _blank(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position


def numeric_problem(call: Call) -> int | None:
    """The index of an argument that is text where a number is wanted."""
    return next(
        (index for index in _NUMERIC.get(call.name, ()) if index < len(call.kinds) and call.kinds[index] == "string"),
        None,
    )
