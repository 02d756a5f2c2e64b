"""So many requests, by so many connections, in so much time: no more of any, whatever the requests do."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.operations.load import GRACE_SECONDS, Answer, Plan, Send, sent

PLAN = Plan(requests=20, connections=4, warmup=3, seconds=30, timeout=5)
FINE = Answer(status="200", succeeded=True)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 9))
def test_each_number_is_sent_once_and_the_warm_up_is_not_measured(requests: int, connections: int, warmup: int) -> None:
    numbers: list[int] = []

    def send(number: int) -> Answer:
        numbers.append(number)
        return FINE

    load = sent(replace(PLAN, requests=requests, connections=connections, warmup=warmup), lambda: send)
    assert sorted(numbers) == list(range(1, warmup + requests + 1))
    assert [each.number for each in load.measured] == list(range(warmup + 1, warmup + requests + 1))
    assert (load.failed, load.was_cut, len(load.times)) == (0, False, requests)


def test_so_many_are_under_way_at_a_time_and_no_more() -> None:
    together = threading.Barrier(4)
    now, most = 0, 0
    lock = threading.Lock()

    def send(number: int) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        if number <= 4:
            together.wait(timeout=5)  # four are there at once, or this breaks
        with lock:
            now -= 1
        return FINE

    connections: list[Send] = []

    def connect() -> Send:
        connections.append(send)
        return send

    assert sent(replace(PLAN, warmup=0), connect).failed == 0
    assert (most, len(connections)) == (4, 4)


def test_no_more_are_sent_when_the_time_is_over() -> None:
    def send(_number: int) -> Answer:
        time.sleep(0.05)
        return FINE

    began = time.perf_counter()
    load = sent(replace(PLAN, requests=10_000, warmup=0, seconds=0.3), lambda: send)
    assert time.perf_counter() - began < 2
    assert load.was_cut
    assert 4 <= len(load.measured) <= 4 * 7


def test_a_request_that_never_ends_is_given_up() -> None:
    """One connection hangs for ever, as if a server sent a byte a minute; the others go on."""
    hangs = threading.Event()

    def send(number: int) -> Answer:
        if number == 2:
            hangs.wait(30)
        return FINE

    began = time.perf_counter()
    load = sent(replace(PLAN, warmup=0, seconds=0.2, timeout=0.2), lambda: send)
    took = time.perf_counter() - began
    hangs.set()
    assert took < 0.4 + GRACE_SECONDS + 1
    assert [(each.number, each.answer.error) for each in load.measured if not each.answer.succeeded] == [(2, "timeout")]
    assert len(load.measured) == 20


def test_throughput_is_of_what_succeeded() -> None:
    def send(number: int) -> Answer:
        time.sleep(0.01)
        return FINE if number % 2 else Answer(status="500")

    load = sent(replace(PLAN, warmup=0), lambda: send)
    assert load.failed == 10
    assert load.throughput == pytest.approx(10 / load.seconds)


def test_what_is_done_is_reported() -> None:
    def send(_number: int) -> Answer:
        time.sleep(0.05)
        return FINE

    reported: list[int] = []
    sent(replace(PLAN, warmup=0), lambda: send, reported.append)
    assert reported == sorted(reported)
    assert reported[-1] <= 20
