"""What is imported compiles back to what it was: the same states under the same names, which do the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import CheckError, StateMachine, asl, json_values
from keyflow.check import all_rules, document_of, json5
from keyflow.compiler import compile_workflow
from keyflow.engine import Stubs, from_mock_configuration, run
from keyflow.interop import Imported, imported, source_of, with_operations
from keyflow.placeholders import filled
from tests.asl.definitions import VALID
from tests.e2e.test_random_definitions import CASE, configuration
from tests.random_definitions import DATA, definitions
from tests.random_graphs import RandomGraph
from tests.recordings.recorded import MISSING, recordings

ROOT = Path(__file__).parents[2]
HANDWRITTEN = sorted((ROOT / "tests" / "handwritten").glob("*.asl.json"))
OURS = sorted([*(ROOT / "build").glob("*.asl.json"), *(ROOT / "tests" / "golden").rglob("*.asl.json")])


def executed(imports: Imported) -> StateMachine:
    """The state machine that the written Python makes."""
    made: dict[str, Any] = {}
    source = source_of(imports.machine, imports.parameters.values(), "file.asl.json")
    exec(compile(source, "imported.py", "exec"), made)
    machine = made["machine"]
    assert isinstance(machine, StateMachine)
    return machine


def round_trip(document: Any) -> Imported:
    imports = imported(document, "Imported")
    assert text_of(compile_workflow(executed(imports)).document) == text_of(document)
    return imports


def text_of(document: Any) -> str:
    """JSON in which equal documents are equal to the letter: 2 is not 2.0, and true is not 1."""
    return json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_what_keyflow_has_compiled_is_written_in_its_own_words(file: Path) -> None:
    assert round_trip(json.loads(file.read_text())).verbatim == frozenset()


@pytest.mark.parametrize("file", HANDWRITTEN, ids=lambda file: file.name)
def test_what_people_write_is_written_in_keyflows_own_words(file: Path) -> None:
    """A placeholder that says which operation it stands for becomes that operation."""
    document = json.loads(file.read_text())
    assert round_trip(document).verbatim == frozenset()
    operations = round_trip(with_operations(document))
    source = source_of(operations.machine, operations.parameters.values(), file.name)
    assert "resource(" not in source
    assert "dynamodb.get_item(" in source


@pytest.mark.parametrize("name", VALID)
def test_every_field_of_the_language(name: str) -> None:
    round_trip(VALID[name])


@pytest.mark.parametrize("code", sorted(code for code in all_rules() if code < "KF900"))
def test_whatever_the_model_can_hold_is_kept_or_refused(code: str) -> None:
    rule = all_rules()[code]
    for example in (rule.good, rule.bad):
        document = document_of(example)
        try:
            document = json.loads(document) if isinstance(document, str) else document
            round_trip(document)
        except (ValueError, CheckError):
            assert example is not rule.good or isinstance(example, str)


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_graph(random: Random) -> None:
    """Loops, jumps and shared handlers included: each state in keyflow's own words."""
    assert round_trip(RandomGraph(random).definition).verbatim == frozenset()


@given(definitions())
@settings(max_examples=60, deadline=None)
def test_it_runs_the_same(drawn: tuple[dict[str, Any], dict[str, list[Any]]]) -> None:
    definition, answers = drawn
    back = compile_workflow(executed(imported(definition, "Imported"))).document
    ends = []
    for document in (definition, back):
        stubs = from_mock_configuration(configuration("M", answers), "M", CASE) if answers else Stubs({})
        ended = run(asl.parse(document), DATA, stubs, seed=1)
        ends.append((ended.status, ended.output, ended.error, ended.cause, ended.path))
    assert ends[0] == ends[1]


