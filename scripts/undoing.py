"""Which operation undoes which, and where the members of the undoing call come from: from the shapes of the models.

Where a member comes from is said in a few words, which `keyflow.aws.effects` reads:

    input.Name              the argument of the call that is undone
    input.GroupName?        the same, where it was given
    result.Key.KeyId        a member of its result
    result.Tasks[0].Arn     of the first entry of a list
    result.Items[].Id       of every entry: a list
    [result.Id]             a list of one
    keys(input.tags)        the keys of a map
    part(input.Item)        some members of a map, which only the caller knows
    token                   a token of its own, by which the undoing is done once
    "text", true            the value itself
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scripts.operation_undoing import CALLED_WITH, COUNTERPARTS, FOUND_BY, OWN_NOUNS, TOKENS, UNDONE_BY

from keyflow.aws.effects.effect import Effect
from keyflow.aws.models import OperationModel, Shape

Resources = Mapping[str, Sequence[str]]
"""CloudFormation's: for an operation that makes a resource, the operations that delete it."""

_PREFIXES = ("admin_", "batch_", "bulk_")
_TURNED = (("_to_", "_from_"), ("_with_", "_from_"), ("_into_", "_from_"))
"""What is added to something is removed from it."""


def label(operation: OperationModel) -> str:
    """How the tables name an operation: `dynamodb.put_item`."""
    return f"{operation.service.name}.{operation.python_name}"


_MAKING = ("create", "copy", "restore", "import")
"""The verbs of which a deletion undoes what they make, and destroys what they only change."""


def undone_by(operation: OperationModel, effect: Effect, resources: Resources) -> list[str]:
    """The operations of the same service that undo one: by hand, by their names, by CloudFormation's handlers."""
    if effect in (Effect.READS, Effect.DELETES, Effect.UNKNOWN, Effect.SENDS):
        return []
    by_hand = UNDONE_BY.get(label(operation))
    if by_hand is not None:
        return by_hand.split()
    known = operation.service.operations
    rhymes = [name for name in _rhymes(operation.python_name, effect) if name in known]
    found = rhymes[:1] or (resources.get(label(operation), ()) if effect is Effect.CREATES else ())
    is_version = operation.python_name.endswith("_version")
    return [name for name in found if "version" in name or not is_version]  # what has the version stays


def _rhymes(name: str, effect: Effect) -> Iterator[str]:
    prefix = next((each for each in _PREFIXES if name.startswith(each)), "")
    verb, _, noun = name.removeprefix(prefix).partition("_")
    verbs = () if effect is Effect.CHANGES and verb in _MAKING else COUNTERPARTS.get(verb, ())
    if effect is Effect.STARTS and verb == "create":
        verbs = ("stop", "cancel", "delete")
    for undoing in verbs:
        for rest in _nouns(noun):
            end = f"_{rest}" if rest else ""
            yield f"{prefix}{undoing}{end}"
            yield f"{undoing}{end}"
            yield f"batch_{undoing}{end}"
            yield from (f"{undoing}{end}{plural}" for plural in ("s", "es") if rest)
    if effect is not Effect.CHANGES and verb in _MAKING:
        whole = re.split(r"_(?:from|to|with)_", noun)[0]
        if whole not in (noun, ""):
            yield from (f"delete_{each}" for each in (whole, f"{whole}s"))
        if noun.endswith("_v2"):
            yield f"delete_{noun.removesuffix('_v2')}"


def _nouns(noun: str) -> Iterator[str]:
    yield noun
    for before, after in _TURNED:
        if before in noun:
            yield noun.replace(before, after)
    if noun.endswith("s") and not noun.endswith("ss"):
        yield noun.removesuffix("s")


# How the undoing is called.


