"""Ctrl-C ends every command with 130, wherever it comes."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from click.testing import CliRunner

from keyflow.cli import explain, main


class Interrupting:
    """A descriptor while whose class is made Ctrl-C comes."""

    def __set_name__(self, _owner: type, _name: str) -> None:
        raise KeyboardInterrupt


def while_a_class_is_made() -> None:
    type("Made", (), {"member": Interrupting()})


def at_any_other_time() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupt", [while_a_class_is_made, at_any_other_time])
def test_it_is_130_and_no_traceback(interrupt: object) -> None:
    with patch.object(explain.command, "callback", lambda **_options: interrupt()):  # type: ignore[operator]
        done = CliRunner().invoke(main, ["explain", "KF101"])
    assert (done.exit_code, done.stderr) == (130, "interrupted\n")


def test_a_mistake_of_keyflow_itself_is_none() -> None:
    def mistaken(**_options: object) -> None:
        raise RuntimeError("a mistake")

    with patch.object(explain.command, "callback", mistaken), pytest.raises(RuntimeError, match="a mistake"):
        CliRunner().invoke(main, ["explain", "KF101"], catch_exceptions=False)
