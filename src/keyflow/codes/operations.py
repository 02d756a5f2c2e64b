"""KF530 to KF539: what is asked of a deployed stage."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF530",
        name="not-deployed",
        what="A stage has no state machine of that name.",
        why="`invoke` and `speedtest` take the name of a workflow that is deployed.",
        fix="Deploy it, or use a name that the hint lists. Check `--stage`, `--region` and `--profile`, too.",
        example="keyflow invoke Registr --stage dev    # the stage has Register",
    ),
    Code(
        code="KF531",
        name="no-log-group",
        what="A workflow's log group is not there.",
        why="`keyflow deploy` makes one for each workflow of a stage.",
        fix="Deploy the workflow, or check its name, `--stage` and `--region`.",
        example="keyflow logs Register --stage prodd    # it is called prod",
    ),
    Code(
        code="KF532",
        name="execution-name",
        what="An execution cannot have that name.",
        why="With other characters, Step Functions refuses it or does not log it.",
        fix="Use 1 to 80 letters, digits, `-` and `_`. `keyflow logs` takes an ARN, too.",
        example="keyflow invoke Register --stage dev --name 'first try'    # write first-try",
    ),
    Code(
        code="KF533",
        name="still-going-on",
        what="An execution has not ended within `--timeout`.",
        why="It goes on in AWS: only the waiting has ended.",
        fix="Follow it with `keyflow logs NAME --stage STAGE --execution EXECUTION --follow`, or give it more seconds.",
        example="keyflow invoke Nightly --stage dev --timeout 5    # it takes a minute",
    ),
    Code(
        code="KF534",
        name="not-a-url",
        what="What is to be measured is neither an http or https URL nor the name of a workflow.",
        why="A speed test sends requests to what it is given, and to nothing else.",
        fix="Write the whole URL, as `keyflow deploy` prints it. A workflow's name takes `--stage`.",
        example="keyflow speedtest ftp://files.example/    # not http or https",
    ),
    Code(
        code="KF535",
        name="not-a-time",
        what="`--since` is not a time.",
        why="It says from when on events are shown.",
        fix="Write `30s`, `10m`, `2h` or `1d`, or a date and time: `2026-01-31T12:00`, which is one of UTC.",
        example="keyflow logs Register --stage dev --since yesterday    # write 1d",
    ),
    Code(
        code="KF536",
        name="malformed-header",
        what="A header is not of the form `Name: value`, or has a character that no header can hold.",
        why="The server would refuse it, or read another one.",
        fix="Write `--header 'x-api-key: abc'`. The message has its number alone, since its value may be a secret.",
        example="keyflow speedtest https://api.example/keys --header x-api-key=abc    # write x-api-key: abc",
    ),
    Code(
        code="KF537",
        name="not-a-baseline",
        what="A baseline is not what `keyflow speedtest --format json` printed, or has no answers in it.",
        why="Times are compared with the times of each of its answers.",
        fix="Make one: `keyflow speedtest ... --format json > before.json`.",
        example="keyflow speedtest https://api.example/keys --baseline notes.json    # some other JSON",
    ),
    Code(
        code="KF538",
        name="not-express",
        what="A Standard workflow cannot answer at once, so no speed test can wait for it.",
        why="StartSyncExecution takes Express workflows alone.",
        fix="Test the URL that starts it, or look at the times that `keyflow invoke` shows.",
        example="keyflow speedtest Nightly --stage dev    # Nightly is STANDARD",
    ),
    Code(
        code="KF539",
        name="no-trace-yet",
        what="The logs of Express executions have not come, so it is not known how long each state took.",
        why="CloudWatch gets logs seconds after the answer, now and then later, and AWS promises no time.",
        fix="Look again in a minute: `keyflow logs NAME --stage STAGE`.",
        example="keyflow invoke Register --stage dev    # it answered, and its logs are still on their way",
    ),
)