def call_of(operation: OperationModel, undoing: OperationModel) -> tuple[dict[str, str], bool]:
    """For each member that an undoing call must be given, where it comes from; and whether none is missing."""
    by_hand = CALLED_WITH.get(f"{label(operation)} {undoing.python_name}")
    if by_hand is not None:
        return dict(by_hand), set(_required(undoing)) <= set(by_hand)
    members = {} if undoing.input is None else undoing.input.members
    required = _required(undoing)
    found = {name: source for name in required if (source := _source(operation, undoing, name, members[name]))}
    complete = set(required) == set(found)
    if not required:
        found = dict(_named_loosely(operation, undoing))
        complete = bool(found) or not members
    for name, shape in members.items():
        if name not in found and _goes_along(operation, name, shape):
            found[name] = f"input.{name}?"
        elif name == "IfMatch" and operation.service.name == "cloudfront" and name not in found:
            found[name] = "result.ETag"  # by no other thing does a deletion know the version; it is refused without
    return found, complete


def _required(operation: OperationModel) -> Sequence[str]:
    return () if operation.input is None else operation.input.required


def _named_loosely(operation: OperationModel, undoing: OperationModel) -> Iterator[tuple[str, str]]:
    """Of members none of which must be there, the first that the noun says and the result or the input has."""
    for name, shape in ({} if undoing.input is None else undoing.input.members).items():
        if shape.kind in ("string", "array") and _folded(name).startswith(_last_noun(operation)):
            source = _source(operation, undoing, name, shape)
            if source is not None:
                yield name, source
                return


def _goes_along(operation: OperationModel, name: str, shape: Shape) -> bool:
    """Whether a member that need not be there says where the thing lies: a cluster, an event bus, a catalog."""
    given = {} if operation.input is None else operation.input.members
    is_text = shape.kind == "string" and not shape.enum
    are_texts = shape.type == "list" and shape.element.kind == "string" and not shape.element.enum
    is_place = (is_text or are_texts) and name in given and given[name].type == shape.type
    return is_place and _folded(name) not in TOKENS and not _SAYS_WHY.search(name)


_SAYS_WHY = re.compile(
    r"token|if_?(?:none_?)?match|expected|revision|reason|description|comment|message|checksum|owner$|date|time$"
    r"|user_?agent",
    re.IGNORECASE,
)


def _source(operation: OperationModel, undoing: OperationModel, name: str, shape: Shape) -> str | None:
    if name == undoing.token or _folded(name) in TOKENS:
        return "token"
    given = Shapes("input", operation)
    made = Shapes("result", operation)
    must = set(_required(operation))
    names = list(_called(operation, name))
    if name in must and given.fits(name, shape):
        return f"input.{name}"
    if _folded(name).endswith("name"):
        own = given.path([each for each in given.names if each in must and _folded(each) in names], shape)
        if own is not None:
            return own
    return (
        made.path(names[:1], shape)
        or made.path(names[1:], shape)
        or given.path([each for each in names if each in must or each == name], shape)
        or given.path(names, shape)
    )


def _called(operation: OperationModel, name: str) -> Iterator[str]:
    """The names that a member may have in an input or a result, folded but for the first: `KeyId`, `keyid`, `id`."""
    yield name
    folded = _folded(name)
    nouns = [_folded(noun_of(operation)), _last_noun(operation)]
    yield folded
    for noun in nouns:
        if folded in (noun, f"{noun}id", f"{noun}identifier", "id", "identifier", "resourceid", "resourceidentifier"):
            yield from ("id", f"{noun}id", "identifier", f"{noun}identifier", "arn", f"{noun}arn")
        if folded in (noun, f"{noun}identifier", "identifier", "resourceidentifier"):
            yield from (f"{noun}name", "name")
        if folded in (f"{noun}arn", "arn", "resourcearn"):
            yield from ("arn", f"{noun}arn", "resourcearn")
        if folded in (f"{noun}name", "name"):
            yield from ("name", f"{noun}name", noun)
        if folded in (f"{noun}ids", "ids", f"{noun}s", f"{noun}identifiers"):
            yield from ("id", f"{noun}id", f"{noun}ids", "arn", f"{noun}arn")
        if folded in (f"{noun}arns", "arns"):
            yield from ("arn", f"{noun}arn", f"{noun}arns")
        if folded in (f"{noun}names", "names"):
            yield from ("name", f"{noun}name", f"{noun}names")
    if folded.endswith(("ids", "arns")):
        yield folded.removesuffix("s")
    if folded == "ifmatch":
        yield "etag"
    if folded in ("tagkeys", "tagkeylist", "tagnames"):
        yield from ("tags", "taglist")


