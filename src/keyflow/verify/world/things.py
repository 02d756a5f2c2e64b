"""The account of the world: things with names and identifiers, of which an execution makes, changes and deletes some.

Some things are somebody else's. Where a call makes something under a name that the caller chose, and takes no effect,
the name may be taken: somebody else's thing is then there, and stays there unless this execution deletes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import Integration, resource_of
from keyflow.aws.effects import Effect, OperationEffect, effect_of
from keyflow.dataclass import dataclass
from keyflow.engine import TaskCall
from keyflow.verify.world.identity import (
    changed_texts,
    deletes_such,
    identifiers_given,
    lists_such,
    names_given,
    required_texts,
    token_of,
    with_names_given,
)
from keyflow.verify.world.items import Items, Keys, Row, Write, writes_of
from keyflow.verify.world.lessons import CANCELED, CONDITION_FAILED, Lesson, lessons_of
from keyflow.verify.world.own import Own, texts_in


@dataclass(kw_only=True, slots=True, eq=False)
class Thing:
    """Something that a call made, or found there.

    `index` is the call's in the log. `texts` are all texts that may refer to it: `names` are those that the caller
    chose, `given` those from the service's answer. One that is not `mine` was there before; one that is `shared` may
    have been, and nobody can tell. `overwrites` says that something stood there before it, `restored` that it was
    written again. `deleted_by` are the indices of the calls that deleted it, or found it deleted: without any it is
    there.
    """

    call: TaskCall
    integration: Integration
    effect: OperationEffect
    index: int
    texts: frozenset[str]
    names: frozenset[str]
    mine: bool
    given: frozenset[str] = frozenset()
    overwrites: bool = False
    restored: bool = False
    shared: bool = False
    was_there: bool = True
    deleted_by: list[int] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        """Whether it exists."""
        return self.was_there and not self.deleted_by

    @property
    def identifiers(self) -> frozenset[str]:
        """The texts that name it and nothing else: the caller's names of it, and what only the answer has."""
        return self.names | (self.given - frozenset(texts_in(self.call.parameters)))

    @property
    def is_left(self) -> bool:
        """Whether something differs from what there was before it was made."""
        return (self.is_there or self.overwrites) and not self.restored

    def is_meant_by(self, named: frozenset[str]) -> bool:
        """Whether texts name it: all are its own, and one names it and not merely what it was made with.

        A call that is about several things at once names it beside others.
        """
        naming = self.names | self.given
        if named <= self.texts:
            return not naming or not named or not naming.isdisjoint(named)
        return bool(self.names) and self.names <= named

    @property
    def label(self) -> str:
        """How a finding names it: `usage plan of 'Create Usage Plan'`."""
        return f"{self.effect.noun} of {self.call.state!r}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """A change, a message or a deletion that is about nothing that the execution has made: `about` are its texts.

    One that `is_gone` has done nothing: the service said that what it is about is not there any more.
    """

    call: TaskCall
    integration: Integration
    effect: OperationEffect
    index: int
    about: frozenset[str]
    is_gone: bool = False

    def is_about_what(self, other: Act) -> bool:
        """Whether another act is about the same thing."""
        same_service = self.integration.model.service is other.integration.model.service
        alike = self.about <= other.about or other.about <= self.about
        return same_service and alike and bool(self.about) and bool(other.about)


@dataclass(frozen=True, slots=True)
class Listed:
    """The member of a result that lists things, and the log's indices of the calls that made them."""

    member: str
    indices: tuple[int, ...]


