"""DynamoDB's condition and update expressions, evaluated on an item of which not all may be known.

A condition holds, does not hold, or cannot be told (None), where it asks for an attribute that nothing says more of.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping

from keyflow.dataclass import dataclass
from keyflow.dynamodb.attributes import Item, Truth, assign
from keyflow.dynamodb.evaluation import ExpressionError, Given
from keyflow.dynamodb.grammar import Clause, clauses_of, condition_of


@dataclass(frozen=True, slots=True)
class Writes:
    """The attributes that an update writes to; among them the attributes that it counts on, and the lists that it
    appends to.
    """

    names: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    appended: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Expressions(Given):
    """The expressions of one call, with the names and values that are given to them."""

    def holds(self, condition: str, item: Item) -> Truth:
        """Whether a condition holds of an item.

        Raises:
            ExpressionError: It is no condition, or names something that is not given.
        """
        return condition_of(condition)(self, item)

    def updated(self, update: str, item: Item) -> Item:
        """The item after an update: all that it writes is computed from the item as it was.

        Raises:
            ExpressionError: It is no update expression, or names something that is not given.
        """
        result = Item(dict(item.attributes), item.open)
        written = [(clause.place(self), clause.value(self, item)) for clause in clauses_of(update)]
        for path, value in written:
            assign(result, path, value)
        return result

    def writes(self, update: str) -> Writes:
        """What an update writes to, whatever the item; nothing where it is no update expression."""
        anything = Item({}, open=True)
        try:
            clauses = clauses_of(update)
            names = [self._name(clause, anything) for clause in clauses]
        except ExpressionError:
            return Writes()
        counts = {name for name, clause in zip(names, clauses, strict=True) if self._adds_number(clause, anything)}
        counted = {str(place(self)[0]) for clause in clauses for place in clause.counts}
        appended = {str(place(self)[0]) for clause in clauses for place in clause.appends}
        return Writes(frozenset(names), frozenset(counts | counted), frozenset(appended))

    def _name(self, clause: Clause, item: Item) -> str:
        """The attribute that a clause writes to; raises `ExpressionError` where anything of it is not given."""
        clause.value(self, item)
        return str(clause.place(self)[0])

    def _adds_number(self, clause: Clause, item: Item) -> bool:
        operand = None if clause.adds is None else clause.adds(self, item)
        return operand is not None and (not isinstance(operand, Mapping) or "N" in operand)
