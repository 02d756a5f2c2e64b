"""Trees as functions: each part of an expression becomes a function of the value at which it stands and of the names.

What JSONata 2.0.6 does is the measure, its oddities included: when a sequence of one becomes that one, what a filter
makes of arrays, which calls are made last.
Source: https://docs.jsonata.org/processing, and https://github.com/jsonata-js/jsonata/tree/v2.0.6 (MIT)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.functions import (
    DEEPEST,
    PLACE,
    Chain,
    Code,
    Evaluate,
    Frame,
    Lambda,
    Native,
    Passed,
    Thunk,
    apply,
    given,
)
from keyflow.jsonata_language.library import LIBRARY, clone, matcher, sort
from keyflow.jsonata_language.operators import ARITHMETIC, COMPARISONS, computed, joined, order, span
from keyflow.jsonata_language.syntax import Node
from keyflow.jsonata_language.values import (
    NOTHING,
    Array,
    Function,
    Items,
    Object,
    appended,
    is_number,
    is_true,
    member,
    members,
)

_Tuple = dict[str, Any]


def code_of(tree: Node) -> Code:
    """A body as it is evaluated: an expression, or that of a function."""
    plain = _Compiler(is_guarded=False)
    evaluate = plain.part(tree, 1)
    return Code(evaluate, plain.deepest, cache(lambda: _Compiler(is_guarded=True).part(tree, 1)))


class _Compiler:
    """Makes the functions of one body; guarded ones ask at each part whether it is nested too deep."""

    def __init__(self, *, is_guarded: bool) -> None:
        self._is_guarded = is_guarded
        self.deepest = 0

    def part(self, node: Node, depth: int) -> Evaluate:
        self.deepest = max(self.deepest, depth)
        evaluate: Evaluate = getattr(self, f"_{node.type}")(node, depth)
        for kept in node.predicate or ():
            evaluate = _filtered(evaluate, self._filter(kept.expression, depth))
        if node.group is not None and node.type != "path":
            evaluate = _grouped(evaluate, self._group(node.group, depth))
        is_finished = node.type in _FINISHED or (node.type in _OF_PARTS and not node.keeps_array)
        if node.predicate or not (is_finished or (node.type == "binary" and node.value != "..")):
            evaluate = _finished(evaluate, keeps_array=node.keeps_array)
        return _guarded(evaluate, depth) if self._is_guarded else evaluate

    def _parts(self, nodes: Sequence[Node], depth: int) -> list[Evaluate]:
        return [self.part(node, depth + 1) for node in nodes]

    # Values.

    def _value(self, node: Node, _depth: int) -> Evaluate:
        value = node.value
        return lambda _value, _frame: value

    _string = _number = _value

    def _variable(self, node: Node, _depth: int) -> Evaluate:
        name = node.value
        if name == "":
            return lambda value, _frame: _document(value)
        return lambda _value, frame: frame.find(name)

    def _parent(self, node: Node, _depth: int) -> Evaluate:
        return lambda _value, frame: frame.find(node.slot.label)

    def _name(self, node: Node, _depth: int) -> Evaluate:
        name = node.value
        return lambda value, _frame: member(value, name)

    def _wildcard(self, _node: Node, _depth: int) -> Evaluate:
        return lambda value, _frame: _all_members(value)

    def _descendant(self, _node: Node, _depth: int) -> Evaluate:
        return _descendants

    def _regex(self, node: Node, _depth: int) -> Evaluate:
        pattern, ignores_case, is_multiline = node.value
        return lambda _value, frame: matcher(pattern, frame.run.matches(pattern, ignores_case, is_multiline))

    def _operator(self, node: Node, _depth: int) -> Evaluate:
        return lambda _value, _frame: NOTHING

    # Operators.

    def _binary(self, node: Node, depth: int) -> Evaluate:
        left, right = self._parts((node.lhs, node.rhs), depth)
        sign = node.value
        if sign == "and":
            return lambda value, frame: is_true(left(value, frame)) and is_true(right(value, frame))
        if sign == "or":
            return lambda value, frame: is_true(left(value, frame)) or is_true(right(value, frame))
        if sign == "&":
            return lambda value, frame: joined(left(value, frame), right(value, frame), frame)
        if sign == "..":
            return lambda value, frame: span(left(value, frame), right(value, frame), frame)
        if sign in ARITHMETIC:
            compute = ARITHMETIC[sign]
            return lambda value, frame: computed(sign, compute, left(value, frame), right(value, frame))
        compare = COMPARISONS[sign]
        return lambda value, frame: compare(sign, left(value, frame), right(value, frame))

    def _unary(self, node: Node, depth: int) -> Evaluate:
        match node.value:
            case "[":
                return self._array(node, depth)
            case "{":
                return self._object(node, depth)
        operand = self.part(node.expression, depth + 1)

        def negated(value: Any, frame: Frame) -> Any:
            found = operand(value, frame)
            if found is NOTHING:
                return NOTHING
            if not is_number(found):
                raise JsonataError("D1002", token="-", value=found)  # noqa: S106
            return -found if found else -float(found)

        return negated

    def _object(self, node: Node, depth: int) -> Evaluate:
        """An object; where its keys are texts that differ, and it stands at no array, by a shorter way."""
        names = [key.value for key, _value in node.lhs if key.type == "string" and not key.predicate]
        if self._is_guarded or len(set(names)) < len(node.lhs):
            return self._group(node, depth)
        grouped = cache(lambda: self._group(node, depth))
        pairs = list(zip(names, self._parts([each for _key, each in node.lhs], depth), strict=True))

        def made(value: Any, frame: Frame) -> Any:
            if isinstance(value, list):
                return grouped()(value, frame)
            result = Object()
            for name, each in pairs:
                found = each(value, frame)
                if found is not NOTHING:
                    result[name] = found
            return result

        return made

    def _array(self, node: Node, depth: int) -> Evaluate:
        elements = self._parts(node.expressions, depth)
        nested = [each.value == "[" for each in node.expressions]
        pairs = list(zip(elements, nested, strict=True))
        is_made = node.makes_array

        def made(value: Any, frame: Frame) -> Array:
            array = Array()
            for element, is_nested in pairs:
                found = element(value, frame)
                if found is NOTHING:
                    continue
                if isinstance(found, list) and not is_nested:
                    array += found
                else:
                    array.append(found)
            if is_made:
                array.is_made = True
            frame.run.spend(len(array))
            return array

        return made

    def _condition(self, node: Node, depth: int) -> Evaluate:
        condition, then = self._parts((node.condition, node.then), depth)
        otherwise = _nothing if node.otherwise is None else self.part(node.otherwise, depth + 1)
        return lambda value, frame: (then if is_true(condition(value, frame)) else otherwise)(value, frame)

    def _block(self, node: Node, depth: int) -> Evaluate:
        parts = self._parts(node.expressions, depth)

        def block(value: Any, frame: Frame) -> Any:
            inner, found = Frame(frame, {}, frame.run, frame.depth), NOTHING
            for part in parts:
                found = part(value, inner)
            return found

        return block

    def _bind(self, node: Node, depth: int) -> Evaluate:
        name, right = node.lhs.value, self.part(node.rhs, depth + 1)

        def bind(value: Any, frame: Frame) -> Any:
            found = frame.names[name] = right(value, frame)
            return found

        return bind

    # Functions.

    def _lambda(self, node: Node, depth: int) -> Evaluate:
        if node.is_thunk:
            call = node.body
            inner = _Compiler(is_guarded=self._is_guarded)
            procedure, arguments = inner.part(call.procedure, 1), [inner.part(each, 1) for each in call.arguments]
            self.deepest = max(self.deepest, inner.deepest)
            return lambda value, frame: Thunk(procedure, arguments, value, frame)
        parameters, body = [each.value for each in node.arguments], code_of(node.body)
        return lambda value, frame: Lambda(parameters, body, value, frame, node.signature)

    def _function(self, node: Node, depth: int) -> Evaluate:
        """A call; of some built-in functions, while their names are theirs, by a shorter way."""
        name = node.procedure.value
        short = _SHORT.get(name) if node.procedure.type == "variable" and len(node.arguments) == 1 else None
        if short is None or self._is_guarded:
            call = self._call(node, depth)
            return lambda value, frame: call((), value, frame)
        argument, own = self.part(node.arguments[0], depth + 1), LIBRARY[name]
        other = cache(lambda: self._call(node, depth))

        def called(value: Any, frame: Frame) -> Any:
            if frame.find(name) is not own:
                return other()((), value, frame)
            taken = argument(value, frame)
            found = short(taken)
            if found is not None:
                return found
            taken = Passed(taken) if isinstance(taken, Function) else taken
            try:
                return apply(own, (taken,), value, frame.run, frame.depth + depth)
            except JsonataError as error:
                raise error.about(name) from None

        return called

    def _call(self, node: Node, depth: int) -> Callable[[tuple[Any, ...], Any, Frame], Any]:
        procedure = self.part(node.procedure, depth + 1)
        arguments = self._parts(node.arguments, depth)
        path = node.procedure.steps[0].value if node.procedure.type == "path" else None
        name = path if path is not None else node.procedure.value

        def call(first: tuple[Any, ...], value: Any, frame: Frame) -> Any:
            function = procedure(value, frame)
            if function is NOTHING and path is not None and frame.find(path):
                raise JsonataError("T1005", token=path)
            taken = list(first)
            for argument in arguments:
                found = argument(value, frame)
                taken.append(Passed(found) if isinstance(found, Function) else found)
            try:
                return apply(function, taken, value, frame.run, frame.depth + depth)
            except JsonataError as error:
                raise error.about(name) from None

        return call

    def _partial(self, node: Node, depth: int) -> Evaluate:
        procedure = self.part(node.procedure, depth + 1)
        places = [each.type == "operator" and each.value == "?" for each in node.arguments]
        arguments = self._parts(node.arguments, depth)
        path = node.procedure.steps[0].value if node.procedure.type == "path" else None

        def partial(value: Any, frame: Frame) -> Any:
            taken = [
                PLACE if is_place else argument(value, frame)
                for argument, is_place in zip(arguments, places, strict=True)
            ]
            function = procedure(value, frame)
            if not isinstance(function, Function):
                known = function is NOTHING and path is not None and frame.find(path)
                raise JsonataError("T1007" if known else "T1008", token=path or node.procedure.value)
            return given(function, taken)

        return partial

    def _apply(self, node: Node, depth: int) -> Evaluate:
        left = self.part(node.lhs, depth + 1)
        if node.rhs.type == "function":
            call = self._call(node.rhs, depth)
            return lambda value, frame: call((left(value, frame),), value, frame)
        right = self.part(node.rhs, depth + 1)

        def applied(value: Any, frame: Frame) -> Any:
            argument, function = left(value, frame), right(value, frame)
            if not isinstance(function, Function):
                raise JsonataError("T2006", value=function)
            if isinstance(argument, Function):
                return Chain(argument, function)
            return apply(function, (argument,), None, frame.run, frame.depth + depth)

        return applied

    def _transform(self, node: Node, depth: int) -> Evaluate:
        pattern, update = self._parts((node.pattern, node.update), depth)
        delete = _nothing if node.delete is None else self.part(node.delete, depth + 1)

        def transform(frame: Frame, given_object: Any) -> Any:
            if given_object is NOTHING:
                return NOTHING
            if not isinstance(frame.find("clone"), Function):
                raise JsonataError("T2013")
            result = clone(given_object)
            matches = pattern(result, frame)
            for match in matches if isinstance(matches, list) else [matches]:
                if match is not NOTHING:
                    _update(match, update(match, frame))
                    _delete(match, delete(match, frame))
            return result

        return lambda _value, frame: Native(lambda given_object: transform(frame, given_object), 1, "<(oa):o>")

    # Paths.

    def _path(self, node: Node, depth: int) -> Evaluate:
        """A path; where a variable's members are read one within the other, by a shorter way."""
        keys = () if self._is_guarded else _plain_keys(node)
        if not keys:
            return self._walk(node, depth)
        self.deepest = max(self.deepest, depth + 2)
        root = node.steps[0].value
        walk = cache(lambda: self._walk(node, depth))

        def read(value: Any, frame: Frame) -> Any:
            found = frame.find(root)
            for key in keys:
                kind = type(found)
                if kind is dict or kind is Object:
                    if type(key) is str:
                        found = found.get(key, NOTHING)
                        continue
                elif kind is list and type(key) is int and -len(found) <= key < len(found):
                    found = found[key]
                    if not isinstance(found, list):
                        continue
                return NOTHING if found is NOTHING else walk()(value, frame)
            return walk()(value, frame) if type(found) is Items else found

        return read

    def _walk(self, node: Node, depth: int) -> Evaluate:
        steps = [self._step(step, depth + 1, is_last=step is node.steps[-1]) for step in node.steps]
        group = None if node.group is None else self._group(node.group, depth)
        first_makes = node.steps[0].makes_array
        is_variable = node.steps[0].type == "variable"

        def walk(value: Any, frame: Frame) -> Any:
            items: Any = value if isinstance(value, list) and not is_variable else Items((value,))
            found: Any = NOTHING
            tuples: Any = None
            streams = False
            for index, (step, each) in enumerate(zip(node.steps, steps, strict=True)):
                streams = streams or step.is_tuple
                if index == 0 and first_makes:
                    found = each.evaluate(items, frame)
                elif streams:
                    tuples = each.tuples(items, tuples, frame)
                else:
                    found = each.items(items, frame)
                if not streams and (found is NOTHING or (isinstance(found, list | str) and not found)):
                    break
                if step.focus is None:
                    items = found
            if streams:
                found = tuples if node.is_tuple else Items(each["@"] for each in tuples or ())
            if node.keeps_singleton:
                found = _kept(found)
            return found if group is None else group(tuples if streams else found, frame)

        return _finished(walk, keeps_array=node.keeps_array)

    def _step(self, step: Node, depth: int, *, is_last: bool) -> _Step:
        if step.type == "sort":
            sorts = self._sort(step, depth)
            return _Sort(step, _nothing, self._stages(step, depth), sorts)
        return _Step(step, self.part(step, depth), self._stages(step, depth), is_last)

    def _stages(self, step: Node, depth: int) -> list[_Stage]:
        return [
            _Stage(stage.value, None) if stage.type == "index" else _Stage("", self._filter(stage.expression, depth))
            for stage in step.stages or ()
        ]

    def _filter(self, predicate: Node, depth: int) -> Evaluate:
        """A filter as a function of what it chooses from."""
        evaluate = self.part(predicate, depth + 1)
        if predicate.type == "number":
            place = math.floor(predicate.value)
            return lambda value, _frame: _element(value, place)

        def kept(value: Any, frame: Frame) -> Any:
            found = Items()
            streams = isinstance(value, Array) and value.is_tuples
            found.is_tuples = streams
            items = value if isinstance(value, list) else (value,)
            frame.run.spend(len(items))
            for index, item in enumerate(items):
                answer = evaluate(item["@"], _at(frame, item)) if streams else evaluate(item, frame)
                if answer is True:
                    found.append(item)
                elif answer is False or answer is NOTHING:
                    continue
                elif is_number(answer) or (isinstance(answer, list) and all(map(is_number, answer))):
                    places = answer if isinstance(answer, list) else (answer,)
                    found += [
                        item for place in places if math.floor(place) % len(items) == index and _fits(place, items)
                    ]
                elif is_true(answer):
                    found.append(item)
            return found

        return kept

    def _sort(self, step: Node, depth: int) -> Evaluate:
        terms = [(self.part(term.expression, depth + 1), term.descending) for term in step.terms]

        def sorted_items(value: Any, frame: Frame) -> Any:
            streams = isinstance(value, Array) and value.is_tuples

            def term_of(term: Evaluate, item: Any) -> Any:
                return term(item["@"], _at(frame, item)) if streams else term(item, frame)

            def comes_after(left: Any, right: Any) -> bool:
                frame.run.spend(1)
                for term, is_descending in terms:
                    found = order(term_of(term, left), term_of(term, right), is_descending=is_descending)
                    if found:
                        return found > 0
                return False

            return sort(value, comes_after)

        return sorted_items

    def _group(self, node: Node, depth: int) -> Evaluate:
        pairs = [(self.part(key, depth + 1), self.part(each, depth + 1)) for key, each in node.lhs]

        def grouped(value: Any, frame: Frame) -> dict[str, Any]:
            streams = isinstance(value, Array) and value.is_tuples
            items: Any = value if isinstance(value, list) else (value,)
            if streams and not items:
                raise JsonataError("U1004", value="there is nothing to group")
            groups: dict[str, tuple[Any, int]] = {}
            for item in items or [NOTHING]:
                names = _at(frame, item) if streams else frame
                for index, (key, _value) in enumerate(pairs):
                    name = key(item["@"] if streams else item, names)
                    if name is NOTHING:
                        continue
                    if type(name) is not str:
                        raise JsonataError("T1003", value=name)
                    if name not in groups:
                        groups[name] = (item, index)
                    elif groups[name][1] != index:
                        raise JsonataError("D1009", value=name)
                    else:
                        groups[name] = (appended(groups[name][0], item), index)
            result = Object()
            for name, (data, index) in groups.items():
                bound = _one_tuple(data) if streams else {"@": data}
                names = _at(frame, bound) if streams else frame
                found = pairs[index][1](bound.pop("@"), names)
                if found is not NOTHING:
                    result[name] = found
            return result

        return grouped