@given(definitions())
@settings(max_examples=30, deadline=None)
def test_what_is_broken_is_refused_with_a_diagnostic(drawn: tuple[dict[str, Any], dict[str, list[Any]]]) -> None:
    """A state taken out of the middle: a diagnostic, or (where nothing led to it) the rest unchanged."""
    definition, _answers = drawn
    name = list(definition["States"])[-1]
    del definition["States"][name]
    try:
        round_trip(definition)
    except CheckError as refused:
        codes = {each.code for each in refused.diagnostics}
    else:
        codes = {"KF107"}
    assert codes == {"KF107"}


MAP = {"Type": "Map", "Iterator": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}, "End": True}


@pytest.mark.parametrize(
    ("state", "written"),
    [
        (MAP, "iterator=True"),
        ({**MAP, "Parameters": {"x.$": "$.y"}}, 'parameters={"x": data["y"]}'),
        ({**MAP, "Retry": [{"ErrorEquals": ["E"], "JitterStrategy": "NONE"}]}, 'jitter="NONE"'),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%$x%}", "End": True}, 'jsonata("{%$x%}")'),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%  $x  %}", "End": True}, 'jsonata("{%  $x  %}")'),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x %}", "End": True}, 'jsonata("$x")'),
    ],
)
def test_older_words_and_spellings_stay(state: dict[str, Any], written: str) -> None:
    imports = round_trip({"StartAt": "M", "States": {"M": state}})
    assert imports.verbatim == frozenset()
    assert written in source_of(imports.machine, (), "f")


A, B, C = ({"Variable": f"$.{name}", "NumericEquals": 1} for name in "abc")
TEST = {"Variable": "$.a", "IsPresent": True}


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ({"And": [A, B, C]}, '(data["a"] == 1) & (data["b"] == 1) & (data["c"] == 1)'),
        ({"And": [{"And": [A, B]}, C]}, 'all_of((data["a"] == 1) & (data["b"] == 1), data["c"] == 1)'),
        ({"And": [A, {"And": [B]}]}, '(data["a"] == 1) & all_of(data["b"] == 1)'),
        ({"Or": [{"Or": [A, B]}, {"Or": [C]}]}, 'any_of((data["a"] == 1) | (data["b"] == 1), any_of(data["c"] == 1))'),
        ({"Or": [{"And": [A, B]}, C]}, '((data["a"] == 1) & (data["b"] == 1)) | (data["c"] == 1)'),
        ({"Or": [A]}, 'any_of(data["a"] == 1)'),
        ({**TEST, "IsPresent": False}, '~data["a"].is_present()'),
        ({"Not": TEST}, 'not_(data["a"].is_present())'),
        ({"Not": {**TEST, "IsPresent": False}}, '~(~data["a"].is_present())'),
        ({"Not": {"Not": TEST}}, '~not_(data["a"].is_present())'),
        ({"Not": A}, '~(data["a"] == 1)'),
        ({"Not": {"And": [{"And": [A]}, TEST]}}, '~(all_of(data["a"] == 1) & data["a"].is_present())'),
    ],
)
def test_a_condition_keeps_its_form(condition: dict[str, Any], written: str) -> None:
    states = {"C": {"Type": "Choice", "Choices": [{**condition, "Next": "D"}]}, "D": {"Type": "Succeed"}}
    imports = round_trip({"StartAt": "C", "States": states})
    assert imports.verbatim == frozenset()
    source = " ".join(source_of(imports.machine, (), "f").split()).replace("( ", "(").replace(", )", ")")
    assert f"when({written}, name" in source


