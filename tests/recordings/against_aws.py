"""`make test-aws`: the definitions, the policies and the mocked states of the recordings, asked of an AWS account.

Nothing is made, run or changed there: the calls are ValidateStateMachineDefinition, ValidatePolicy of IAM Access
Analyzer, and TestState with a mock, which calls no service. States without a mock are left out, for TestState would make
their calls. Executions that have run are read, where their ARNs are given, and replayed.

What AWS answers is written to `recorded/`: `executions.jsonl` and `teststate.jsonl` in the form of the recordings, so
that the tests replay them as they are, and `answers.jsonl` what it says of definitions and policies.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keyflow.check import deployed_definitions
from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients, aws_errors
from keyflow.deploy.validation import validated
from keyflow.diagnostics import DeployError, Severity
from tests.recordings.executions import compared
from tests.recordings.recorded import differences, recordings
from tests.recordings.recorder import Redaction, execution, state

BUILD = Path(__file__).parents[2] / "build"
WRITTEN = Path("recorded")
_MOCKED = ("inspectionLevel", "mock", "stateConfiguration", "stateName", "context", "variables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What AWS answered to one question, as the line of a file, and what is wrong with that; empty where nothing is."""

    kind: str
    name: str
    recorded: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    file: str = "answers.jsonl"


def main() -> None:
    """Asks, writes, and ends with 1 where an answer is another than the expected one, or nobody can be asked.

    The arguments are ARNs of executions that have run.
    """
    try:
        answers = list(asked(Clients(), sys.argv[1:]))
    except (DeployError, ValueError) as error:
        print(f"AWS was not asked, and nothing is tested: {error}")
        sys.exit(1)
    write(answers, WRITTEN)
    wrong = [each for each in answers if each.problems]
    for each in wrong:
        print(f"{each.kind} {each.name}: {'; '.join(each.problems)}")
    print(f"{len(answers)} answers in {WRITTEN}/, {len(wrong)} of them not as expected")
    sys.exit(1 if wrong else 0)


def write(answers: Sequence[Answer], folder: Path) -> None:
    """Writes the answers to their files, each a line."""
    folder.mkdir(exist_ok=True)
    for file in sorted({each.file for each in answers}):
        lines = (json.dumps(each.recorded, default=str) for each in answers if each.file == file)
        (folder / file).write_text("".join(f"{line}\n" for line in lines))


def asked(clients: Clients, executions: Sequence[str] = ()) -> Iterator[Answer]:
    """Every question's answer, and what is known of the executions with these ARNs."""
    for file in sorted(BUILD.glob("*.asl.json")):
        for definition in deployed_definitions(file):
            found = list(validated(clients, definition))
            errors = tuple(each.message for each in found if each.severity is Severity.ERROR)
            line = {"kind": "definition", "name": file.name, "recorded": [each.message for each in found]}
            yield Answer(kind="definition", name=file.name, recorded=Redaction({}).value(line), problems=errors)
    for file in sorted(BUILD.glob("*.policy.json")):
        yield _policy(clients, file)
    for recording in recordings("teststate.jsonl"):
        if "mock" in recording["options"]:
            yield _state(clients, recording)
    for arn in executions:
        yield _execution(clients, arn)


def _execution(clients: Clients, arn: str) -> Answer:
    """An execution that has run, against what the engine makes of it."""
    with aws_errors():
        recording = execution(clients.client("stepfunctions"), arn)
    differs = compared(recording).differs.items()
    problems = tuple(f"{aspect}: {found}" for aspect, every in differs for found in every)
    return Answer(
        kind="execution", name=recording["name"], recorded=recording, problems=problems, file="executions.jsonl"
    )


def _policy(clients: Clients, file: Path) -> Answer:
    with aws_errors():
        answer = clients.client("accessanalyzer").validate_policy(
            policyDocument=file.read_text(), policyType="IDENTITY_POLICY"
        )
    errors = tuple(f"{each['issueCode']}: {each['findingDetails']}" for each in _errors(answer))
    line = {"kind": "policy", "name": file.name, "recorded": answer["findings"]}
    return Answer(kind="policy", name=file.name, recorded=Redaction({}).value(line), problems=errors)


def _errors(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (each for each in answer["findings"] if each["findingType"] in ("ERROR", "SECURITY_WARNING"))


def _state(clients: Clients, recording: Mapping[str, Any]) -> Answer:
    """One state with its mock, against the nearest of what was recorded of it: a test may have called it twice."""
    from botocore.exceptions import ClientError

    options = {key: recording["options"][key] for key in _MOCKED if key in recording["options"]}
    given = {"definition": json.dumps(recording["definition"]), "input": json.dumps(recording["input"]), **options}
    with aws_errors():
        try:
            answer = dict(clients.client("stepfunctions").test_state(**given))
        except ClientError as error:
            details = error.response["Error"]
            if details["Code"] not in ("ValidationException", "InvalidDefinition"):
                raise
            answer = {"Error": details, "message": details["Message"]}
    known = [_told(each) for each in recording["recorded"].values()]
    problems = min((tuple(differences(each, _told(answer))) for each in known), key=len)
    line = state(recording, answer)
    return Answer(kind="state", name=recording["name"], recorded=line, problems=problems, file="teststate.jsonl")


def _told(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is compared: how the state ended, or why it was refused."""
    kept = ("status", "output", "error", "cause", "nextState", "message")
    return {key: answer[key] for key in kept if key in answer}


if __name__ == "__main__":
    main()