def _short_merge(value: Any) -> Any:
    if type(value) is not Array or not all(isinstance(each, dict) for each in value):
        return None
    merged = Object()
    for each in value:
        merged.update(each)
    return merged


_SHORT: dict[str, Callable[[Any], Any]] = {
    "exists": lambda value: value is not NOTHING,
    "not": lambda value: None if value is NOTHING or isinstance(value, Function) else not is_true(value),
    "type": lambda value: "string" if type(value) is str else None,
    "merge": _short_merge,
}
"""Functions that are called again and again, for what they are mostly given; None where the long way is taken."""
_FINISHED = frozenset(("string", "number", "value", "regex", "lambda", "transform", "partial", "unary", "path"))
"""Parts that are never a sequence, or finish it themselves."""
_OF_PARTS = frozenset(("condition", "block", "bind"))
"""Parts that give what a part of theirs gives."""


def _nothing(_value: Any, _frame: Frame) -> Any:
    return NOTHING


def _guarded(evaluate: Evaluate, depth: int) -> Evaluate:
    def guarded(value: Any, frame: Frame) -> Any:
        if frame.depth + depth > DEEPEST:
            raise JsonataError("U1001")
        return evaluate(value, frame)

    return guarded


def _finished(evaluate: Evaluate, *, keeps_array: bool) -> Evaluate:
    """What a part gives: a sequence of one is that one, one of none is nothing."""

    def finished(value: Any, frame: Frame) -> Any:
        found = evaluate(value, frame)
        if type(found) is not Items or found.is_tuples:
            return found
        if keeps_array:
            found.is_kept = True
        if not found:
            return NOTHING
        return found[0] if len(found) == 1 and not found.is_kept else found

    return finished