@pytest.mark.parametrize("pattern", ["^a", "[a-z]+", "a$"])
def test_a_pattern_that_keyflow_refuses_stays_json(pattern: str) -> None:
    rule = {"Variable": "$.a", "StringMatches": pattern, "Next": "D"}
    imports = round_trip(
        {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [rule]}, "D": {"Type": "Fail"}}}
    )
    assert imports.verbatim == {"C"}
    assert "regular expression" in imports.reasons["C"]


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of any form: connectives in one another, of one or several conditions, and negated tests."""
    tests = st.builds(lambda name, value: {"Variable": name, "IsNull": value}, st.just("$.a"), st.booleans())
    return st.recursive(
        st.one_of(tests, st.sampled_from((A, B, C))),
        lambda inner: st.one_of(
            st.builds(lambda key, each: {key: each}, st.sampled_from(("And", "Or")), st.lists(inner, min_size=1)),
            st.builds(lambda each: {"Not": each}, inner),
        ),
        max_leaves=8,
    )


@given(conditions())
@settings(max_examples=200, deadline=None)
def test_any_condition_keeps_its_form(condition: dict[str, Any]) -> None:
    states = {"C": {"Type": "Choice", "Choices": [{**condition, "Next": "D"}]}, "D": {"Type": "Succeed"}}
    assert round_trip({"StartAt": "C", "States": states}).verbatim == frozenset()


def test_what_has_no_words_stays_json() -> None:
    """A state with a member that keyflow does not know keeps it, and all around it is still Python."""
    document = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {
                "Type": "Task",
                "Resource": "r",
                "Future": {"x": [1]},
                "Catch": [{"ErrorEquals": ["E"], "Next": "D"}],
                "Next": "C",
            },
            "C": {"Type": "Pass", "End": True},
            "D": {"Type": "Pass", "Next": "A"},
        },
    }
    assert round_trip(document).verbatim == {"B"}


def test_names_that_stand_twice_stay_where_they_are() -> None:
    branch = {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": True}}}
    document = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [branch, branch], "End": True}}}
    assert round_trip(document).verbatim == {"P"}


def test_jsonata_and_variables() -> None:
    document = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "QueryLanguage": "JSONata",
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:getItem",
                "Arguments": {"TableName": "t", "Key": {"pk": {"S": "{% $states.input.id %}"}}},
                "Assign": {"found": "{% $states.result.Item %}"},
                "Output": "{%$states.input%}",
                "Next": "Found?",
            },
            "Found?": {
                "QueryLanguage": "JSONata",
                "Type": "Choice",
                "Choices": [{"Condition": "{% $exists($found) %}", "Assign": {"n": 1}, "Next": "Each"}],
                "Default": "Old",
            },
            "Each": {
                "QueryLanguage": "JSONata",
                "Type": "Map",
                "Items": "{% $found.list %}",
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "One",
                    "States": {
                        "One": {
                            "Type": "Pass",
                            "QueryLanguage": "JSONata",
                            "Output": "{% $states.input %}",
                            "End": True,
                        }
                    },
                },
                "ToleratedFailurePercentage": 5,
                "End": True,
            },
            "Old": {
                "Type": "Pass",
                "Parameters": {"a.$": "$found.x", "b.$": "$$.Execution.Id", "c.$": "$..deep"},
                "End": True,
            },
        },
    }
    imports = round_trip(document)
    assert imports.verbatim == frozenset()
    source = source_of(imports.machine, (), "x")
    assert 'dynamodb.get_item(TableName="t", Key={"pk": {"S": jsonata("$states.input.id")}})' in source
    assert 'jsonata("$exists($found)"), name="Found?", rule={"assign": {"n": 1}}, query_language="JSONata"' in source
    assert 'machine.variable("found")["x"]' in source


def test_a_loop_reads_as_one() -> None:
    document = {
        "StartAt": "Start",
        "States": {
            "Start": {"Type": "Pass", "Next": "Wait"},
            "Wait": {"Type": "Wait", "SecondsPath": "$.pause", "Next": "Look"},
            "Look": {"Type": "Task", "Resource": "${LookFunctionArn}", "Next": "Done?"},
            "Done?": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.state", "StringEquals": "FAILED", "Next": "Failed"},
                    {"Variable": "$.state", "StringEquals": "DONE", "Next": "Thanks"},
                ],
                "Default": "Wait",
            },
            "Failed": {"Type": "Fail", "ErrorPath": "$.error", "Cause": "it failed"},
            "Thanks": {"Type": "Pass", "Next": "End"},
            "End": {"Type": "Succeed"},
        },
    }
    imports = round_trip(document)
    source = source_of(imports.machine, imports.parameters.values(), "poll.asl.json")
    assert (
        source
        == '''"""Imported, imported from poll.asl.json."""

from keyflow import Parameter, StateMachine
from keyflow.aws import function

look_function_arn = Parameter("LookFunctionArn")

machine = StateMachine("Imported", type="STANDARD")
data = machine.data

machine.pass_state("Start")
machine.wait("Wait", data["pause"])
machine.task("Look", function(look_function_arn))
with machine.when(data["state"] == "FAILED", name="Done?"):
    machine.fail("Failed", data["error"], "it failed")
with machine.otherwise(data["state"] == "DONE"):
    pass  # goes on after the block
with machine.otherwise():
    machine.go_to("Wait")
machine.pass_state("Thanks")
machine.succeed("End")
'''
    )


def test_a_state_that_leads_nowhere_is_named() -> None:
    document = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Bee"}, "Be": {"Type": "Pass", "End": True}}}
    with pytest.raises(CheckError) as caught:
        imported(document, "M")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.hint) == ("KF107", "did you mean 'Be'?")


def test_formatters_leave_the_text_alone(tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff is not None
    assert HANDWRITTEN
    for file in HANDWRITTEN:
        imports = imported(with_operations(json.loads(file.read_text())), "M")
        (tmp_path / f"{file.name.split('.')[0]}.py").write_text(
            source_of(imports.machine, imports.parameters.values(), file.name)
        )
    done = subprocess.run(
        [ruff, "format", "--isolated", "--line-length", "120", "--diff", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def task_with(*retriers: dict[str, Any]) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:F", "Retry": list(retriers)}
    return {"StartAt": "A", "States": {"A": {**state, "Next": "B"}, "B": {**state, "End": True}}}


@pytest.mark.parametrize(
    "retrier",
    [
        {"ErrorEquals": ["E"]},
        {"ErrorEquals": ["E"], "IntervalSeconds": 1},
        {"ErrorEquals": ["E"], "MaxAttempts": 0, "BackoffRate": 2.0},
        {"ErrorEquals": ["E"], "MaxAttempts": 3, "Comment": "as often as it takes"},
    ],
)
def test_a_retrier_stays_as_it_was_written(retrier: dict[str, Any]) -> None:
    """Defaults are written where they were, and nowhere else; a comment is kept."""
    document = task_with(retrier)
    imports = round_trip(document)
    assert compile_workflow(executed(imports)).document == document
    assert imports.verbatim == frozenset()


def test_retries_that_are_repeated_have_one_name() -> None:
    imports = round_trip(task_with({"ErrorEquals": ["E"], "MaxAttempts": 9}))
    source = source_of(imports.machine, (), "x")
    assert source.count("Retry(") == 1
    assert source.count("retry=retry") == 2


def test_one_odd_state_stays_json_alone_and_says_why() -> None:
    """A fixed result has keys like any other: https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html"""
    odd = {"Type": "Pass", "Result": {"a": [{"b.$": "$.c"}]}, "Next": "B"}
    document = {"StartAt": "A", "States": {"A": odd, "B": {"Type": "Pass", "End": True}}}
    imports = round_trip(document)
    assert imports.verbatim == {"A"}
    assert imports.states == 2
    assert "# JSON, for keyflow has no fixed result" in source_of(imports.machine, (), "x", imports.reasons)


def test_a_reason_is_one_comment_whatever_it_says() -> None:
    """A field's name is the author's: it may hold a line break, and Python behind it."""
    state = {"Type": "Pass", "x\nraise SystemExit(1)\u2028\r#": 1, "End": True}
    imports = imported({"StartAt": "A", "States": {"A": state}}, "X")
    source = source_of(imports.machine, (), "x", imports.reasons)
    (line,) = (each for each in source.splitlines() if "raise SystemExit" in each and each.startswith("#"))
    assert len(line) <= 120
    exec(compile(source, "imported.py", "exec"), {})


@pytest.mark.parametrize(
    "path",
    [
        "$['a\\.b']",
        "$['line\\n']",
        "$['a\\\\b']",
        '$["a"]',
        "$['a']",
        "States.Format('{}',$.x)",
        "States.ArrayGetItem( $.x, 0 )",
    ],
)
def test_a_path_is_spelt_as_it_was(path: str) -> None:
    document = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"x.$": path}, "End": True}}}
    imports = round_trip(document)
    assert compile_workflow(executed(imports)).document == document


LATE = """{"StartAt": "C", "TimeoutSeconds": ${All}, "States": {
"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": ${Part}, "Next": "M"},
    {"Variable": "$.b", "BooleanEquals": ${Yes}, "Next": "M"}], "Default": "M"},
