"""`keyflow diff` as a user meets it: files, builds, revisions of real repositories, stages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.cli.conftest import DEFINITION, Run
from tests.cli.test_help import on_a_terminal
from tests.command import hears_ctrl_c, keyflow_in_this_process
from tests.deploy.moto_versions import versions

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build"
Git = Callable[..., str]


@pytest.fixture
def git(project: Path) -> Git:
    """The project as a repository with one commit."""

    def call(*arguments: str, cwd: Path = project) -> str:
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *who, *arguments], cwd=cwd, check=True, capture_output=True, text=True)
        return done.stdout

    call("init", "-q")
    call("add", ".")
    call("commit", "-qm", "first")
    return call


def change(project: Path, old: str, new: str) -> None:
    file = project / "definitions" / "register.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


LONGER = ("timeout=25", "timeout=20")
MORE = ('Item={"pk": {"S": key["id"]}}', 'Item={"pk": {"S": key["id"]}, "kind": {"S": "key"}}')
KEPT = (
    'key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))',
    'key.keep("it may stay")',
)
FORGOTTEN = (KEPT[0], "")


# What is compared.


def test_a_revision_and_the_definitions(project: Path, git: Git, run: Run) -> None:
    change(project, *MORE)
    done = run("diff", "HEAD")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "HEAD -> the definitions",
        "Register",
        '  + Save.Parameters.Item.kind: {"S": "key"}',
        "1 of 1 workflow and 0 of 1 API differ",
    ]


def test_two_revisions(project: Path, git: Git, run: Run) -> None:
    change(project, *LONGER)
    git("commit", "-qam", "second")
    change(project, "timeout=20", "timeout=15")
    assert "  ~ TimeoutSeconds: 25 → 20" in run("diff", "HEAD~1", "HEAD").stdout
    assert "  ~ TimeoutSeconds: 20 → 25" in run("diff", "HEAD", "git:HEAD~1").stdout
    assert "  ~ TimeoutSeconds: 25 → 15" in run("diff", "main~1").stdout


def test_the_policy_and_the_api_are_compared_too(project: Path, git: Git, run: Run) -> None:
    change(project, *KEPT)
    change(project, '"properties": {"name": {', '"properties": {"owner": {"type": "string"}, "name": {')
    lines = run("diff", "HEAD").stdout.splitlines()
    assert "  - Remove Key" in lines
    policy, api = lines.index("  policy:"), lines.index("API keys")
    assert all(each.startswith("    - apigateway:DELETE on arn:") for each in lines[policy + 1 : api])
    assert lines[api + 1] == '  + POST /keys requestBody.Key.properties.owner: {"type": "string"}'


def test_a_build_that_is_committed_and_the_definitions(project: Path, run: Run) -> None:
    run("build")
    assert run("diff", "build").stdout.endswith("no difference in 1 workflow and 1 API\n")
    change(project, *LONGER)
    assert "TimeoutSeconds" in run("diff", "build/").stdout


def test_workflows_that_are_new_and_gone(project: Path, git: Git, run: Run) -> None:
    change(project, 'Workflow("Register"', 'Workflow("Enrol"')
    assert run("diff", "HEAD").stdout.splitlines()[1:3] == ["+ Enrol", "- Register"]


def test_two_files_of_any_origin(tmp_path: Path) -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3, "Next": "B"}, "B": {"Type": "Succeed"}}}
    (tmp_path / "old.json").write_text(json.dumps(machine))
    (tmp_path / "new.yaml").write_text(
        "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 4, Next: C}\n  C: {Type: Succeed}\n"
    )
    done = keyflow_in_this_process("diff", "old.json", "new.yaml", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "old.json -> new.yaml",
        "new",
        "  ~ A.Seconds: 3 → 4",
        "  ~ B is now C",
        "1 of 1 workflow differs",
    ]


def test_a_file_is_compared_with_the_workflow_of_its_name(project: Path, run: Run) -> None:
    run("build")
    (project / "build" / "Register.asl.json").rename(project / "register.asl.json")
    assert run("diff", "register.asl.json").stdout.endswith("no difference in 1 workflow\n")


def test_a_file_of_no_workflow_of_the_project(project: Path, run: Run) -> None:
    change(project, "api = Api", 'other = Workflow("Other", timeout=9)\nother.succeed()\napi = Api')
    (project / "unknown.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    done = run("diff", "unknown.asl.json")
    assert done.returncode == 1
    assert "error KF544: nothing to compare: there is no workflow 'unknown'" in done.stderr
    assert "there are Other, Register" in done.stderr


def test_a_project_in_a_folder_of_a_repository(tmp_path: Path, git: Git, project: Path, run: Run) -> None:
    inner = tmp_path / "services" / "keys"
    (inner / "definitions").mkdir(parents=True)
    (inner / "keyflow.toml").write_text("")
    (inner / "definitions" / "inner.py").write_text(DEFINITION.replace('"Register"', '"Inner"'))
    git("add", ".")
    git("commit", "-qm", "inner")
    (inner / "definitions" / "inner.py").write_text(DEFINITION.replace('"Register", timeout=25', '"Inner", timeout=9'))
    assert run("diff", "HEAD", cwd=inner).stdout.splitlines()[1:3] == ["Inner", "  ~ TimeoutSeconds: 25 → 9"]


def test_helper_modules_are_those_of_the_revision(project: Path, git: Git, run: Run) -> None:
    """Two versions of a module would be one in a single process."""
    (project / "definitions" / "_limits.py").write_text("SECONDS = 25\n")
    change(project, "from keyflow import", "from _limits import SECONDS\nfrom keyflow import")
    change(project, "timeout=25", "timeout=SECONDS")
    git("add", ".")
    git("commit", "-qm", "helper")
    (project / "definitions" / "_limits.py").write_text("SECONDS = 19\n")
    assert "  ~ TimeoutSeconds: 25 → 19" in run("diff", "HEAD").stdout


# Names.


def test_a_path_that_exists_wins_and_git_forces_a_revision(project: Path, git: Git, run: Run) -> None:
    git("branch", "build")
    run("build")
    change(project, *LONGER)
    git("commit", "-qam", "second")
    assert run("diff", "build").stdout.startswith("build -> the definitions\n")
    (project / "build" / "Register.asl.json").unlink()
    assert "+ Register" in run("diff", "build").stdout
    assert "  ~ TimeoutSeconds: 25 → 20" in run("diff", "git:build").stdout


@pytest.mark.parametrize(
    "name",
    ["--output=stolen", "HEAD;touch stolen", "$(touch stolen)", "`touch stolen`", "nope", "", "a\nb", "HEAD..HEAD"],
)
def test_a_name_is_a_name_and_nothing_else(project: Path, git: Git, run: Run, name: str) -> None:
    for given in (name, f"git:{name}"):
        done = run("diff", "--", given)
        assert done.returncode == 1
        assert "error KF540: " in done.stderr
        assert "Traceback" not in done.stderr
    assert not (project / "stolen").exists()


def test_a_folder_in_no_repository(project: Path, run: Run) -> None:
    done = run("diff", "main", GIT_CEILING_DIRECTORIES=str(project.parent))
    assert done.returncode == 1
    assert "error KF541: git: not a git repository" in done.stderr


def test_git_is_not_installed(project: Path, run: Run) -> None:
    assert "error KF541: git cannot be run" in run("diff", "main", PATH="/nowhere").stderr


def test_a_folder_that_holds_no_build(project: Path, run: Run) -> None:
    assert "error KF543: definitions has no *.asl.json file" in run("diff", "definitions").stderr


def test_a_revision_that_does_not_build(project: Path, git: Git, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(DEFINITION.replace("name=workflow", "nmae=workflow"))
    git("commit", "-qam", "broken")
    (project / "definitions" / "register.py").write_text(DEFINITION)
    done = run("diff", "HEAD")
    assert done.returncode == 1
    assert "HEAD:definitions/register.py:5: error KF542: HEAD does not build: KF204: " in done.stderr
    assert "/tmp" not in done.stderr


def test_a_revision_that_ends_its_process(project: Path, git: Git, run: Run) -> None:
    (project / "definitions" / "register.py").write_text(f"{DEFINITION}\nimport os\nos._exit(7)\n")
    git("commit", "-qam", "ended")
    (project / "definitions" / "register.py").write_text(DEFINITION)
    assert "error KF542: HEAD does not build: its definitions end the process" in run("diff", "HEAD").stderr


def test_an_interruption_ends_every_process_at_once(project: Path, git: Git) -> None:
    """As a terminal does it: Ctrl-C reaches all of the group, and the first one says so."""
    (project / "definitions" / "register.py").write_text(
        "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(50)\n"
    )
    git("commit", "-qam", "slow")
    (project / "definitions" / "register.py").write_text(DEFINITION)
    temporary = project / "temporary"
    temporary.mkdir()
    started = subprocess.Popen(
        [sys.executable, "-m", "keyflow", "diff", "HEAD"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    until(lambda: (project / "begun").exists())
    os.killpg(started.pid, signal.SIGINT)
    _stdout, stderr = started.communicate(timeout=15)
    assert (started.returncode, stderr) == (130, b"interrupted\n")
    assert list(temporary.iterdir()) == []


def test_a_build_that_takes_long_shows_so_on_a_terminal(project: Path, git: Git) -> None:
    (project / "definitions" / "register.py").write_text(f"import time\ntime.sleep(2)\n{DEFINITION}")
    git("commit", "-qam", "slow")
    (project / "definitions" / "register.py").write_text(DEFINITION)
    assert re.search(r"\rHEAD \[ *\] building: 0 of 1", on_a_terminal(project, "diff", "HEAD"))


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_definitions_of_a_revision_print_is_no_part_of_the_result(project: Path, git: Git, run_alone: Run) -> None:
    (project / "definitions" / "register.py").write_text(f'{DEFINITION}\nprint("hello")\n')
    git("commit", "-qam", "talkative")
    (project / "definitions" / "register.py").write_text(DEFINITION)
    done = run_alone("diff", "HEAD", "--format", "json")
    assert json.loads(done.stdout)["workflows"] == [{"name": "Register", "change": None, "document": [], "policy": []}]
    assert done.stderr == "hello\n"


def test_links_that_lead_out_of_a_revision_are_left_out(project: Path, git: Git, run: Run) -> None:
    (project / "outside").symlink_to("/etc")
    (project / "inside").symlink_to("definitions")
    git("add", ".")
    git("commit", "-qm", "links")
    assert run("diff", "HEAD").stdout.endswith("no difference in 1 workflow and 1 API\n")


def test_nothing_is_left_in_the_folder_of_temporary_files(project: Path, git: Git, run: Run) -> None:
    temporary = project / "temporary"
    temporary.mkdir()
    for options in ((), ("--failures", "--depth", "1")):
        assert run("diff", "HEAD", *options, TMPDIR=str(temporary)).returncode == 0
    assert list(temporary.iterdir()) == []


# Results.


def test_exit_codes(project: Path, git: Git, run: Run) -> None:
    assert run("diff", "HEAD", "--exit-code").returncode == 0
    change(project, *LONGER)
    assert run("diff", "HEAD").returncode == 0
    assert run("diff", "HEAD", "--exit-code").returncode == 2
    assert run("diff", "HEAD", "--format", "sarif").returncode == 2
    assert run("diff", "HEAD", "--failures", "--input", "{}").returncode == 2


def test_differences_for_programs(project: Path, git: Git, run: Run) -> None:
    change(project, *MORE)
    found = json.loads(run("diff", "HEAD", "--format", "json").stdout)
    assert (found["old"], found["new"], found["diagnostics"]) == ("HEAD", "the definitions", [])
    edit = {
        "kind": "added",
        "thing": "state",
        "subject": ["Save"],
        "member": ["Parameters", "Item", "kind"],
        "after": {"S": "key"},
    }
    assert found["workflows"] == [{"name": "Register", "change": "changed", "document": [edit], "policy": []}]
    assert found["apis"] == [{"name": "keys", "change": None, "document": [], "policy": []}]
    assert "failures" not in found
    broken = json.loads(run("diff", "nope", "--format", "json").stdout)
    assert [each["code"] for each in broken["diagnostics"]] == ["KF540"]


NASTY = "A\x1b[31m`</summary><script>*_|\u202e"


def test_names_cannot_write_to_the_terminal_nor_to_the_comment(tmp_path: Path) -> None:
    def machine(seconds: int) -> str:
        wait = {"Type": "Wait", "Seconds": 1, "Comment": f"```{seconds}\n# big", "End": True}
        return json.dumps({"StartAt": NASTY, "States": {NASTY: wait}})

    (tmp_path / "old.json").write_text(machine(1))
    (tmp_path / "new.json").write_text(machine(2))
    for style in ("text", "markdown"):
        told = keyflow_in_this_process("diff", "old.json", "new.json", "--format", style, cwd=tmp_path).stdout
        assert not set(told) & {"\x1b", "\u202e"}
        assert "\\x1b[31m" in told
    fences = [line for line in told.splitlines() if set(line) == {"`"} or re.fullmatch("`+diff", line)]
    assert [len(each.removesuffix("diff")) for each in fences] == [4, 4]


# Failures.


def mutated(
    tmp_path: Path, name: str, mutation: Callable[[dict[str, Any]], None], *, folder: bool = False
) -> list[str]:
    """A build as it was, and one in which a definition is mutated."""
    old, new = tmp_path / "old", tmp_path / "new"
    for each in (old, new):
        each.mkdir()
        for file in BUILT.iterdir() if folder else [BUILT / f"{name}.asl.json"]:
            if file.name != "manifest.json":
                (each / file.name).write_bytes(file.read_bytes())
    document = json.loads((new / f"{name}.asl.json").read_text())
    mutation(document)
    (new / f"{name}.asl.json").write_text(json.dumps(document, indent=2))
    return ["old", "new"] if folder else [f"old/{name}.asl.json", f"new/{name}.asl.json"]


def without_catchers(state: str) -> Callable[[dict[str, Any]], None]:
    def mutation(document: dict[str, Any]) -> None:
        del document["States"][state]["Catch"]

    return mutation


def failures(tmp_path: Path, *arguments: str) -> Any:
    done = keyflow_in_this_process("diff", "--failures", *arguments, "--format", "json", cwd=tmp_path)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)["failures"]


def test_a_catcher_that_is_gone_is_the_failure_that_is_named(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "PlaceOrder", without_catchers("Charge Card"))
    done = keyflow_in_this_process("diff", "--failures", "--depth", "1", *sides, cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    line = 1 + (tmp_path / sides[1]).read_text().splitlines().index('    "Reserve Stock": {')
    assert lines[1] == "PlaceOrder"
    assert lines[2].startswith(
        f"  newly open P1 (no failure leaves anything behind): new/PlaceOrder.asl.json:{line}: left behind: "
    )
    assert lines[3].startswith("    faults: 'Charge Card' ")
    assert lines[4].startswith("    path:   ")
    assert re.fullmatch(r"    ended:  FAILED .*", lines[5])
    assert any(each.startswith("    before: FAILED ") for each in lines)
    also = next(each for each in lines if each.startswith("    also:   "))
    assert set(re.findall(r"'([^']*)' ", also)) == {"Charge Card"}
    assert lines[-1].startswith("1 newly open, 0 no longer open, ")
    back = keyflow_in_this_process("diff", "--failures", "--depth", "1", *sides[::-1], cwd=tmp_path)
    assert back.returncode == 0
    assert "  no longer open P1 " in back.stdout
    assert back.stdout.splitlines()[-1].startswith("0 newly open, 1 no longer open, ")


def test_failures_for_programs(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "AddApiKey", without_catchers("Save Api Key"), folder=True)
    code, found = failures(tmp_path, "--depth", "1", *sides)
    assert code == 1
    assert (found["judged_as"], found["answers_compared"]) == ("documents", True)
    unproven = [each["name"] for each in found["workflows"] if not each["proven"]]
    assert len(unproven) == len(found["workflows"]) - 1
    (workflow,) = (each for each in found["workflows"] if each["proven"])
    assert (workflow["name"], workflow["problems"]) == ("AddApiKey", {"before": None, "after": None})
    (case,) = workflow["opened"]
    assert (case["property"], case["file"]) == ("P1", "new/AddApiKey.asl.json")
    assert all(fault.startswith("'Save Api Key' ") for fault in case["alone"])
    assert case["elsewhere"][0]["calls"][-1] == "Delete Usage Plan"
    assert case["elsewhere"][0]["answer"].startswith("500 ")
    assert workflow["before"]["scenarios"] == 110


def test_failures_for_code_scanners(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "AddApiKey", without_catchers("Save Api Key"))
    done = keyflow_in_this_process("diff", "--failures", "--depth", "1", *sides, "--format", "sarif", cwd=tmp_path)
    assert done.returncode == 1
    log = json.loads(done.stdout)
    (tool_run,) = log["runs"]
    assert (log["version"], tool_run["tool"]["driver"]["name"]) == ("2.1.0", "keyflow")
    assert [(rule["id"], rule["name"]) for rule in tool_run["tool"]["driver"]["rules"]] == [("P1", "nothing-left")]
    assert [(each["ruleId"], each["level"]) for each in tool_run["results"]] == [("P1", "error"), ("P1", "warning")]
    for each in tool_run["results"]:
        (place,) = each["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "new/AddApiKey.asl.json"
        line = place["physicalLocation"]["region"]["startLine"]
        assert re.match(r' +"[\w ]+": \{', (tmp_path / sides[1]).read_text().splitlines()[line - 1])
    same = keyflow_in_this_process("diff", "--failures", sides[0], sides[0], "--format", "sarif", cwd=tmp_path)
    assert json.loads(same.stdout)["runs"][0]["results"] == []


def test_failures_for_a_pull_request(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "PlaceOrder", without_catchers("Charge Card"))
    told = keyflow_in_this_process(
        "diff", "--failures", "--depth", "1", *sides, "--format", "markdown", cwd=tmp_path
    ).stdout
    summary, details = told.split("<details>", 1)
    assert summary.startswith("### keyflow: `old/PlaceOrder.asl.json` → `new/PlaceOrder.asl.json`\n\n**1 newly open, ")
    assert "- `PlaceOrder` **P1**, newly open: `left behind: " in summary
    assert "<summary>Failures of PlaceOrder</summary>\n\n```text\nPlaceOrder\n  newly open P1 " in details
    assert "<summary>Definitions, policies and APIs</summary>\n\n```diff\nPlaceOrder\n- Charge Card.Catch: [" in details
    assert told.count("<details>") == told.count("</details>") == 2


def test_a_compensation_that_is_gone_from_python(project: Path, git: Git, run: Run) -> None:
    """Both sides are Python: what each says of itself must hold, and the lines are those of its files."""
    change(project, *FORGOTTEN)
    done = run("diff", "--failures", "HEAD", "--depth", "1")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[1:3] == [
        "Register",
        "  newly open P1 (no failure leaves anything behind): "
        "definitions/register.py:5: left behind: api key of 'Make Key'",
    ]
    assert '    ended:  FAILED UnhandledError, answered 500 {"message": "Something went wrong"}' in lines
    assert "    left:   api key of 'Make Key'" in lines
    assert any(each.startswith("    before: ") and each.endswith(", after calls of Remove Key") for each in lines)
    assert lines[-2] == "  38 scenarios before, 37 now; 1 failure cannot happen any more (Make Key: 1)"
    assert lines[-1] == "1 newly open, 0 no longer open, 0 newly unprovable; 1 workflow proven"
    found = json.loads(run("diff", "--failures", "HEAD", "--depth", "1", "--format", "json").stdout)["failures"]
    (case,) = found["workflows"][0]["opened"]
    assert (found["judged_as"], case["line"]) == ("python", 5)
    assert case["file"] == str(project / "definitions" / "register.py")


def test_a_compensation_that_no_longer_runs_is_no_violation(project: Path, git: Git, run: Run) -> None:
    change(project, *KEPT)
    done = run("diff", "--failures", "HEAD", "--depth", "1")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert any(each.startswith("  differently, where 'Save' fails with ") for each in lines)
    assert "    no longer called: Remove Key" in lines
    assert lines[-1] == "0 newly open, 0 no longer open, 0 newly unprovable; 1 workflow proven"


def test_another_answer_is_no_violation(project: Path, git: Git, run: Run) -> None:
    change(project, 'errors={"Exists": 409}', 'errors={"Exists": 422}')
    lines = run("diff", "--failures", "HEAD", "--depth", "1").stdout.splitlines()
    assert "  differently, where 'Save' fails with DynamoDB.ConditionalCheckFailedException:" in lines
    assert any(re.fullmatch(r"    answered: .*409.* -> .*422.*", each) for each in lines)


def test_workflows_whose_definitions_are_the_same_are_not_proven_anew(project: Path, git: Git, run: Run) -> None:
    (project / "definitions" / "other.py").write_text(
        DEFINITION.replace('"Register"', '"Other"').replace("keys", "more")
    )
    done = run("diff", "--failures", "HEAD", "--depth", "1")
    assert done.stdout.splitlines()[1] == "Other (added)"
    assert "could not happen before (" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("; 1 workflow proven; 1 workflow unchanged, and not proven anew")


def test_what_cannot_be_proven_is_said_and_fails(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "PlaceOrder", lambda document: None)
    (tmp_path / sides[1]).write_text(
        json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.a[0]", "Next": "Nowhere"}}})
    )
    done = keyflow_in_this_process("diff", "--failures", *sides, cwd=tmp_path)
    assert done.returncode == 1
    assert "  cannot be proven: KF" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("1 workflow cannot be proven")
    back = keyflow_in_this_process("diff", "--failures", *sides[::-1], cwd=tmp_path)
    assert "  could not be proven before: KF" in back.stdout


def test_tasks_that_no_scenario_calls_are_named(tmp_path: Path) -> None:
    sides = mutated(tmp_path, "ApproveExpense", without_catchers("Pay"))
    told = keyflow_in_this_process("diff", "--failures", "--depth", "1", *sides, cwd=tmp_path).stdout
    assert re.search(r"  no scenario calls .*Pay.*: nothing is shown of what fails there", told)


def test_with_strict_what_newly_cannot_be_proven_fails_too(tmp_path: Path) -> None:
    def mutation(document: dict[str, Any]) -> None:
        save = document["States"]["Save Api Key"]
        save["Catch"] = [each for each in save["Catch"] if "States.Timeout" not in each["ErrorEquals"]]

    sides = mutated(tmp_path, "AddApiKey", mutation)
    given = ("diff", "--failures", "--depth", "1", *sides)
    assert keyflow_in_this_process(*given, cwd=tmp_path).returncode == 0
    assert keyflow_in_this_process(*given, "--strict", cwd=tmp_path).returncode == 1


def test_an_input_for_files(tmp_path: Path) -> None:
    machine: dict[str, Any] = {
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.kind", "StringMatches": "k*", "Next": "Make"}],
                "Default": "Done",
            },
            "Make": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sns:createTopic",
                "Parameters": {"Name": "keys"},
                "TimeoutSeconds": 3,
                "Next": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    (tmp_path / "old.json").write_text(json.dumps(machine))
    machine["States"]["Make"]["TimeoutSeconds"] = 4
    (tmp_path / "new.json").write_text(json.dumps(machine))
    code, found = failures(tmp_path, "old.json", "new.json", "--input", '{"kind": "key"}', "--depth", "1")
    assert found["workflows"][0]["after"]["uncalled"] == []
    assert code == 0


# Stages.


CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


def deployed(project: Path) -> None:
    """The definition with the stage's values, as a deployment makes it."""
    import boto3

    from keyflow.deploy.substitution import substituted

    document = json.loads((project / "build" / "Register.asl.json").read_text())
    boto3.client("stepfunctions", region_name="eu-west-1").create_state_machine(
        name="Register-dev",
        definition=json.dumps(substituted(document, {"Table": "keys-dev"})),
        roleArn="arn:aws:iam::123456789012:role/r",
    )


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("credentials")
def test_a_stage_and_the_definitions(project: Path, run: Run) -> None:
    run("build")
    with mock_aws():
        deployed(project)
        same = run("diff", "stage:dev", **CREDENTIALS)
        assert same.stdout == "stage:dev -> the definitions\nno difference in 1 workflow\n"
        change(project, *LONGER)
        assert "  ~ TimeoutSeconds: 25 → 20" in run("diff", "stage:dev", **CREDENTIALS).stdout
        assert run("diff", "build", "stage:dev", **CREDENTIALS).stdout.endswith("no difference in 1 workflow\n")
        table = run("diff", "stage:dev", "--param", "Table=other", **CREDENTIALS).stdout
        assert '  ~ Save.Parameters.TableName: "keys-dev" → "other"' in table
        failed = run("diff", "stage:dev", "--failures", "--depth", "1", **CREDENTIALS)
        assert failed.returncode == 0
        assert "judged as documents, by what calls are known to do, as there is no Python of stage:dev" in failed.stdout


