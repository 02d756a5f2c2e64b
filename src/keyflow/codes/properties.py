"""P0 to P6: what a proof shows, and what to do where one is violated. docs/verification.md says how."""

from __future__ import annotations

from keyflow.codes.code import Code

PROPERTIES = (
    Code(
        code="P0",
        name="steps-of-the-definition",
        what="The steps taken are those of the definition, with its parameters, as often as its retries say.",
        why="A proof of other steps would be worth nothing.",
        fix="Where keyflow compiled the definition itself, report it.",
    ),
    Code(
        code="P1",
        name="nothing-left",
        what="No failure leaves anything behind: it is undone, said to stay, or named in the error.",
        why="No one looks for what no one knows of.",
        fix="Compensate the call, say with `keep` why it may stay, or look it up with `find=`.",
    ),
    Code(
        code="P2",
        name="only-what-was-done-is-undone",
        what="Nothing is undone that was not done, nothing twice, and nothing that is another's.",
        why="An undo of what others made is worse than the failure.",
        fix="Say with `mine=` by what one's own is recognised.",
    ),
    Code(
        code="P3",
        name="undone-in-order",
        what="What depends on another is undone first.",
        why="What is still in use cannot be deleted.",
        fix="Say with `after=` what a task needs.",
    ),
    Code(
        code="P4",
        name="declared-answer",
        what="The caller gets the declared answer, and never a success for a failure.",
        why="A caller believes what it is answered.",
        fix="Name the status of each error in the route's `errors`, and look at mappings of your own.",
    ),
    Code(
        code="P5",
        name="in-time",
        what="Every path fits into the time.",
        why="When the workflow's own timeout strikes, no compensation runs.",
        fix="Shorten timeouts or retries, or run tasks side by side.",
    ),
    Code(
        code="P6",
        name="isolated",
        what="Two executions at once end, world and answers, as if one had come after the other.",
        why="What one has read, another changes before the first one writes.",
        fix="Let each write ask with a condition that what was read is still so. Claim a thing before it is deleted.",
    ),
)
