"""Texts that fit, and that can be shown."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyflow.render.lettering import ELLIPSIS, broken, listed, shortened, visible, width

ANY = st.text(st.characters(exclude_categories=()), max_size=300)


@settings(deadline=None)
@given(text=ANY)
def test_what_is_visible_can_stand_in_xml(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cs", "Cn"}


def test_control_characters_are_shown_and_not_dropped() -> None:
    assert visible("a\x00\n\x7f\x85\u202e\ud800\uffff") == "a␀␊␡⟨U+0085⟩⟨U+202E⟩⟨U+D800⟩⟨U+FFFF⟩"
    assert visible("Größe 数 → 😀") == "Größe 数 → 😀"


@settings(deadline=None)
@given(text=ANY.map(visible), lines=st.integers(1, 4))
@example(text="0A00⟨U+0090⟩⟨U+381FB⟩<<<⺀⟨U+0080⟩", lines=3)  # as wide as the line, to the last bit of a sum
def test_broken_lines_fit(text: str, lines: int) -> None:
    found = broken(text, 13, 156, lines)
    assert 1 <= len(found) <= lines
    assert all(width(line, 13) <= 156 for line in found)
    whole = "".join("".join(found).split())
    assert whole == "".join(text.split()) or whole.endswith(ELLIPSIS)


def test_a_text_is_broken_at_blanks_and_else_where_words_have_joints() -> None:
    assert broken("Write to Dead Letters (New)", 13, 120, 4) == ("Write to Dead", "Letters (New)")
    assert broken("sqs:sendMessage.waitForTaskToken", 11, 156, 2) == ("sqs:sendMessage.waitFor", "TaskToken")


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert shortened("abcdefgh", 10, 40) == "abcd…"
    assert shortened("abc", 10, 40) == "abc"
    assert broken("abcdefghijkl mn", 10, 40, 2) == ("abcdef", "ghijkl…")


def test_of_many_names_the_first_ones_are_written() -> None:
    assert listed(["States.Timeout"], 11, 150) == "States.Timeout"
    assert listed(["States.Timeout", "A.B", *["Another.Error"] * 10], 11, 180) == "States.Timeout, A.B, +10"


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    long = "x" * 1_000_000
    assert len(broken(long, 13, 156, 2)) == 2
    assert shortened(long, 1, 40).endswith(ELLIPSIS)
