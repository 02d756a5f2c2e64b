"""The world that executions share which run at the same time: what one has done, the other meets.

Each answer follows from what the calls before it have done, whoever made them. What nobody has said anything of is as
a call expects it: what is read, changed or deleted is there, and the name under which something is made is free.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import field

from keyflow.asl import JSON
from keyflow.aws import Integration, resource_of
from keyflow.aws.effects import Effect, OperationEffect, effect_of
from keyflow.dataclass import dataclass
from keyflow.engine import Failure, Outcome, Success, TaskCall
from keyflow.engine.limits import Limits
from keyflow.verify.world.identity import (
    changed_texts,
    deletes_such,
    identifiers_given,
    lists_such,
    names_another,
    names_given,
    required_texts,
    token_of,
    with_names_given,
)
from keyflow.verify.world.own import texts_in
from keyflow.verify.world.results import sample_result
from keyflow.verify.world.runner import INTERNAL_CAUSE, described_by
from keyflow.verify.world.shared_tables import Caller, Place, Refused, SharedTables, Touched, spelt, touch
from keyflow.verify.world.shown import as_changed, as_made, entries_of, is_as_asked, is_asked_for
from keyflow.verify.world.things import Thing


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """Something that an execution has made, with what the service answered."""

    who: str
    thing: Thing
    result: JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """A message that was sent, or a call of which no model knows what it does."""

    who: str
    call: TaskCall
    is_known: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of something that is there."""

    who: str
    state: str
    operation: str
    parameters: JSON


