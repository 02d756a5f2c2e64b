"""Another website's requests are told by the headers that a browser sets, and no page can."""

from __future__ import annotations

import pytest

from keyflow.serve.guard import refusal

HERE = {"host": "localhost:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8000"},
        {"host": "127.0.0.1:8000"},
        {"host": "[::1]:8000"},
        {**HERE, "origin": "http://localhost:3000"},
        {**HERE, "origin": "https://shop.example"},
        {**HERE, "sec-fetch-site": "same-origin"},
        {**HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},  # a link that a person follows
    ],
)
def test_what_is_meant_for_it_comes_in(headers: dict[str, str]) -> None:
    assert refusal(headers, ["https://shop.example"]) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},
        {"host": "localhost.evil.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": "[::1"},
        {**HERE, "origin": "https://evil.example"},
        {**HERE, "origin": "https://localhost.evil.example"},
        {**HERE, "origin": "null"},
        {**HERE, "origin": "http://["},
        {**HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
def test_what_another_website_sends_does_not(headers: dict[str, str]) -> None:
    assert refusal(headers, ["https://shop.example"]) is not None
