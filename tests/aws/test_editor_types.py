"""The stubs that `keyflow stubs` writes are what a type checker can hold definitions against."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from keyflow import DefinitionError
from keyflow.aws import service
from keyflow.aws.editor_types import module_text, stub_text
from keyflow.aws.models import service_names

USER = """
from keyflow import Parameter, Workflow
from _aws import apigateway, dynamodb, lambda_

workflow = Workflow("W")
apigateway.create_api_key(name=workflow.input["name"], enabled=True)
dynamodb.put_item(TableName=Parameter("T"), Item={"pk": {"S": "x"}}, ReturnValues="NONE")
lambda_.invoke(FunctionName="f", Payload={"any": ["json"]})
with workflow.task("A", apigateway.get_account()).on_error(apigateway.errors.NotFoundException):
    pass
dynamodb.put_item(TabelName="x", Item={})
dynamodb.put_item(TableName="x", Item={}, ReturnValues="NON")
apigateway.errors.Nope
apigateway.create_key()
apigateway.create_api_key(enabled="yes")
"""


def test_a_checker_takes_what_is_right_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    services = ["apigateway", "dynamodb", "lambda"]
    (tmp_path / "_aws.py").write_text(module_text(services))
    (tmp_path / "_aws.pyi").write_text(stub_text(services))
    (tmp_path / "user.py").write_text(USER)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line]
    assert sorted(set(lines)) == [11, 12, 13, 14, 15], checked.stdout + checked.stderr


def test_the_module_gives_the_services_themselves() -> None:
    names: dict[str, object] = {}
    exec(compile(module_text(["lambda", "cognito-idp"]), "_aws.py", "exec"), names)
    assert repr(names["lambda_"]) == repr(service("lambda"))
    assert repr(names["cognito_idp"]) == repr(service("cognito-idp"))


def test_the_stub_of_every_service_is_python() -> None:
    for name in service_names():
        ast.parse(stub_text([name]))
    assert len(service_names()) > 300


def test_a_service_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no service 'dynamo'"):
        stub_text(["dynamo"])
