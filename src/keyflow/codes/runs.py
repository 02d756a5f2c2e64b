"""KF601 to KF614: runs on the local engine. KF701 and KF702: proofs. KF801: documents that are none."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF601",
        name="transition-leads-nowhere",
        what="A transition leads to a state that its scope does not have.",
        why="Step Functions would refuse the definition.",
        fix="Use the name in the hint.",
    ),
    Code(
        code="KF602",
        name="stub-without-a-task",
        what="A stub is for a task that the definition does not have.",
        why="The test would pass without it.",
        fix="Name the state, or the resource: `dynamodb:putItem`.",
    ),
    Code(
        code="KF603",
        name="task-without-a-stub",
        what="A task has no stub.",
        why="The engine does not invent answers.",
        fix="Give it one. Or run it with `--local` or `--samples`, and in a test with `samples=True`.",
    ),
    Code(
        code="KF604",
        name="malformed-stubs",
        what="Stubs, a recording or a mock configuration are malformed.",
        why="What they should answer is not known.",
        fix='Write `{"State": {"Return": ...}}` or `{"State": {"Throw": {"Error": ...}}}`.',
    ),
    Code(
        code="KF605",
        name="endless-loop",
        what="A scope entered 100,000 states.",
        why="The loop has no end, or a very late one.",
        fix="Look at the condition that should end it.",
    ),
    Code(
        code="KF606",
        name="library-missing",
        what="A definition needs a library that is not installed.",
        why="Expressions and templates are evaluated by libraries, which plain `keyflow` does not bring.",
        fix="Run `pip install 'keyflow-aws[engine]'`, or what the hint says.",
    ),
    Code(
        code="KF607",
        name="waits-for-ever",
        what="An execution waits for a task token that nothing gives back.",
        why="The run would never end.",
        fix="Give the task a `TimeoutSeconds`, or a stub that answers.",
    ),
    Code(
        code="KF608",
        name="not-recorded",
        what="A recording has no such call.",
        why="The definition has changed since it was recorded.",
        fix="Record the run again.",
    ),
    Code(
        code="KF609",
        name="not-in-boto3",
        what="A task calls what boto3 has no operation for.",
        why="The engine calls AWS through boto3.",
        fix="Answer it with a stub.",
    ),
    Code(
        code="KF610",
        name="field-of-the-wrong-kind",
        what="A field of a definition that is run is of the wrong kind.",
        why="Step Functions would refuse the definition.",
        fix="Write the kind in the message. `keyflow check` has the line.",
    ),
    Code(
        code="KF611",
        name="stub-of-an-impossible-error",
        what="A stub fails with an error that the call cannot have.",
        why="No `on_error` and no Catch is for it, so the run takes another way than any execution will.",
        fix="Give the error as `on_error` takes it: `Failure(dynamodb.errors.ConditionalCheckFailedException)`.",
    ),
    Code(
        code="KF612",
        name="stub-of-an-impossible-result",
        what="A stub gives a result that the service's model does not allow.",
        why="No execution will ever see it, so the run takes another way than any execution will.",
        fix="Give the member that is required, its type or its spelling; or pass `strict=False`, or `--any-result`.",
    ),
    Code(
        code="KF613",
        name="set-up-fails",
        what="The script of `--setup` ends with an error.",
        why="The services in this process do not hold what the run needs.",
        fix='Correct the line. `client("s3")` is the client of a service, and boto3\'s own clients are these, too.',
    ),
    Code(
        code="KF614",
        name="input-too-large",
        what="The input of a run is larger than Step Functions takes.",
        why="StartExecution refuses it.",
        fix="Put the data into S3, and give the execution the key.",
    ),
    Code(
        code="KF701",
        name="cannot-be-proven",
        what="A definition cannot be run even where nothing goes wrong, so nothing can be proven.",
        why="The input that was guessed, or a sample result, lacks something that the definition reads.",
        fix="Give it `--input` with what it needs, or `--stub` with results that no model has.",
    ),
    Code(
        code="KF702",
        name="too-many-values",
        what="The conditions of a definition distinguish more values than `verify` tries.",
        why="Each value that a condition distinguishes is a scenario of its own.",
        fix="Split the definition.",
    ),
    Code(
        code="KF801",
        name="no-document",
        what="A file is not a JSON, JSON5 or YAML document.",
        why="Nothing can be said of what it holds.",
        fix="The place is where that shows.",
    ),
)
