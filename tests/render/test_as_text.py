"""Graphs as text for a terminal."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.render import graph, text
from tests.render.pictures import TRIP, one_state

EXPECTED = """\
● Book  (dynamodb:putItem) ↩ Unbook
│ Full, States.Timeout ┄▸ Unbook
│
◇ Paid?  (choice)
│ $.paid = true ─▸ next
│ otherwise ─▸ Unpaid
│
▣ Both  (parallel, 2 branches)
  ┌ branch 1
  │ ◉ Mail  (pass)
  └
  ┌ branch 2
  │ ◷ Text  (wait 5 s)
  └

✗ Unpaid  (fail: Unpaid)

after an error:
● Unbook  (dynamodb:deleteItem)
│
✗ Failed  (fail: Failed)
"""


def test_a_definition_as_text() -> None:
    assert text(graph(TRIP)) == EXPECTED


@settings(deadline=None)
@given(name=st.text(st.characters(exclude_categories=()), max_size=80))
def test_no_name_controls_the_terminal(name: str) -> None:
    shown = text(graph(one_state(name, Type="Pass", Next=name)))
    assert shown.replace("\n", "").isprintable()
    assert len(shown.splitlines()) == 2


def test_a_loop_ends() -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}
    assert text(graph({"StartAt": "B", "States": states})) == "● B  (pass)\n│\n● A  (pass)\n  ─▸ B\n"


def test_long_labels_are_shortened() -> None:
    catch = [{"ErrorEquals": [f"Some.Error{number}" for number in range(30)], "Next": "A"}]
    assert "+2" in text(graph(one_state("A", Type="Task", Catch=catch, End=True)))