"M": {"Type": "Map", "MaxConcurrency": ${Count}, "ToleratedFailurePercentage": ${Part}, "Next": "V",
    "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true,
        "Result": {"x": ${Any}, "t": "${Any}", "s": "a ${Count} b", "u": "${Text}"}}}}},
"V": {"Type": "Pass", "Result": {"x.$": ${Any}}, "Next": "D"},
"D": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:query", "TimeoutSeconds": ${Count}, "End": true,
    "Parameters": {"TableName": "${Text}", "Limit": ${Count}}, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": ${Count}}]}
}}"""


def test_placeholders_without_quotes_are_parameters_of_the_type_of_their_fields() -> None:
    """The artefact has them without quotes where they had none: so CloudFormation makes numbers of them."""
    document = json5.parse(LATE).value
    imports = imported(document, "Imported")
    types = {name: each.type for name, each in imports.parameters.items()}
    assert types == {"All": int, "Part": float, "Yes": bool, "Count": int, "Any": object, "Text": str}
    assert imports.verbatim == {"V"}
    made = json_values.indented(compile_workflow(executed(imports)).document).decode()
    values = {"All": "9", "Part": "0.5", "Yes": "true", "Count": "3", "Any": "1", "Text": "t"}
    assert json.loads(filled(made, values)) == json.loads(filled(LATE, values))


def test_a_placeholder_in_quotes_is_no_number() -> None:
    """AWS answers "Expected value of type Integer": https://github.com/aws/serverless-application-model/issues/1616"""
    state = {"Type": "Wait", "Seconds": "${Delay}", "End": True}
    (problem,) = asl.validate({"StartAt": "A", "States": {"A": state}})
    assert "not of type 'integer'" in problem.message
    assert problem.hint is not None
    assert "without" in problem.hint


