"""JSONata is that of npm's jsonata 2.0.6: random expressions and its own suite, case by case."""

from __future__ import annotations

import pytest

from tests.jsonata_language.engine import answer
from tests.jsonata_language.expressions import SEED, cases
from tests.jsonata_language.mistakes import mistakes
from tests.jsonata_language.reference import MISSING, answers, is_available, unexplained
from tests.jsonata_language.suite import suite

pytestmark = pytest.mark.skipif(not is_available(), reason=MISSING)
FEW = 2_000


def test_random_expressions_have_the_values_of_the_reference() -> None:
    some = list(cases(FEW))
    assert unexplained(some, answers(some), [answer(case) for case in some]) == []


def test_the_suite_of_the_reference_has_its_values() -> None:
    some = suite()
    assert len(some) > 1_600
    assert unexplained(some, answers(some), [answer(case) for case in some]) == []


def test_what_is_no_expression_any_more_is_none_of_the_reference() -> None:
    some = list(mistakes(FEW, SEED))
    assert unexplained(some, answers(some), [answer(case) for case in some]) == []