def _filtered(evaluate: Evaluate, kept: Evaluate) -> Evaluate:
    return lambda value, frame: kept(evaluate(value, frame), frame)


_grouped = _filtered


# Values and members.


def _document(value: Any) -> Any:
    return value[0] if isinstance(value, Array) and value.is_document else value


def _all_members(value: Any) -> Any:
    value = value[0] if isinstance(value, Array) and value.is_document and value else value
    found: Any = Items()
    if isinstance(value, list):
        parts: Any = value
    elif isinstance(value, dict):
        parts = (each for _key, each in members(value))
    else:
        return found
    for each in parts:
        if isinstance(each, list):
            found = appended(found, _flat(each, []))
        else:
            found.append(each)
    return found


def _flat(value: list[Any], found: list[Any]) -> list[Any]:
    for each in value:
        if isinstance(each, list):
            _flat(each, found)
        else:
            found.append(each)
    return found


def _descendants(value: Any, frame: Frame) -> Any:
    if value is NOTHING:
        return NOTHING
    found = Items()
    _descend(value, found)
    frame.run.spend(len(found))
    return found[0] if len(found) == 1 else found


def _descend(value: Any, found: Items) -> None:
    if isinstance(value, list):
        for each in value:
            _descend(each, found)
        return
    found.append(value)
    if isinstance(value, dict):
        for _key, each in members(value):
            _descend(each, found)


