"""Conditions and updates of DynamoDB, held against moto's own evaluator, and against what nobody knows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyflow.dynamodb.attributes import (
    MISSING,
    UNKNOWN,
    Counted,
    Item,
    same,
)
from keyflow.dynamodb.evaluation import ExpressionError
from keyflow.dynamodb.expressions import Expressions

ITEM: dict[str, Any] = {
    "pk": {"S": "key"},
    "caption": {"S": "alpha"},
    "amount": {"N": "7"},
    "marked": {"BOOL": True},
    "none": {"NULL": True},
    "holder": {"M": {"keeper": {"S": "me"}, "core": {"M": {"n": {"N": "1"}}}}},
    "parts": {"L": [{"S": "a"}, {"N": "2"}]},
    "labels": {"SS": ["a", "b"]},
    "sizes": {"NS": ["1", "2"]},
}
NAMES = {"#text": "caption", "#map": "holder", "#owner": "keeper", "#count": "amount", "#parts": "parts"}
VALUES: dict[str, Any] = {
    ":alpha": {"S": "alpha"},
    ":al": {"S": "al"},
    ":zeta": {"S": "zeta"},
    ":seven": {"N": "7.0"},
    ":eight": {"N": "8"},
    ":one": {"N": "1"},
    ":me": {"S": "me"},
    ":a": {"S": "a"},
    ":yes": {"BOOL": True},
    ":string": {"S": "S"},
    ":number": {"S": "N"},
    ":list": {"L": [{"S": "b"}]},
    ":set": {"SS": ["b", "c"]},
}
CONDITIONS = [
    "caption = :alpha",
    "#text <> :alpha",
    "amount = :seven",
    "#count < :eight AND #count >= :seven",
    "amount BETWEEN :one AND :eight",
    "caption BETWEEN :alpha AND :zeta",
    "caption IN (:zeta, :alpha)",
    "amount IN (:one, :eight)",
    "attribute_exists(caption)",
    "attribute_not_exists(caption)",
    "attribute_exists(holder.core.n) AND NOT attribute_exists(holder.nothing)",
    "attribute_type(caption, :string)",
    "attribute_type(amount, :string) OR attribute_type(amount, :number)",
    "begins_with(caption, :al)",
    "contains(caption, :al)",
    "contains(parts, :a)",
    "contains(labels, :a)",
    "size(#text) = :seven OR size(#parts) < :eight",
    "#map.#owner = :me",
    "holder.keeper = :alpha",
    "parts[0] = :a",
    "parts[7] = :a",
    "nowhere = :me",
    "nowhere <> :me",
    "marked = :yes",
    "(caption = :zeta OR amount > :one) AND NOT (marked <> :yes)",
    "caption = :zeta or amount > :one and marked <> :yes",
]
UPDATES = [
    "SET caption = :zeta",
    "SET #count = #count + :one",
    "SET #count = amount - :eight, caption = :me",
    "SET extra = if_not_exists(extra, :one), caption = if_not_exists(caption, :me)",
    "SET parts = list_append(parts, :list)",
    "SET holder.keeper = :zeta",
    "SET parts[0] = :zeta",
    "REMOVE caption, holder.keeper",
    "REMOVE parts[0]",
    "ADD amount :one",
    "ADD extra :one",
    "ADD labels :set",
    "DELETE labels :set",
    "SET caption = :zeta REMOVE amount ADD extra :eight",
]


def used(expression: str) -> dict[str, Any]:
    """The names and values that an expression uses: DynamoDB refuses others."""
    names = {name: meaning for name, meaning in NAMES.items() if name in expression}
    values = {name: VALUES[name] for name in re.findall(r":[a-z]+", expression)}
    found: dict[str, Any] = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {key: value for key, value in found.items() if value}


def holds_in_moto(client: Any, condition: str, item: dict[str, Any]) -> bool:
    client.put_item(TableName="t", Item=item)
    refused = client.exceptions.ConditionalCheckFailedException
    try:
        client.delete_item(TableName="t", Key={"pk": {"S": "key"}}, ConditionExpression=condition, **used(condition))
    except refused:
        return False
    return True


def ours() -> Expressions:
    return Expressions(names=NAMES, values=VALUES)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_holds_where_moto_says_so(table: Any, condition: str) -> None:
    assert ours().holds(condition, Item(dict(ITEM))) is holds_in_moto(table, condition, ITEM)
    bare = {"pk": ITEM["pk"]}
    if "size" in condition:
        return  # moto ends with an exception of its own where size() has no attribute
    assert ours().holds(condition, Item(dict(bare))) is holds_in_moto(table, condition, bare)


@pytest.mark.parametrize("update", UPDATES)
def test_an_update_makes_what_moto_makes_of_it(table: Any, update: str) -> None:
    table.put_item(TableName="t", Item=ITEM)
    table.update_item(TableName="t", Key={"pk": {"S": "key"}}, UpdateExpression=update, **used(update))
    theirs = table.get_item(TableName="t", Key={"pk": {"S": "key"}})["Item"]
    updated = ours().updated(update, Item(dict(ITEM)))
    mine = {name: value for name, value in updated.attributes.items() if value is not MISSING}
    assert mine.keys() == theirs.keys()
    assert all(same(mine[name], theirs[name]) for name in theirs), (mine, theirs)


simple = st.sampled_from([each for each in CONDITIONS if " " in each])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    joined=st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("({}) AND ({})".format, inner, inner),
            st.builds("({}) OR ({})".format, inner, inner),
            st.builds("NOT ({})".format, inner),
        ),
        max_leaves=4,
    )
)
def test_conditions_joined_at_random(table: Any, joined: str) -> None:
    assert ours().holds(joined, Item(dict(ITEM))) is holds_in_moto(table, joined, ITEM)


def test_what_nobody_knows_leaves_a_condition_open() -> None:
    somebodys = Item({"pk": {"S": "key"}}, open=True)
    assert ours().holds("caption = :alpha", somebodys) is None
    assert ours().holds("caption = :alpha OR pk <> :alpha", somebodys) is True
    assert ours().holds("caption = :alpha AND pk = :alpha", somebodys) is False
    assert ours().holds("NOT attribute_exists(caption)", somebodys) is None
    assert somebodys.at(("holder", "keeper")) is UNKNOWN


def test_what_is_not_known_is_never_ones_own() -> None:
    """Whoever wrote an item cannot have written what only this execution has."""
    mine = Expressions(names={}, values={":me": {"S": "me"}}, is_own=lambda value: value == {"S": "me"})
    somebodys = Item({}, open=True)
    assert mine.holds("keeper = :me", somebodys) is False
    assert mine.holds("keeper <> :me", somebodys) is True


def test_a_number_that_nobody_knows_is_counted_on() -> None:
    stock = Item({"left": Counted()}, open=True)
    given = Expressions(names={}, values={":n": {"N": "3"}})
    taken = given.updated("SET left = left - :n", stock)
    assert taken.at(("left",)) != stock.at(("left",))
    assert given.updated("SET left = left + :n", taken).at(("left",)) == Counted()
    assert given.holds("left >= :n", stock) is None


@pytest.mark.parametrize(
    "text",
    ["caption =", "= :alpha", "caption = :nothing", "#nothing = :alpha", "caption ! :alpha", "(caption = :me"],
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ExpressionError):
        ours().holds(text, Item(dict(ITEM)))
