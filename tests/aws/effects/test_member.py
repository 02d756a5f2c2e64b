"""Where a member of an undoing call comes from, read from the words of the file."""

from __future__ import annotations

import pytest

from keyflow.aws.effects import Member, Root


@pytest.mark.parametrize(
    ("words", "member"),
    [
        ("input.Name", Member(root=Root.INPUT, path=("Name",))),
        ("input.GroupName?", Member(root=Root.INPUT, path=("GroupName",), optional=True)),
        ("result.Key.KeyId", Member(root=Root.RESULT, path=("Key", "KeyId"))),
        ("result.tasks[0].taskArn", Member(root=Root.RESULT, path=("tasks", 0, "taskArn"))),
        ("result.Tasks[].Tasks", Member(root=Root.RESULT, path=("Tasks", None, "Tasks"))),
        ("[result.Id]", Member(root=Root.RESULT, path=("Id",), wrapped=True)),
        ("keys(input.tags)", Member(root=Root.INPUT, path=("tags",), keys=True)),
        ("part(input.Item)", Member(root=Root.INPUT, path=("Item",), part=True)),
        ("true", Member(literal="true")),
        ("token", Member()),
    ],
)
def test_a_member_is_read(words: str, member: Member) -> None:
    assert Member.read(words) == member
    assert Member.read(words).is_token is (words == "token")