def _kept(found: Any) -> Any:
    if found is NOTHING:
        raise JsonataError("U1004", value="[] stands at what is not there")
    if isinstance(found, Array) and found.is_made and not found.is_sequence:
        found = Items((found,))
    if isinstance(found, Array):
        found.is_kept = True
    return found


def _element(value: Any, place: int) -> Any:
    """The element at a place; what is no array is one of one."""
    items = value if isinstance(value, list) else (value,)
    found = Items()
    found.is_tuples = isinstance(value, Array) and value.is_tuples
    if -len(items) <= place < len(items):
        item = items[place]
        if isinstance(item, list):
            return item
        if item is not NOTHING:
            found.append(item)
    return found


def _fits(place: float, items: Any) -> bool:
    return -len(items) <= math.floor(place) < len(items)


def _plain_keys(node: Node) -> Sequence[str | int]:
    """The names and places that lead from a path's variable to its end; none where it is more than that."""
    first, *rest = node.steps
    if node.group or node.keeps_singleton or node.keeps_array or not _is_bare(first):
        return ()
    if first.type != "variable" or not first.value or first.stages:
        return ()
    keys: list[str | int] = []
    for step in rest:
        stages = step.stages or ()
        if step.type != "name" or not _is_bare(step) or not all(map(_is_place, stages)):
            return ()
        keys += [step.value, *(math.floor(stage.expression.value) for stage in stages)]
    return keys


