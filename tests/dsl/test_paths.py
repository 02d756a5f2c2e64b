"""Paths as API Gateway keeps them."""

from __future__ import annotations

import pytest

from keyflow.dsl.paths import conflicts, misplaced, names_in_path


def test_names_stand_in_braces() -> None:
    assert names_in_path("/orders/{id}/{rest+}") == ("id", "rest")
    assert names_in_path("/orders") == ()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "/orders/{rest+}/items",
            "{rest+} of /orders/{rest+}/items takes the whole rest of a path, and is not its end",
        ),
        ("/{id}/parts/{id}", "/{id}/parts/{id} names two parts {id}"),
        ("/{id}/parts/{id+}", "/{id}/parts/{id+} names two parts {id}"),
        ("/orders/{rest+}", None),
        ("/{a}/{b}", None),
        ("/", None),
    ],
)
def test_variables_that_are_misplaced(path: str, problem: str | None) -> None:
    assert misplaced(path) == problem


@pytest.mark.parametrize(
    ("path", "other", "instead"),
    [
        ("/x/{id}", "/x/{name}", "/x/{name}"),
        ("/x/{id}/parts", "/x/{name}", "/x/{name}/parts"),
        ("/x/{id}", "/x/{name}/parts", "/x/{name}"),
        ("/x/{id}", "/x/{rest+}", "/x/{rest+}"),
        ("/{a}", "/{b}", "/{b}"),
    ],
)
def test_two_variables_at_one_place(path: str, other: str, instead: str) -> None:
    assert conflicts(["/y", "/x", other, path]) == {path: (other, instead)}


@pytest.mark.parametrize(
    "other", ["/x/{id}", "/x/{id}/parts", "/y/{name}", "/x/fixed", "/x/fixed/{name}", "/{any}", "/"]
)
def test_what_may_stand_beside_a_variable(other: str) -> None:
    assert conflicts([other, "/x/{id}"]) == {}
