"""The tables of `docs/effects.md`: operations by what they do, and how the sources agree; made of the file alone.

`scripts/effects.py` writes them when it makes the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyflow.aws.effects import Basis, Effect, Member, OperationEffect, effect_of, provenance
from keyflow.aws.models import OperationModel, service_model, service_names

PAGE = Path(__file__).parent.parent / "docs" / "effects.md"
MARKED = re.compile(r"(?<=<!-- made by scripts/effects.py: (?P<name>\w{7}) -->\n).*?(?=\n<!-- end -->)", re.DOTALL)

_EXAMPLES: Mapping[Effect, str] = {
    Effect.READS: "`dynamodb.get_item`, `kms.encrypt`, `bedrock-runtime.invoke_model`, `sts.assume_role`",
    Effect.CREATES: "`apigateway.create_api_key`, `dynamodb.put_item`, `s3.put_object`, `iam.attach_role_policy`",
    Effect.CHANGES: "`dynamodb.update_item`, `sqs.receive_message`, `s3.put_bucket_policy`",
    Effect.DELETES: "`dynamodb.delete_item`, `sqs.purge_queue`, `kms.schedule_key_deletion`",
    Effect.SENDS: "`sqs.send_message`, `events.put_events`, `sesv2.send_email`",
    Effect.STARTS: "`stepfunctions.start_execution`, `ecs.run_task`, `batch.submit_job`",
    Effect.UNKNOWN: "`lambda.invoke`, `dynamodb.execute_statement`",
}
_TO_SAY: Mapping[Effect, str] = {
    Effect.READS: "nothing",
    Effect.CREATES: "`compensate(...)`, with `mine=` where others can have the same name; or `keep(...)`",
    Effect.CHANGES: "`compensate(...)` with what was there before; or `keep(...)`",
    Effect.DELETES: "`keep(...)`, or `workflow.pivot()` before it",
    Effect.SENDS: "`workflow.pivot()` before it; or `keep(...)`",
    Effect.STARTS: "`compensate(...)` with what stops it; or `keep(...)`",
    Effect.UNKNOWN: "`.reads()` on the call; or one of the others",
}


def write() -> None:
    """Writes the tables into the page."""
    PAGE.write_text(filled(PAGE.read_text()))


def filled(page: str) -> str:
    """The page with the tables as the file has them."""
    made = {"effects": "\n".join(_effects()), "sources": "\n".join(_sources())}
    return MARKED.sub(lambda match: made[match["name"]], page)


def _operations() -> Iterator[OperationModel]:
    models = (service_model(name) for name in service_names())
    return (each for model in models if model is not None for each in model.operations.values())


def _effects() -> Iterator[str]:
    counts = Counter(effect_of(each).effect for each in _operations())
    yield "| effect | operations | examples | what a definition says |"
    yield "|---|---|---|---|"
    for effect in Effect:
        yield f"| {effect.value} | {counts[effect]:,} | {_EXAMPLES[effect]} | {_TO_SAY[effect]} |"


def _sources() -> Iterator[str]:
    effects = [(each, effect_of(each)) for each in _operations()]
    bases = Counter(effect.basis for _operation, effect in effects)
    makers = [effect for _operation, effect in effects if effect.makes]
    pairs = [pair for operation, effect in effects for pair in _pairs(operation, effect)]
    figures: Mapping[str, Any] = provenance()["figures"]
    yield "| what | how many |"
    yield "|---|---|"
    yield f"| operations of botocore {provenance()['botocore']} | {len(effects):,} |"
    yield f"| name and sources agree | {bases[Basis.AGREED]:,} |"
    yield f"| the name alone, because IAM's reference does not know the operation | {bases[Basis.NAME]:,} |"
    yield f"| decided by hand, with {len(provenance()['reasons'])} reasons | {bases[Basis.DECIDED]:,} |"
    yield f"| of those: IAM says otherwise on reading or not | {figures['iam']:,} |"
    yield f"| of those: CloudFormation says otherwise on making or deleting | {figures['cloudformation']:,} |"
    yield f"| of those: the name says nothing | {figures['silent']:,} |"
    yield f"| operations that make or start something | {len(makers):,} |"
    yield f"| of those: with an operation that undoes them | {sum(bool(each.undone_by) for each in makers):,} |"
    yield f"| pairs of an operation and its undoing | {len(pairs):,} |"
    yield f"| of those: where every member comes from is known | {sum(pairs):,} |"


def _pairs(operation: OperationModel, effect: OperationEffect) -> Iterator[bool]:
    """For each operation that undoes one, whether all that it must be given is known."""
    for name, members in effect.undoing.items():
        model = operation.service.operations[name].input
        sources = [Member.read(words) for words in members.values()]
        needs_nothing = model is None or not model.members
        required = set() if model is None else set(model.required)
        yield needs_nothing or (required <= set(members) and any(not each.optional for each in sources))