@dataclass(slots=True)
class Things:
    """What an execution has done to the world, call by call: `again` are the calls that made what was there already."""

    items: Items
    own: Own
    things: list[Thing] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    written: dict[int, list[Row]] = field(default_factory=dict)
    last_written: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)
    counted_again: list[tuple[TaskCall, int]] = field(default_factory=list)
    again: list[tuple[int, Thing]] = field(default_factory=list)
    _latest: tuple[Mapping[str, Any], tuple[Write, ...]] | None = field(default=None, init=False, repr=False)

    @classmethod
    def empty(
        cls, keys: Keys = frozenset(), given: Iterable[str] = (), foreign: frozenset[str] = frozenset()
    ) -> Things:
        """A world of which nothing is known.

        `keys` are the sets of attributes that are keys of items, `given` the texts that name what is the execution's,
        `foreign` the UUIDs that its input has.
        """
        own = Own(set(given), foreign)
        return cls(Items(own, keys), own)

    def refusal(self, call: TaskCall) -> str | None:
        """The error with which a service refuses a call for what is there already, or is not there any more."""
        integration = resource_of(call.resource).integration
        if integration is None or not isinstance(call.parameters, dict):
            return None
        writes = self._writes(integration, call.parameters)
        if writes:
            refused = any(map(self.items.refuses, writes))
            several = integration.operation == "transact_write_items"
            return integration.error_name(CANCELED if several else CONDITION_FAILED) if refused else None
        effect = effect_of(integration.model)
        if effect.effect is Effect.DELETES:
            return self._gone_error(integration, call.parameters)
        if effect.makes and effect.identity and effect.exists_errors and call.parameters.get("Overwrite") is not True:
            taken = self._taken(integration, effect, call.parameters)
            if taken is not None and not self._is_the_same(taken, effect, call.parameters, integration):
                return integration.error_name(effect.exists_errors[0])
        return None

    def answer(self, call: TaskCall, sample: JSON) -> JSON:
        """What the service answers: a sample, with the names that the caller gave."""
        integration = resource_of(call.resource).integration
        if integration is None:
            return sample
        return with_names_given(integration, effect_of(integration.model), call.parameters, sample)

    def took_effect(self, call: TaskCall, result: JSON, index: int) -> None:
        """Notes a call that did what it is for; `result` is what the service answered, seen or not."""
        integration = resource_of(call.resource).integration
        if integration is None or not isinstance(call.parameters, dict):
            self._learn(call, result)
            return
        writes = self._writes(integration, call.parameters)
        effect = effect_of(integration.model)
        if writes:
            self.counted_again += [(call, index) for write in writes if self._counts_again(write, call)]
            rows = [row for row in (self.items.wrote(write, index) for write in writes) if row is not None]
            self.written[index] = rows
            self.last_written[call.state, call.iteration] = index
            if len(writes) == 1 and isinstance(result, dict) and result.get("Attributes"):
                self.items.gave_back(writes[0], result["Attributes"])
        elif effect.effect is Effect.READS:
            self._read(integration, call.parameters, result)
        elif effect.makes:
            self._make(call, integration, effect, result, index)
        elif effect.effect is Effect.DELETES:
            self._delete(call, integration, effect, index)
        elif effect.effect is Effect.UNKNOWN:
            self._learn(call, result)
        else:
            self._act(call, integration, effect, index)

    def took_none(self, call: TaskCall, error: str, index: int, *, by_chance: bool) -> None:
        """Notes a call that did nothing. `by_chance` says that the error was not due to what is there.

        Where its maker cannot know, or the name was taken, somebody else's thing is there from now on. What is said to
        be gone is gone, whoever removed it.
        """
        lessons = lessons_of(call.resource, error)
        integration = resource_of(call.resource).integration
        if not lessons or integration is None or not isinstance(call.parameters, dict):
            return
        effect = effect_of(integration.model)
        self._learn_of_items(self._writes(integration, call.parameters), lessons, by_chance=by_chance)
        if Lesson.GONE in lessons:
            self._is_gone(call, integration, effect, index)
        if Lesson.TAKEN in lessons and names_given(integration, effect, call.parameters):
            self._miss(call, integration, effect, index)

    def _learn_of_items(self, writes: Sequence[Write], lessons: frozenset[Lesson], *, by_chance: bool) -> None:
        """What an error says of the items that a call would have written."""
        if Lesson.UNMET in lessons and all(write.condition is None for write in writes):
            return  # nothing was asked, and nothing is said
        for write in writes:
            if Lesson.UNMET in lessons:
                self.items.refused(write, by_chance=by_chance, alone=len(writes) == 1)
            elif Lesson.UNSEEN in lessons:
                self.items.missed(write)
            elif Lesson.VANISHED in lessons:
                self.items.vanished(write)

    def _is_gone(self, call: TaskCall, integration: Integration, effect: OperationEffect, index: int) -> None:
        """What an error says of the things that a call would have deleted, read or changed.

        One that reads says so of what it names, or of what lies in that: `GetUsagePlanKeys` of the plan's keys. One
        that names nothing, as `GetApiKeys`, says nothing.
        """
        if effect.effect is Effect.CHANGES:
            self._act(call, integration, effect, index, is_gone=True)
        elif effect.effect is Effect.DELETES:
            for thing in self.about(integration, call.parameters)[-1:]:
                thing.deleted_by.append(index)
        else:
            named = required_texts(integration, call.parameters)
            for thing in self.things if named else ():
                listed = lists_such(integration, thing.integration, thing.effect)
                if thing.is_there and listed and named <= thing.texts:
                    thing.deleted_by.append(index)

    def not_found(self, state: str, iteration: tuple[int, ...], index: int) -> None:
        """Notes that a service says that there is nothing of the kind that a state may have made."""
        for thing in self.things:
            if (thing.call.state, thing.call.iteration) == (state, iteration) and thing.is_there:
                thing.deleted_by.append(index)

    def released(self, call: TaskCall) -> None:
        """Notes that what stood in the way of a call, and is somebody else's, is gone."""
        integration = resource_of(call.resource).integration
        if integration is None or not isinstance(call.parameters, dict):
            return
        for write in self._writes(integration, call.parameters):
            self.items.released(write)
        effect = effect_of(integration.model)
        names = names_given(integration, effect, call.parameters) if effect.makes else frozenset()
        self.things = [each for each in self.things if each.mine or not names or each.names != names]

    def _miss(self, call: TaskCall, integration: Integration, effect: OperationEffect, index: int) -> None:
        """What is there under the name that a call gave, which made nothing: another's thing, or none."""
        if self._taken(integration, effect, call.parameters) is not None:
            return
        names = names_given(integration, effect, call.parameters)
        mine = self._is_own(names)
        self.things.append(
            Thing(
                call=call,
                integration=integration,
                effect=effect,
                index=index,
                texts=frozenset(texts_in(call.parameters)),
                names=names,
                mine=mine,
                was_there=not mine,
            )
        )

    # What there is.

    def _taken(self, integration: Integration, effect: OperationEffect, parameters: Mapping[str, Any]) -> Thing | None:
        """What is there under the name that a call gives."""
        names = names_given(integration, effect, parameters)
        alike = (each for each in self._alike(integration, effect) if each.names == names)
        return next(alike, None) if names else None

    def _alike(self, integration: Integration, effect: OperationEffect) -> Iterator[Thing]:
        """The things of the same kind that are there."""
        service = integration.model.service
        alike = (each for each in self.things if each.integration.model.service is service and each.is_there)
        return (each for each in alike if each.effect.noun == effect.noun)

    def _is_the_same(
        self, thing: Thing, effect: OperationEffect, parameters: Mapping[str, Any], integration: Integration
    ) -> bool:
        """Whether a call is one that was made before, by its token."""
        token = token_of(integration, effect, parameters)
        return token is not None and token == token_of(thing.integration, effect, thing.call.parameters)

    def _is_own(self, names: frozenset[str]) -> bool:
        """Whether nobody else can have something under these names: they are own, or lie in what is own."""
        around = (thing for thing in self.things if thing.mine and thing.names and thing.is_there)
        return self.own.has(list(names)) or any(thing.names < names for thing in around)

    def about(self, integration: Integration, parameters: Mapping[str, Any]) -> list[Thing]:
        """The things, there or not, that a call deletes by what it must be given."""
        named = required_texts(integration, parameters)
        such = (each for each in self.things if deletes_such(integration, each.integration, each.effect))
        return [thing for thing in such if thing.is_meant_by(named)]

    def _gone_error(self, integration: Integration, parameters: Mapping[str, Any]) -> str | None:
        """The error for a deletion of what is deleted, or was never made."""
        about = self.about(integration, parameters)
        if not integration.gone_errors or not about or any(thing.is_there for thing in about):
            return None
        return integration.gone_errors[0]

    def listed_by(self, call: TaskCall) -> Listed | None:
        """The execution's own things that a call lists, as far as it is known to list such things."""
        if not any(thing.effect.found_by for thing in self.things):
            return None
        integration = resource_of(call.resource).integration
        if integration is None:
            return None
        own = (thing for thing in self.things if thing.mine and thing.is_there)
        found = [thing for thing in own if lists_such(integration, thing.integration, thing.effect)]
        members = {thing.effect.found_in.get(integration.operation) for thing in found} - {None, ""}
        if len(members) != 1:
            return None
        (member,) = members
        return Listed(integration.spelling(str(member)), tuple(thing.index for thing in found))

    # What calls do.

    def _counts_again(self, write: Write, call: TaskCall) -> bool:
        """Whether a call that is tried again counts on what it has counted before: an attribute differs afterwards."""
        before = self.last_written.get((call.state, call.iteration))
        return call.attempt > 0 and before is not None and write.grows

    def _make(
        self, call: TaskCall, integration: Integration, effect: OperationEffect, result: JSON, index: int
    ) -> None:
        self._learn(call, result)
        taken = self._made_before(call, integration, effect)
        is_upsert = effect.upsert or call.parameters.get("Overwrite") is True
        if taken is not None:
            taken.restored = taken.restored or (is_upsert and taken.call.state != call.state)
            self.again.append((index, taken))
            return
        names = names_given(integration, effect, call.parameters)
        anothers = not self._is_own(names)
        given = identifiers_given(integration, effect, result)
        self.things.append(
            Thing(
                call=call,
                integration=integration,
                effect=effect,
                index=index,
                texts=frozenset((*texts_in(result), *texts_in(call.parameters))),
                names=names,
                given=given,
                mine=True,
                overwrites=is_upsert and bool(effect.identity) and anothers,
                shared=bool(effect.gives_back and names) and anothers,
            )
        )

    def _made_before(self, call: TaskCall, integration: Integration, effect: OperationEffect) -> Thing | None:
        """What a call would make is there already: it goes by the same name, or the call has the same token."""
        if names_given(integration, effect, call.parameters):
            return self._taken(integration, effect, call.parameters)
        alike = (each for each in self.things if each.integration.model is integration.model and each.is_there)
        return next((each for each in alike if self._is_the_same(each, effect, call.parameters, integration)), None)

    def _delete(self, call: TaskCall, integration: Integration, effect: OperationEffect, index: int) -> None:
        about = self.about(integration, call.parameters)
        living = [thing for thing in about if thing.is_there]
        if living:
            living[-1].deleted_by.append(index)
        elif about:
            about[-1].deleted_by.append(index)
        else:
            self._act(call, integration, effect, index)

    def _act(
        self, call: TaskCall, integration: Integration, effect: OperationEffect, index: int, *, is_gone: bool = False
    ) -> None:
        changes = effect.effect is Effect.CHANGES
        about = (changed_texts if changes else required_texts)(integration, call.parameters)
        if changes and self._is_own(about):
            return  # it goes with what it is a part of
        self.acts.append(
            Act(call=call, integration=integration, effect=effect, index=index, about=about, is_gone=is_gone)
        )

    # What is known of it.

    def _writes(self, integration: Integration, parameters: Mapping[str, Any]) -> tuple[Write, ...]:
        """The writes that a call of DynamoDB makes: one question after the other is about the same call."""
        if integration.model.service.name != "dynamodb":
            return ()
        if self._latest is None or self._latest[0] is not parameters:
            self._latest = (parameters, writes_of(integration.operation, parameters, self.own))
        return self._latest[1]

    def _learn(self, call: TaskCall, result: JSON) -> None:
        self.own.learn(result, call.state)

    def _read(self, integration: Integration, parameters: Mapping[str, Any], result: JSON) -> None:
        if integration.model.service.name == "dynamodb" and integration.operation == "get_item":
            key = parameters.get("Key")
            if isinstance(key, dict) and isinstance(result, dict):
                self.items.saw(str(parameters.get("TableName")), key, result.get("Item"))
