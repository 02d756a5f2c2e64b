"""CloudFormation's functions in definitions."""

from __future__ import annotations

from keyflow.check.cloudformation import joined, with_placeholders, with_plain_names


def test_what_a_template_says_in_its_own_functions() -> None:
    found = with_placeholders(
        {
            "a": {"Ref": "Queue"},
            "b": {"Fn::GetAtt": ["Job", "Arn"]},
            "c": {"Fn::Sub": "x-${AWS::Region}-${Job.Arn}"},
            "d": {"Fn::Sub": ["${N}/y", {"N": {"Ref": "Name"}}]},
            "e": {"Fn::GetAtt": "Table.StreamArn"},
            "f": {"Fn::Join": ["-", ["x", {"Ref": "Name"}, {"Fn::Select": [0, ["a"]]}]]},
            "g": {"Fn::If": ["IsLive", {"Fn::GetAtt": "A.Arn"}, {"Fn::GetAtt": "B.Arn"}]},
            "h": {"Fn::ImportValue": {"Fn::Sub": "${Stack}-Arn"}},
            "i": [{"Ref": "Queue", "and": "more"}, {"plain": {"Ref": "Queue"}}],
        }
    )
    assert found == {
        "a": "${Queue}",
        "b": "${JobArn}",
        "c": "x-${AWS::Region}-${JobArn}",
        "d": "${Name}/y",
        "e": "${TableStreamArn}",
        "f": "x-${Name}-${Select}",
        "g": "${AArn}",
        "h": "${ImportValue}",
        "i": [{"Ref": "Queue", "and": "more"}, {"plain": "${Queue}"}],
    }


def test_the_names_in_a_text_are_those_of_parameters() -> None:
    document = {"a": ["${Job.Arn} and ${AWS::Region}", 1], "b": "${Outer.Outputs.Arn}"}
    assert with_plain_names(document) == {"a": ["${JobArn} and ${AWS::Region}", 1], "b": "${OuterOutputsArn}"}


def test_texts_are_put_together() -> None:
    assert joined({"Fn::Join": ["", ["a", {"Fn::GetAtt": ["F", "Arn"]}, "b"]]}) == "a${FArn}b"
    assert joined({"Fn::Join": ["", {"Ref": "Parts"}]}) is None
    assert joined({"Fn::GetAtt": ["F", "Arn"]}) is None