def _is_bare(step: Node) -> bool:
    """Whether a step binds nothing, keeps nothing and filters nothing but by its stages."""
    return not (
        step.is_tuple or step.focus or step.index or step.ancestor or step.predicate or step.group or step.keeps_array
    )


def _is_place(stage: Node) -> bool:
    return stage.type == "filter" and stage.expression.type == "number"


# Steps.


class _Stage:
    """A filter of a step, or the name of each item's place."""

    def __init__(self, name: str, kept: Evaluate | None) -> None:
        self.name, self.kept = name, kept


class _Step:
    """A step of a path."""

    def __init__(self, node: Node, evaluate: Evaluate, stages: Sequence[_Stage], is_last: bool = False) -> None:
        self._node, self.evaluate, self._stages, self._is_last = node, evaluate, stages, is_last

    def items(self, items: Any, frame: Frame) -> Any:
        """What the step gives of all items, in one sequence."""
        found = []
        items = items if isinstance(items, list) else list(items) if isinstance(items, str) else ()
        frame.run.spend(len(items))
        for item in items:
            one = self.evaluate(item, frame)
            for stage in self._stages:
                if stage.kept is not None:
                    one = stage.kept(one, frame)
            if one is not NOTHING:
                found.append(one)
        if self._is_last and len(found) == 1 and isinstance(found[0], list) and type(found[0]) is not Items:
            return found[0]
        sequence = Items()
        for one in found:
            if isinstance(one, list) and not (isinstance(one, Array) and one.is_made):
                sequence += one
            else:
                sequence.append(one)
        return sequence

    def tuples(self, items: Any, tuples: Any, frame: Frame) -> Any:
        """What the step gives of all items, each with the names that are bound at it."""
        node = self._node
        found = Items()
        found.is_tuples = True
        if tuples is None:
            tuples = [Object({"@": item}) for item in (items if isinstance(items, list) else ())]
        frame.run.spend(len(tuples))
        for each in tuples:
            some = self.evaluate(each["@"], _at(frame, each))
            if some is NOTHING:
                continue
            streams = isinstance(some, Array) and some.is_tuples
            for place, one in enumerate(some if isinstance(some, list) else (some,)):
                if streams:
                    found.append(Object({**each, **one}))
                    continue
                bound: _Tuple = Object(each)
                bound[node.focus or "@"] = one
                if node.index:
                    bound[node.index] = place
                if node.ancestor is not None:
                    bound[node.ancestor.label] = each["@"]
                found.append(bound)
        return self._staged(found, frame)

    def _staged(self, found: Any, frame: Frame) -> Any:
        for stage in self._stages:
            if stage.kept is not None:
                found = stage.kept(found, frame)
            else:
                for place, bound in enumerate(found):
                    bound[stage.name] = place
        return found


