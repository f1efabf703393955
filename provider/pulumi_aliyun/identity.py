"""The stack's identity: a resource that is there before anything is bought, and gone after the last.

Its inputs hold the record of what each run may buy; from its id come tokens and marks.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import dynamic

from . import aftermath, bridge, cloud, run, settling
from ._entry import serialized
from .errors import NeedsDecision
from .hidden import ENDED, IDENTITY_TYPE, RUN, Announcement
from .own_state import is_written_at_the_end
from .record import Record

if TYPE_CHECKING:
    from .bridge import Operation
    from .program import Program

SETTLED_S = 2.0
"""How long changes and deletes that an interrupted run has sent are given before anybody looks."""


class Identity(pulumi.CustomResource):
    """The stack's random identity; it is in the state before anything is bought, and gone after the last."""

    def __init__(self, program: Program) -> None:
        super().__init__(
            IDENTITY_TYPE,
            "aliyun",
            {
                "__provider": serialized("Identity"),
                # At preview the judgement itself may ask whether there is an identity.
                "__judged": None if pulumi.runtime.is_dry_run() else program.judged(),
                "__regions": program.regions(),
                RUN: program.coming(),
            },
        )


class IdentityProvider(dynamic.ResourceProvider):
    """Makes the identity; with it goes whatever interrupted runs have left under it."""

    serialize_as_secret_always = False

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Set the provider's process up."""
        bridge.prepare()
        cloud.configure(req.config.get)

    @bridge.guarded
    def check(self, operation: Operation, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Remember which names the run will create; the regions of a stack only ever grow."""
        cloud.refuse_misconfiguration()
        announced: Announcement | None = news.pop(RUN, None)
        record = Record(olds)
        regions = sorted({*_regions(olds), *_regions(news)})
        if announced is not None:
            record = _begin(announced, record, regions)
        return dynamic.CheckResult({**news, "__regions": regions, **record.inputs()}, [])

    @bridge.guarded
    def diff(
        self, operation: Operation, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> dynamic.DiffResult:
        """An identity never changes; what its inputs record is no difference."""
        if run.this.coming is not None:
            run.this.identity = id_
            bridge.at_end(settling.settle)
        return dynamic.DiffResult(changes=False)

    @bridge.guarded
    def create(self, operation: Operation, props: dict[str, Any]) -> dynamic.CreateResult:
        """A random id."""
        identity = secrets.token_hex(12)
        run.this.fresh.add(identity)
        run.this.identity = identity
        return dynamic.CreateResult(identity, {})

    @bridge.guarded
    def read(self, operation: Operation, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """An identity is what the state says."""
        return dynamic.ReadResult(id_, props)

    @bridge.guarded
    def delete(self, operation: Operation, id_: str, props: dict[str, Any]) -> None:
        """The stack's last: release what interrupted runs have left under this identity."""
        inputs = bridge.old_inputs(operation, hidden=True) or {}
        record = Record(inputs)
        run.this.identity = id_
        record.judge(props.get(ENDED) or [])
        unrecorded = is_written_at_the_end()  # then the state knows nothing of a run that was killed
        while True:
            settling.sweep(operation, _regions({**props, **inputs}))
            # A forced replacement isn't announced: it may be on its way whenever there was something to replace.
            is_all = not (record.held or unrecorded or settling.awaited(record))
            if not (record.unfinished or unrecorded) or is_all or settling.is_long_ago():
                break
            operation.say("waiting for what an interrupted run may have asked for")
            time.sleep(1.0)
            operation.stop_if_abandoned()
        if settling.reclaim(operation, record):
            raise NeedsDecision(
                "an interrupted run may have placed an order, and BSS doesn't tell which of the product's "
                "instances came of it\n"
                "  what to do: release it in the console and run the command again; if there is none of this "
                f"stack's, take the last resource out of the state: pulumi state delete '{operation.urn}'"
            )


def _begin(announced: Announcement, before: Record, regions: list[str]) -> Record:
    """Learn what the program says of its run, and look for what the state holds; the record that the run leaves."""
    this, held = run.this, announced["held"]
    before.judge(announced["ended"], held)
    this.name, this.regions = announced["name"], set(regions)
    this.coming, this.nameless = set(announced["coming"]), set(announced["nameless"])
    this.held |= {each for places in held.values() for ids in places.values() for each in ids}
    this.before, this.record = before, before.next(announced)
    if held:
        this.look = aftermath.Look(
            held,
            same_caller=bool(before.caller) and before.caller == this.record.caller,
            not_before=run.STARTED + (SETTLED_S if before.unfinished else 0.0),
        )
    return this.record


def _regions(props: Mapping[str, Any]) -> list[str]:
    regions = props.get("__regions")
    return [str(region) for region in regions] if isinstance(regions, list) else []