@pytest.mark.usefixtures("credentials")
def test_a_stage_to_which_nothing_is_deployed(run: Run) -> None:
    with mock_aws():
        done = run("diff", "stage:prod", "--param", "Table=x", **CREDENTIALS)
    assert done.returncode == 1
    assert "error KF545: none of 1 workflow is deployed to the stage prod in eu-west-1" in done.stderr
    assert run("diff", "stage:a/b").stderr.startswith("error KF507")


def test_a_stage_that_cannot_be_reached(run: Run) -> None:
    done = run("diff", "stage:dev", "--endpoint-url", "http://127.0.0.1:9")
    assert done.returncode == 3
    assert "KF504" in done.stderr


@pytest.mark.usefixtures("credentials")
def test_a_stage_that_was_deployed_is_what_the_definitions_are(project: Path, git: Git, run: Run) -> None:
    """By `keyflow deploy` itself, to a stage whose routes do not wait; and a revision of them."""
    (project / "keyflow.toml").write_text(
        'name = "sample"\n[stages.dev]\nroutes = "asynchronous"\n[stages.dev.parameters]\nTable = "t"\n'
    )
    with mock_aws(), versions():
        done = run("deploy", "--stage", "dev", "--yes", **CREDENTIALS)
        assert done.returncode == 0, done.stderr + done.stdout
        for other in ((), ("HEAD",)):
            assert run("diff", "stage:dev", *other, **CREDENTIALS).stdout.endswith("no difference in 1 workflow\n")
