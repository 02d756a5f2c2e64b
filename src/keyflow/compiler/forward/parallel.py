"""Parallel blocks and Maps: scopes inside a state, and the question behind it whether one of them has failed."""

from __future__ import annotations

from dataclasses import replace

from keyflow import asl
from keyflow.compiler.data import put
from keyflow.compiler.failures import Rules, catch_all, failed_rules, raised, settling_start, together, tolerated
from keyflow.compiler.forward.writer import Forward, landing
from keyflow.compiler.fragments import Enclosed, Fragment, Label, Written, joined, leads_to, single
from keyflow.compiler.layout import FAILED
from keyflow.compiler.movements import gather_items, keep_first, outputs
from keyflow.compiler.program import processor_config
from keyflow.compiler.scopes import InBranch, Iteration, Scope
from keyflow.compiler.undo.settling import left_in_items, settled
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch, Parallel


def side_by_side(forward: Forward, parallel: Parallel, scope: Scope, following: asl.Transition) -> Fragment:
    """A parallel block. Where a branch can fail, a Choice after it leads to the failure."""
    program, layout = forward.program, forward.program.layout
    landed = landing(forward, following, scope) if following is asl.END else Fragment(entry=following)
    asks = Label(f"{parallel.name} Failed?", parallel) if parallel in program.saga.fallible else None
    branches = [_branch(forward, branch, scope) for branch in parallel.branches]
    gathered = outputs(layout.branches[branch].key for branch in parallel.branches)
    slot = layout.parallels[parallel]
    kept = keep_first(slot, gathered) if parallel is program.first else put(slot, gathered)
    state = asl.Parallel(branches=(), **scope.dialect.working(kept), next=asks or landed.entry)
    scopes = tuple(Enclosed(branch.start, branch.states) for branch in branches)
    inside = joined(parallel.name, branches)
    written = Written(name=parallel.name, state=state, location=parallel.location, scopes=scopes)
    own = replace(inside, states=(written,), marks=())
    if asks is None:
        return joined(parallel.name, (landed, replace(own, marks=inside.marks)))
    failed = [(*layout.branches[branch].slot, FAILED) for branch in parallel.branches]
    rules = failed_rules(program, parallel, scope, failed, inside.marks)
    choice = single(asks, asl.Choice(choices=rules.rules, default=landed.start), parallel.location)
    return joined(parallel.name, (landed, own, rules.fragment, choice))


def _branch(forward: Forward, branch: Branch, around: Scope) -> Fragment:
    laid_out = forward.program.layout.branches[branch]
    scope = InBranch(branch=branch, slot=laid_out.slot, direct=laid_out.direct, dialect=around.dialect)
    return forward.landed(branch.block, scope, asl.END)


def each_item(forward: Forward, map_step: Map, scope: Scope, following: asl.Transition) -> Fragment:
    """A Map. Where an iteration can fail, a Choice after it leads to the failure if too many have."""
    program, laid_out = forward.program, forward.program.layout.maps[map_step]
    writes = map_step.result_writer is not None
    landed = landing(forward, following, scope)
    asks = Label(f"{map_step.name} Failed?", map_step) if map_step in program.saga.fallible and not writes else None
    inside = _iteration(forward, map_step, scope)
    catchers, failed = catch_all(program, map_step, scope) if map_step.distributed is not None else ((), Fragment())
    gathered = gather_items(laid_out.slot, tolerant=map_step.is_tolerant)
    state = asl.Map(
        **scope.dialect.iterate(map_step),
        max_concurrency=map_step.max_concurrency,
        **(scope.dialect.write_results(map_step) if writes else scope.dialect.working(gathered)),
        tolerated_failure_count=map_step.tolerated_failures * (map_step.batch_of or 1) if writes else None,
        catch=catchers or None,
        next=asks or landed.entry,
    )
    processor = Enclosed(inside.start, inside.states, processor_config(map_step))
    written = Written(name=map_step.name, state=state, location=map_step.location, scopes=(processor,))
    own = Fragment(entry=map_step.name, states=(written,), tail=inside.tail)
    marks = raised(program, map_step, inside.marks)
    if asks is None:
        return joined(map_step.name, (landed, replace(own, marks=marks), failed))
    nowhere = Rules(())
    rules = together(
        (
            left_in_items(program, forward.undoing, map_step) if map_step.is_tolerant else nowhere,
            failed_rules(program, map_step, scope, [(*laid_out.slot, FAILED, map_step.tolerated_failures)], marks),
            tolerated(program, map_step, marks, landed.start) if map_step.is_tolerant else nowhere,
        )
    )
    choice = single(asks, asl.Choice(choices=rules.rules, default=landed.start), map_step.location)
    return joined(map_step.name, (landed, own, failed, rules.fragment, choice))


def _iteration(forward: Forward, map_step: Map, around: Scope) -> Fragment:
    """An iteration's states."""
    root = forward.program.layout.maps[map_step].root
    scope = Iteration(map=map_step, slot=(root,), dialect=around.dialect.inside(map_step))
    result = Label(f"{map_step.name}: Result", map_step) if scope.raises else None
    parts = [forward.landed(map_step.block, scope, result or asl.END)]
    entry = parts[0].start
    if result is not None:
        parts.append(single(result, scope.dialect.output(map_step.written, map_step.location), map_step.location))
    if scope.settles and leads_to(parts[0].states, settling_start(map_step)):
        parts.append(replace(settled(forward.program, forward.undoing, scope), left=()))
    if map_step.batch_of is None:
        return joined(entry, parts)
    batch = Label(f"{map_step.name}: Batch", map_step)
    taken = single(batch, asl.Pass(**around.dialect.take_batch(map_step), next=entry), map_step.location)
    return joined(batch, (taken, *parts))