class Shapes:
    """The members of a call's input or result (`root`), and the paths to them."""

    def __init__(self, root: str, operation: OperationModel) -> None:
        self.root = root
        self.shape = operation.input if root == "input" else operation.output
        self.noun = _last_noun(operation)

    @property
    def names(self) -> Sequence[str]:
        """The names of the members."""
        return () if self.shape is None else tuple(self.shape.members)

    def fits(self, name: str, wanted: Shape) -> bool:
        """Whether there is a member of this name and of this kind."""
        members = {} if self.shape is None else self.shape.members
        return name in members and members[name].kind == wanted.kind

    def path(self, names: Sequence[str], wanted: Shape) -> str | None:
        """The path to the member by the first of these names, the shallowest first."""
        if self.shape is None:
            return None
        for name in names:
            for depth in range(3 if self.root == "result" else 2):
                found = next(self._at(self.shape, self.root, name, wanted, depth), None)
                if found is not None:
                    return found
        return None

    def _at(self, shape: Shape, path: str, name: str, wanted: Shape, depth: int) -> Iterator[str]:
        if depth == 0:
            for member, inner in shape.members.items():
                if member == name or _folded(member) == name:
                    yield from _fitted(f"{path}.{member}", inner, wanted)
            return
        inside = [each for each, inner in shape.members.items() if _entries(inner) and not _OTHERS.search(each)]
        for member in inside:
            if name in _GENERIC and not self._is_own(member) and (len(inside) > 1 or _PARTS.search(member)):
                continue
            inner = shape.members[member]
            if self.root == "input" and inner.type == "list" and wanted.type != "list":
                continue  # it makes several, and the undoing takes one
            several = "" if inner.type == "structure" else "[]" if wanted.type == "list" else "[0]"
            entries = inner if inner.type == "structure" else inner.element
            yield from self._at(entries, f"{path}.{member}{several}", name, wanted, depth - 1)

    def _is_own(self, member: str) -> bool:
        """Whether a structure is the thing itself, by its name: `Key` or `KeyMetadata` of a key."""
        folded = _folded(member)
        return self.noun in folded or folded.removesuffix("s") in self.noun


def _entries(shape: Shape) -> bool:
    return shape.type == "structure" or (shape.type == "list" and shape.element.type == "structure")


_GENERIC = frozenset(("id", "identifier", "arn", "name"))
"""Names that say nothing of what they name: it is what the structure is about."""


_OTHERS = re.compile(r"tags?$|responsemetadata$|errors?$|failed|unprocessed|^source|^parent", re.IGNORECASE)
_PARTS = re.compile(r"config|settings?$|options?$", re.IGNORECASE)
"""Structures that are about other things, and those in which what is called an id is a part's."""


def _fitted(path: str, shape: Shape, wanted: Shape) -> Iterator[str]:
    """A path as the wanted member takes it: the same kind, a list of one, the keys of a map."""
    several = path.count("[]")
    if wanted.type == "list":
        entry = shape if several else shape.element if shape.type == "list" else None
        if entry is not None and entry.kind == wanted.element.kind:
            yield path
        elif shape.type == "map" and wanted.element.kind == "string":
            yield f"keys({path})"
        elif shape.type == "list" and shape.element.type == "structure" and wanted.element.kind == "string":
            key = next((each for each in shape.element.members if _folded(each) in ("key", "tagkey")), None)
            if key is not None:
                yield f"{path}[].{key}"
        elif shape.kind == wanted.element.kind and not several:
            yield f"[{path}]"
    elif not several and shape.kind == wanted.kind and (shape.type not in ("list", "map") or shape.name == wanted.name):
        yield path