@dataclass(slots=True)
class SharedWorld:
    """What there is.

    `deleted` are the things that were there before and are not any more, in words, each with its service; `ended` all
    that are not any more, each with what it was; `given` are the identifiers that services have given to what was made,
    each with its service. `listed` are the operations by which each execution looked for things.
    """

    tables: SharedTables
    made: list[Made] = field(default_factory=list)
    changes: dict[Place, list[Change]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    ended: dict[Place, set[str]] = field(default_factory=dict)
    given: set[tuple[str, str]] = field(default_factory=set)
    listed: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    @property
    def touched(self) -> Touched:
        """What each execution's calls were about, and whether one of them wrote."""
        return self.tables.touched

    def call(self, call: TaskCall, by: Caller) -> Outcome:
        """Answers a call, which takes as long as its timeout lets it."""
        limit, _too_late = Limits(call.timeout, call.heartbeat).first()
        try:
            result = self._answer(call, by)
        except Refused as refused:
            return Failure(refused.error, INTERNAL_CAUSE, limit or 0.0)
        return Success(result, limit or 0.0)

    def _answer(self, call: TaskCall, by: Caller) -> JSON:
        integration = resource_of(call.resource).integration
        if integration is None or not isinstance(call.parameters, dict):
            return self._do(call, by, is_known=False)
        if integration.model.service.name == "dynamodb":
            answer = self.tables.answer(call, integration, by)
            if answer is not None:
                return answer
        effect = effect_of(integration.model)
        match effect.effect:
            case Effect.READS:
                return self._read(call, integration, by)
            case Effect.CREATES | Effect.STARTS:
                return self._make(call, integration, effect, by)
            case Effect.DELETES:
                return self._delete(call, integration, effect, by)
            case Effect.CHANGES:
                return self._change(call, integration, by)
            case Effect.SENDS | Effect.UNKNOWN:
                return self._do(call, by, is_known=effect.effect is Effect.SENDS)

    # Things.

    def _read(self, call: TaskCall, integration: Integration, by: Caller) -> JSON:
        self.listed.setdefault(by.who, set()).add((integration.model.service.name, integration.operation))
        such = [each for each in self.made if lists_such(integration, each.thing.integration, each.thing.effect)]
        members = {each.thing.effect.found_in.get(integration.operation) for each in such} - {None, ""}
        listed = [each for each in such if is_asked_for(each.thing, call.parameters)]
        sample = by.sample(call)
        if len(members) == 1:
            return self._listing(sample, call, integration.spelling(str(members.pop())), listed, by)
        named = required_texts(integration, call.parameters)
        touch(self.touched, by, (integration.model.service.name, named), writes=False)
        made = self._meant(integration, named)
        if made is None and self._is_ended(integration, call.parameters, named) and integration.gone_errors:
            raise Refused(integration.gone_errors[0])
        found = sample if made is None else as_made(sample, made.result, made.thing.call.parameters)
        for change in self.changes.get((integration.model.service.name, named), ()):
            found = as_changed(found, json.loads(change.parameters))
        return found

    def _listing(self, sample: JSON, call: TaskCall, member: str, listed: list[Made], by: Caller) -> JSON:
        """What a call lists: what there was before, and what was made since."""
        entries = sample.get(member) if isinstance(sample, dict) else None
        form = next(iter(entries or ()), None) or next(
            entries_of(sample_result(call.resource, call.state), member), None
        )
        if not isinstance(entries, list) or not isinstance(form, dict):
            return sample
        for each in listed:
            touch(self.touched, by, (each.thing.integration.model.service.name, each.thing.names), writes=False)
        described = [described_by(form, each.result, each.thing.call.parameters) for each in listed]
        return {**sample, member: [*entries, *described]}

    def _make(self, call: TaskCall, integration: Integration, effect: OperationEffect, by: Caller) -> JSON:
        names = names_given(integration, effect, call.parameters)
        token = frozenset(texts_in(token_of(integration, effect, call.parameters)))
        touch(
            self.touched, by, (integration.model.service.name, names or token), writes=True
        ) if names or token else None
        around = {frozenset({text}) for text in required_texts(integration, call.parameters)} - {names}
        if integration.gone_errors and self._has_ended(integration, call.parameters, around):
            raise Refused(integration.gone_errors[0])
        is_upsert = effect.upsert or call.parameters.get("Overwrite") is True
        given_back = self._given_back(call, integration, effect, names, is_upsert=is_upsert)
        if given_back is not None:
            return given_back.result
        result = with_names_given(integration, effect, call.parameters, by.sample(call))
        given = identifiers_given(integration, effect, result)
        texts_in_parameters = frozenset(texts_in(call.parameters))
        thing = Thing(
            call=call,
            integration=integration,
            effect=effect,
            index=len(self.made),
            texts=texts_in_parameters.union(texts_in(result)),
            names=names,
            given=given,
            mine=True,
            overwrites=is_upsert and bool(names),
        )
        self.made.append(Made(who=by.who, thing=thing, result=result))
        self.given |= {(integration.model.service.name, text) for text in given - texts_in_parameters}
        self._begin(integration, call.parameters, (names, *(frozenset({text}) for text in given)))
        return result

    def _given_back(
        self,
        call: TaskCall,
        integration: Integration,
        effect: OperationEffect,
        names: frozenset[str],
        *,
        is_upsert: bool,
    ) -> Made | None:
        """What is there already, and is given back; what is written over goes.

        Raises:
            Refused: There is something, and it is neither.
        """
        before = self._made_before(call, integration, effect, names)
        if before is None:
            return None
        if not is_as_asked(integration, call.parameters, before.result):
            raise Refused(integration.unmodelled_error)
        if self._is_same(before, call, integration, effect) or (effect.gives_back and not is_upsert):
            return before
        if effect.exists_errors and not is_upsert:
            raise Refused(integration.error_name(effect.exists_errors[0]))
        self.made.remove(before)
        return None

    def _begin(self, integration: Integration, parameters: JSON, things: Iterable[frozenset[str]]) -> None:
        """Notes that things are there, whatever was deleted before that had their names."""
        service = integration.model.service.name
        for each in things:
            nouns = self.ended.get((service, each), set())
            self.ended[service, each] = {noun for noun in nouns if names_another(parameters, each, noun)}

    def _made_before(
        self, call: TaskCall, integration: Integration, effect: OperationEffect, names: frozenset[str]
    ) -> Made | None:
        """What is there under the name that a call gives, or what one with the same token has made."""
        service = integration.model.service
        such = (each for each in self.made if each.thing.integration.model.service is service)
        alike = [each for each in such if each.thing.effect.noun == effect.noun]
        same = (each for each in alike if self._is_same(each, call, integration, effect))
        named = (each for each in alike if names and each.thing.names == names)
        return next(same, None) or next(named, None)

    def _is_same(self, made: Made, call: TaskCall, integration: Integration, effect: OperationEffect) -> bool:
        token, before = token_of(integration, effect, call.parameters), made.thing
        return token is not None and token == token_of(before.integration, before.effect, before.call.parameters)

    def _delete(self, call: TaskCall, integration: Integration, effect: OperationEffect, by: Caller) -> JSON:
        named = required_texts(integration, call.parameters)
        service = integration.model.service.name
        touch(self.touched, by, (service, named), writes=True)
        about = [each for each in self.made if deletes_such(integration, each.thing.integration, each.thing.effect)]
        meant = [each for each in about if each.thing.is_meant_by(named)]
        if meant:
            if not is_as_asked(integration, call.parameters, meant[-1].result):
                raise Refused(integration.unmodelled_error)
            self._end(meant[-1], service)
        elif self._is_ended(integration, call.parameters, named) or self._was_never_there(integration, named):
            if integration.gone_errors:
                raise Refused(integration.gone_errors[0])
        elif named:
            self.deleted.add((service, f"deletion of {effect.noun} {' '.join(sorted(named))}"))
            self.ended.setdefault((service, named), set()).add(effect.noun)
            self._forget_changes(service, named)
        return by.sample(call)

    def _end(self, made: Made, service: str) -> None:
        """Takes away something, and what lies in it: what is named by it and something more."""
        names, given = made.thing.names, made.thing.identifiers - made.thing.names
        ended = [frozenset({text}) for text in given] + ([names] if names else [])
        inside = [each for each in self.made if any(name < each.thing.names for name in ended)]
        self.made = [each for each in self.made if each is not made and each not in inside]
        for name in ended:
            self.ended.setdefault((service, name), set()).add(made.thing.effect.noun)
            self._forget_changes(service, name)

    def _forget_changes(self, service: str, names: frozenset[str]) -> None:
        self.changes = {
            place: changes for place, changes in self.changes.items() if place[0] != service or not names <= place[1]
        }

    def _change(self, call: TaskCall, integration: Integration, by: Caller) -> JSON:
        about = changed_texts(integration, call.parameters)
        place = (integration.model.service.name, about)
        touch(self.touched, by, place, writes=True)
        if about and integration.gone_errors and self._is_ended(integration, call.parameters, about):
            raise Refused(integration.gone_errors[0])
        change = Change(
            who=by.who, state=call.state, operation=integration.operation, parameters=spelt(call.parameters)
        )
        before = self.changes.setdefault(place, [])
        undone = by.undone_by(call)
        if before and before[-1].who == by.who and before[-1].state in undone:
            before.pop()
        else:
            before.append(change)
        return by.sample(call)

    def _meant(self, integration: Integration, named: frozenset[str]) -> Made | None:
        """What is there that texts name; None where it is nothing that an execution made."""
        service = integration.model.service
        such = (each for each in self.made if named and each.thing.integration.model.service is service)
        return next((each for each in such if each.thing.identifiers == named or named == each.thing.names), None)

    def _is_ended(self, integration: Integration, parameters: JSON, named: frozenset[str]) -> bool:
        """Whether something is deleted that texts name, or that lies around what they name."""
        return self._has_ended(integration, parameters, {named, *(frozenset({text}) for text in named)})

    def _has_ended(self, integration: Integration, parameters: JSON, things: Iterable[frozenset[str]]) -> bool:
        """Whether one of some things is deleted, each given by its texts in the parameters of a call."""
        service = integration.model.service.name
        nouns = ((each, noun) for each in things for noun in self.ended.get((service, each), ()))
        return any(not names_another(parameters, each, noun) for each, noun in nouns)

    def _was_never_there(self, integration: Integration, named: frozenset[str]) -> bool:
        """Whether texts name something with an identifier that a service has given since: it was not there before."""
        return any((integration.model.service.name, text) in self.given for text in named)

    # What no model knows, and messages.

    def _do(self, call: TaskCall, by: Caller, *, is_known: bool) -> JSON:
        if self._is_sent(call) if is_known else by.only_reads(call):
            return by.sample(call)
        undone = by.undone_by(call)
        work = [
            each
            for each in self.deeds
            if each.who == by.who and each.call.state in undone and each.call.iteration == call.iteration
        ]
        if work:
            self.deeds.remove(work[-1])
        else:
            self.deeds.append(Deed(who=by.who, call=call, is_known=is_known))
        return by.sample(call)

    def _is_sent(self, call: TaskCall) -> bool:
        """Whether a message with the same token has gone to the same place: a queue takes the second one for the first.

        Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
        """
        token = _token_of_message(call)
        return token is not None and any(_token_of_message(deed.call) == token for deed in self.deeds)


def _token_of_message(call: TaskCall) -> tuple[str, JSON, tuple[JSON, ...]] | None:
    """What makes two messages one: the token, the operation, and the queue or topic."""
    integration = resource_of(call.resource).integration
    effect = None if integration is None else effect_of(integration.model)
    token = None if integration is None or effect is None else token_of(integration, effect, call.parameters)
    return None if token is None else (call.resource, token, tuple(map(call.parameters.get, _WHERE_TO)))


_WHERE_TO = ("QueueUrl", "TopicArn", "TargetArn")
"""Where a message goes, as SQS and SNS call it."""
