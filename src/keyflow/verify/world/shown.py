"""What services show of what was made, changed and written, in the form of a sample of their answers."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.aws import Integration
from keyflow.verify.world.items import Write
from keyflow.verify.world.own import texts_in
from keyflow.verify.world.runner import described_by
from keyflow.verify.world.things import Thing


def as_made(sample: JSON, result: JSON, given: JSON) -> JSON:
    """What a service says of something that was made: what it was given for it stands at the top, or one below."""
    return {
        name: described_by(value, {}, given) if isinstance(value, dict) and name not in given else value
        for name, value in described_by(sample, result, given).items()
    }


def returned(asked: str, write: Write, before: JSON, after: JSON) -> JSON:
    """What a write gives back of its item.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    whole = before if asked.endswith("_OLD") else after
    match asked:
        case "ALL_OLD" | "ALL_NEW":
            return whole
        case "UPDATED_OLD" | "UPDATED_NEW":
            return {name: value for name, value in (whole or {}).items() if name in write.written.names}
        case _:
            return None


def is_asked_for(thing: Thing, parameters: JSON) -> bool:
    """Whether a call that looks for things lists one: a text in it must be one that refers to the thing."""
    asked = [text for text in texts_in(parameters) if text]
    return not asked or any(text.startswith(each) for each in asked for text in thing.texts)


def is_as_asked(integration: Integration, parameters: JSON, result: JSON) -> bool:
    """Whether an object of S3 is as a call asks of the one that is there, which was written with this result.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
    """
    if integration.model.service.name != "s3":
        return True
    tag = result.get("ETag") if isinstance(result, dict) else None
    return parameters.get("IfNoneMatch") != "*" and parameters.get("IfMatch", tag) in (tag, "*")


def as_changed(tree: JSON, change: JSON) -> JSON:
    """What is read of a thing after a change: what both calls know by the same name, at the top or one below."""
    if not isinstance(tree, dict):
        return tree
    return {
        name: _merged(value, change[name] if name in change else change if isinstance(value, dict) else value)
        for name, value in tree.items()
    }


def _merged(value: JSON, change: JSON) -> JSON:
    if isinstance(value, dict) and isinstance(change, dict):
        return {name: _merged(each, change.get(name, each)) for name, each in value.items()}
    return change if type(value) is type(change) and not isinstance(value, list) else value


def entries_of(sample: JSON, member: str) -> Iterator[JSON]:
    """The entries of a list in a sample; none where there is no list."""
    entries = sample.get(member) if isinstance(sample, dict) else None
    return iter(entries if isinstance(entries, list) else ())
