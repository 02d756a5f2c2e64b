"""Trees as they are evaluated: steps gathered in paths, filters and groups at their steps, `%` at what it leads to."""

from __future__ import annotations

from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax import Node, written

_PLAIN = frozenset(("string", "number", "value", "wildcard", "descendant", "variable", "regex"))


def parse(text: str) -> Node:
    """The tree of an expression; raises `JsonataError`."""
    try:
        tree = _Gathering().gathered(written(text))
    except RecursionError:
        raise JsonataError("U1001") from None
    if tree.type == "parent" or tree.seeking is not None:
        raise JsonataError("S0217", token=tree.type, position=tree.position)
    return tree


class _Slot:
    """What a `%` stands for: the value so many levels up, under a name of its own."""

    def __init__(self, label: str, index: int) -> None:
        self.label, self.level, self.index = label, 1, index


class _Gathering:
    """One expression on its way; it counts the `%` in it."""

    def __init__(self) -> None:
        self._parents: list[Node] = []

    def gathered(self, node: Node) -> Node:
        """A written node as it is evaluated."""
        if node.type in _PLAIN:
            return node
        find = getattr(self, f"_{node.type}", None) if node.type in _KINDS else None
        if find is None:
            code = "S0207" if node.type == "(end)" else "S0206"
            raise JsonataError(code, token=node.value, position=node.position)
        result: Node = find(node)
        if node.keeps_array:
            result.keeps_array = True
        return result

    def _binary(self, node: Node) -> Node:
        match node.value:
            case ".":
                return self._step(node)
            case "[":
                return self._filter(node)
            case "{":
                return self._group(node)
            case "^":
                return self._sort(node)
            case ":=":
                result = Node("bind", node.value, node.position, lhs=node.lhs, rhs=self.gathered(node.rhs))
                _hand_up(result, result.rhs)
                return result
            case "@":
                return self._focus(node)
            case "#":
                return self._index(node)
            case "~>":
                result = Node("apply", node.value, node.position)
                result.lhs, result.rhs = self.gathered(node.lhs), self.gathered(node.rhs)
                result.keeps_array = result.lhs.keeps_array or result.rhs.keeps_array
                return result
        result = Node("binary", node.value, node.position)
        result.lhs, result.rhs = self.gathered(node.lhs), self.gathered(node.rhs)
        _hand_up(result, result.lhs)
        _hand_up(result, result.rhs)
        return result

    def _step(self, node: Node) -> Node:
        first = self.gathered(node.lhs)
        result = first if first.type == "path" else Node("path", steps=[first])
        if first.type == "parent":
            result.seeking = [first.slot]
        rest = self.gathered(node.rhs)
        if rest.type == "path":
            result.steps += rest.steps
        else:
            if rest.predicate is not None:
                rest.stages, rest.predicate = rest.predicate, None
            result.steps.append(rest)
        for step in result.steps:
            if step.type in ("number", "value"):
                raise JsonataError("S0213", value=step.value, position=step.position)
            if step.type == "string":
                step.type = "name"
        if any(step.keeps_array for step in result.steps):
            result.keeps_singleton = True
        for step in (result.steps[0], result.steps[-1]):
            if step.type == "unary" and step.value == "[":
                step.makes_array = True
        self._resolve(result)
        return result

    def _filter(self, node: Node) -> Node:
        result = self.gathered(node.lhs)
        is_path = result.type == "path"
        step = result.steps[-1] if is_path else result
        if step.group is not None:
            raise JsonataError("S0209", position=node.position)
        predicate = self.gathered(node.rhs)
        for slot in predicate.seeking or ():
            if slot.level == 1:
                self._seek(step, slot)
            else:
                slot.level -= 1
        if predicate.seeking is not None:
            _hand_up(step, predicate)
        kept = Node("filter", position=node.position, expression=predicate)
        if is_path:
            step.stages = [*(step.stages or ()), kept]
        else:
            step.predicate = [*(step.predicate or ()), kept]
        return result

    def _group(self, node: Node) -> Node:
        result = self.gathered(node.lhs)
        if result.group is not None:
            raise JsonataError("S0210", position=node.position)
        pairs = [(self.gathered(key), self.gathered(value)) for key, value in node.rhs]
        result.group = Node("group", position=node.position, lhs=pairs)
        return result

    def _sort(self, node: Node) -> Node:
        result = self.gathered(node.lhs)
        if result.type != "path":
            result = Node("path", steps=[result])
        step = Node("sort", position=node.position, terms=[])
        for term in node.rhs:
            expression = self.gathered(term.expression)
            _hand_up(step, expression)
            step.terms.append(Node("term", descending=term.descending, expression=expression))
        result.steps.append(step)
        self._resolve(result)
        return result

    def _focus(self, node: Node) -> Node:
        result = self.gathered(node.lhs)
        step = result.steps[-1] if result.type == "path" else result
        if step.stages is not None or step.predicate is not None:
            raise JsonataError("S0215", position=node.position)
        if step.type == "sort":
            raise JsonataError("S0216", position=node.position)
        step.keeps_array = step.keeps_array or node.keeps_array
        step.focus, step.is_tuple = node.rhs.value, True
        return result

    def _index(self, node: Node) -> Node:
        result = self.gathered(node.lhs)
        if result.type == "path":
            step = result.steps[-1]
        else:
            step, result = result, Node("path", steps=[result])
            if step.predicate is not None:
                step.stages, step.predicate = step.predicate, None
        if step.stages is None:
            step.index = node.rhs.value
        else:
            step.stages.append(Node("index", node.rhs.value, node.position))
        step.is_tuple = True
        return result

    def _unary(self, node: Node) -> Node:
        result = Node("unary", node.value, node.position)
        if node.value == "[":
            result.expressions = [self._handing(result, item) for item in node.expressions]
        elif node.value == "{":
            result.lhs = [(self._handing(result, key), self._handing(result, value)) for key, value in node.lhs]
        else:
            result.expression = self.gathered(node.expression)
            if result.expression.type == "number":
                result = result.expression
                result.value = -result.value if result.value else -0.0
            else:
                _hand_up(result, result.expression)
        return result

    def _handing(self, result: Node, part: Node) -> Node:
        found = self.gathered(part)
        _hand_up(result, found)
        return found

    def _function(self, node: Node) -> Node:
        result = Node(node.type, node.value, node.position)
        result.arguments = [self._handing(result, argument) for argument in node.arguments]
        result.procedure = self.gathered(node.procedure)
        return result

    _partial = _function

    def _lambda(self, node: Node) -> Node:
        body = _with_tail_calls(self.gathered(node.body))
        return Node("lambda", None, node.position, arguments=node.arguments, signature=node.signature, body=body)

    def _condition(self, node: Node) -> Node:
        result = Node("condition", None, node.position)
        result.condition = self._handing(result, node.condition)
        result.then = self._handing(result, node.then)
        if node.otherwise is not None:
            result.otherwise = self._handing(result, node.otherwise)
        return result

    def _transform(self, node: Node) -> Node:
        result = Node("transform", None, node.position)
        result.pattern, result.update = self.gathered(node.pattern), self.gathered(node.update)
        if node.delete is not None:
            result.delete = self.gathered(node.delete)
        return result

    def _block(self, node: Node) -> Node:
        result = Node("block", None, node.position)
        result.expressions = [self._handing(result, each) for each in node.expressions]
        result.makes_array = any(
            each.makes_array or (each.type == "path" and each.steps[0].makes_array) for each in result.expressions
        )
        return result

    def _name(self, node: Node) -> Node:
        return Node("path", steps=[node], keeps_singleton=node.keeps_array)

    def _parent(self, node: Node) -> Node:
        count = len(self._parents)
        result = Node("parent", None, node.position, slot=_Slot(f"!{count}", count))
        self._parents.append(result)
        return result

    def _operator(self, node: Node) -> Node:
        if node.value in ("and", "or", "in"):
            node.type = "name"
            return self.gathered(node)
        if node.value == "?":
            return node
        raise JsonataError("S0201", token=node.value, position=node.position)

    def _resolve(self, path: Node) -> None:
        """Finds the steps that the `%` of a path's last step lead to; what leads further is left to what is around."""
        last = path.steps[-1]
        slots = list(last.seeking or ()) if last.type != "parent" else [*(last.seeking or ()), last.slot]
        for each in slots:
            slot, index = each, len(path.steps) - 2
            while slot.level > 0:
                if index < 0:
                    path.seeking = [*(path.seeking or ()), slot]
                    break
                step = path.steps[index]
                index -= 1
                while index >= 0 and step.focus and path.steps[index].focus:
                    step = path.steps[index]
                    index -= 1
                slot = self._seek(step, slot)

    def _seek(self, node: Node, slot: Any) -> Any:
        match node.type:
            case "name" | "wildcard":
                slot.level -= 1
                if slot.level == 0:
                    if node.ancestor is not None:
                        self._parents[slot.index].slot.label = node.ancestor.label
                    node.ancestor, node.is_tuple = slot, True
            case "parent":
                slot.level += 1
            case "block":
                if node.expressions:
                    node.is_tuple = True
                    slot = self._seek(node.expressions[-1], slot)
            case "path":
                node.is_tuple = True
                index = len(node.steps) - 1
                slot = self._seek(node.steps[index], slot)
                while slot.level > 0 and index > 0:
                    index -= 1
                    slot = self._seek(node.steps[index], slot)
            case _:
                raise JsonataError("S0217", token=node.type, position=node.position)
        return slot


_KINDS = frozenset((
    "binary", "unary", "function", "partial", "lambda", "condition", "transform", "block", "name", "parent", "operator",
))  # fmt: skip


def _hand_up(result: Node, part: Node) -> None:
    """What a part seeks of what is around it, the whole seeks, too."""
    if part.seeking is None and part.type != "parent":
        return
    slots = [*(part.seeking or ()), *((part.slot,) if part.type == "parent" else ())]
    result.seeking = [*(result.seeking or ()), *slots]


def _with_tail_calls(node: Node) -> Node:
    """A function's body whose last calls are made when it is over, so that they take no depth."""
    if node.type == "function" and not node.predicate:
        return Node("lambda", None, node.position, is_thunk=True, arguments=[], body=node)
    if node.type == "condition":
        node.then = _with_tail_calls(node.then)
        if node.otherwise is not None:
            node.otherwise = _with_tail_calls(node.otherwise)
    elif node.type == "block" and node.expressions:
        node.expressions[-1] = _with_tail_calls(node.expressions[-1])
    return node