def noun_of(operation: OperationModel) -> str:
    """What an operation is about, in words, from its name: `create_usage_plan` -> `usage plan`."""
    by_hand = OWN_NOUNS.get(label(operation))
    if by_hand is not None:
        return by_hand
    words = operation.python_name.split("_")
    rest = words[2:] if words[0] in ("admin", "batch") and len(words) > 2 else words[1:]
    return " ".join(rest or words)


def _last_noun(operation: OperationModel) -> str:
    return _folded(noun_of(operation).split(" ")[-1]).removesuffix("s")


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# What looks for a thing.


def found_by(operation: OperationModel, effect: Effect, undoing: Mapping[str, str]) -> dict[str, str]:
    """The operations that look for what one makes, each with the list in its result where it lies (empty: it itself).

    What they must be given stands in the input, and what they give has all that the undoing takes from the result. Of
    what is only changed, those that say how it was before.
    """
    given = {} if operation.input is None else operation.input.members
    needed = {_folded(path.rstrip("]").split(".")[-1]) for path in undoing.values() if "result." in path}
    known = operation.service.operations
    found: dict[str, str] = {}
    by_hand = FOUND_BY.get(label(operation))
    names = {by_hand: True} if by_hand is not None else dict(_lookups(operation.python_name))
    for name, is_list in names.items():
        lookup = known.get(name)
        if lookup is None or lookup is operation or lookup.output is None:
            continue
        if not {each for each in _required(lookup) if not _PAGE.match(each)} <= set(given):
            continue
        if effect is Effect.CHANGES:
            if not is_list and _required(lookup):
                found[name] = ""
        elif not is_list and not needed and _required(lookup):
            found[name] = ""
        elif (place := _listed(lookup.output, needed, operation)) is not None:
            found[name] = place
    return found


_PAGE = re.compile(r"max|limit", re.IGNORECASE)
"""Members that say how much is listed at once."""


def _lookups(name: str) -> Iterator[tuple[str, bool]]:
    """The names of operations that may look for something, and whether they list."""
    prefix = next((each for each in _PREFIXES if name.startswith(each)), "")
    verb, _, noun = name.removeprefix(prefix).partition("_")
    noun = {"run_task": "task", "start_task": "task", "sign_up": "user"}.get(name, noun)
    nouns = dict.fromkeys((noun, re.split(r"_(?:from|to|with)_", noun)[0] if verb in _MAKING else noun))
    for looking in ("list", "get", "describe", "search"):
        for each in filter(None, nouns):
            plurals = [f"{each}s", f"{each}es", *([f"{each[:-1]}ies"] if each.endswith("y") else [])]
            for plural, is_list in (*((plural, True) for plural in plurals), (each, looking in ("list", "search"))):
                yield f"{looking}_{plural}", is_list
                if prefix:
                    yield f"{prefix}{looking}_{plural}", is_list


def _listed(output: Shape, needed: set[str], operation: OperationModel) -> str | None:
    """The list in a result whose entries have what is needed."""
    nouns = {_folded(noun_of(operation)), _last_noun(operation)}
    for path, element in _lists(output, ""):
        if element.type == "structure":
            names = {_folded(member) for member in element.members}
            aliases = names | {f"{noun}{name}" for noun in nouns for name in names if name in ("id", "arn", "name")}
        else:
            name = _folded(path.rsplit(".", 1)[-1]).removesuffix("s")
            aliases = {name} if name in needed or any(name.startswith(noun) for noun in nouns) else set()
        if aliases and needed <= aliases:
            return path
    return None


def _lists(shape: Shape, path: str, depth: int = 2) -> Iterator[tuple[str, Shape]]:
    """The lists in a result, and what they hold, the shallowest first: `items`, `Reservations[].Instances`."""
    inside: list[tuple[str, Shape]] = []
    for member, inner in shape.members.items():
        here = f"{path}.{member}" if path else member
        if inner.type == "list" and not _OTHERS.search(member):
            yield here, inner.element
            inside.append((f"{here}[]", inner.element))
        elif inner.type == "structure" and member.endswith(("List", "Result")):
            inside.append((here, inner))
    if depth > 1:
        for here, inner in inside:
            if inner.type == "structure":
                yield from _lists(inner, here, depth - 1)