@pytest.mark.skipif(not recordings("executions.jsonl"), reason=MISSING)
@pytest.mark.parametrize("name", ["executions.jsonl", "choices.jsonl"])
def test_what_was_recorded_comes_out_as_it_went_in(name: str) -> None:
    """The definitions of AWS's recordings, each once."""
    for text in {text_of(each["definition"]) for each in recordings(name)}:
        round_trip(json.loads(text))


def test_what_people_write_comes_out_as_it_went_in() -> None:
    for state in _every_kind():
        document = {"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}
        assert compile_workflow(imported(document, "X").machine).document == document


def _every_kind() -> list[dict[str, Any]]:
    """States as people write them, most of them."""
    arn = "arn:aws:states:::dynamodb:getItem"
    given = {"TableName": "t", "Key": {"pk": {"S.$": "$.id"}}}
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    return [
        {"Type": "Task", "Resource": arn, "Parameters": given, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "B"},
        {"Type": "Task", "Resource": arn, "Parameters": given, "Catch": caught, "ResultPath": None, "Next": "B"},
        {"Type": "Pass", "Result": {"a": [1, None, "x"]}, "ResultPath": "$.a", "Next": "B"},
        {"Type": "Wait", "SecondsPath": "$.pause", "Next": "B"},
        {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": False, "Next": "B"}], "Default": "B"},
        {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEqualsPath": "$.y", "Next": "B"}], "Default": "B"},
        {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.x %}", "Next": "B"},
    ]