class _Sort(_Step):
    """A step that sorts."""

    def __init__(self, node: Node, evaluate: Evaluate, stages: Sequence[_Stage], sorts: Evaluate) -> None:
        super().__init__(node, evaluate, stages)
        self._sorts = sorts

    def items(self, items: Any, frame: Frame) -> Any:
        return self._staged(self._sorts(items, frame), frame)

    def tuples(self, items: Any, tuples: Any, frame: Frame) -> Any:
        if tuples is not None:
            found = self._sorts(tuples, frame)
        else:
            found = Items()
            for place, item in enumerate(self._sorts(items, frame)):
                found.append(Object({"@": item, self._node.index or "": place}))
            found.is_tuples = True
        return self._staged(found, frame)


def _at(frame: Frame, bound: _Tuple) -> Frame:
    return Frame(frame, bound, frame.run, frame.depth)


def _one_tuple(bound: Any) -> _Tuple:
    """The tuples of a group as one, each name with all its values."""
    if not isinstance(bound, list):
        return dict(bound)
    result = dict(bound[0])
    for each in bound[1:]:
        for name, value in each.items():
            result[name] = appended(result.get(name, NOTHING), value)
    return result


def _update(match: Any, update: Any) -> None:
    if update is NOTHING:
        return
    if not isinstance(update, dict):
        raise JsonataError("T2011", value=update)
    if isinstance(match, dict):
        match.update(update)
    elif update and not isinstance(match, list):
        raise JsonataError("U1004", value="what is no object has no members")


def _delete(match: Any, deletions: Any) -> None:
    if deletions is NOTHING:
        return
    names = deletions if isinstance(deletions, list) else [deletions]
    if not all(type(name) is str for name in names):
        raise JsonataError("T2012", value=deletions)
    if isinstance(match, dict):
        for name in names:
            match.pop(name, None)
