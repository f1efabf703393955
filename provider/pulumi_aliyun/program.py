"""The program's side: what its resources ask for, known before the engine hears of any of them.

One `Program` stands for one run of one program. It reports all failures of all resources at once, makes the
stack's identity, and tells the provider what only the program can know: which creation of a name this is.
"""

from __future__ import annotations

import asyncio
import secrets
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import resource_pb2

from . import configuration, own_state, rules
from ._entry import load, serialized
from .hidden import ATTEMPT, ENDED, ID, IDENTITY_TYPE, Announcement, Hint, Order, Places, highest, origin_of

if TYPE_CHECKING:
    from .resource import Resource

_REMEMBERED = 20
"""How many runs that came to their end are named."""


@dataclass(eq=False)
class Asked:
    """One resource as the program asks for it."""

    resource: Resource
    name: str
    cls: type[Resource]
    arguments: Mapping[str, Any]
    pool: str = ""
    """The name of the CapacityReservation that was given as `private_pool` itself."""
    urn: pulumi.Output[str] | None = None
    final: bool = True
    """False where transforms or ignore_changes may still change the arguments: then `check` judges them."""


class Program:
    """One run of one program."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._judged = 0
        self._refused: list[str] = []
        self._pages: list[str] = []
        self._lock = asyncio.Lock()
        self._state: asyncio.Task[dict[str, dict[str, Any]]] | None = None
        self._identity: Any = None
        self._run = secrets.token_hex(8)
        self._numbers: dict[str, int] | None = None
        self._pools: asyncio.Task[dict[str, Places]] | None = None

    # ---- all failures at once ------------------------------------------------------------------------------

    async def judged(self) -> None:
        """An input of each resource that is nothing, but ends the program if anything asked for is refused.

        It runs when the program has been read to its end, before the first resource is registered.
        """
        async with self._lock:
            if self._judged != len(self.asked):
                self._judged = len(self.asked)
                self._refused = await self._failures()
        if failures := self._refused:
            count = "1 input is" if len(failures) == 1 else f"{len(failures)} inputs are"
            lines = [f"  - {line}" for line in failures] + [f"  see {page}" for page in self._pages]
            raise pulumi.RunError(f"{count} not allowed:\n" + "\n".join(lines))

    async def _failures(self) -> list[str]:
        region, now = configuration.region(_lookup), datetime.now(timezone.utc)
        refused: dict[Asked, list[str]] = {}
        for asked in self.asked:
            if asked.final:
                found = rules.failures(asked.cls, _with_region(asked, region), now=now)
                if found and found != rules.failures(
                    asked.cls, asked.arguments, now=now, olds=asked.arguments
                ):
                    # Something is refused for what is new only: ask whether it is new.
                    [urn] = await _urns([asked])
                    if not urn:
                        continue  # `check` knows the state, and judges it
                    olds = (await self.state()).get(urn, {})
                    home = str(olds.get("region_id") or region)
                    found = rules.failures(asked.cls, _with_region(asked, home), now=now, olds=olds or None)
                refused |= {asked: found} if found else {}
        if await _may_be_transformed(refused):
            refused = {asked: found for asked, found in refused.items() if not asked.resource.options.parent}
        lines = [f"{asked.name}: {failure}" for asked, found in refused.items() for failure in found]
        seen = (page for asked, found in refused.items() for page in rules.pages(asked.cls, found))
        self._pages = list(dict.fromkeys(seen))
        lines += [
            f"{asked.name}: import_: the engine can't import it, since it would have to read it without this program; "
            f"write adopt_id={imported!r} in place of import_"
            for asked in self.asked
            if (imported := asked.resource.options.import_)
        ]
        return lines + [f"{name}: {text}" for name, text in _between(self.asked)]

    # ---- the stack's own state -----------------------------------------------------------------------------

    async def state(self) -> dict[str, dict[str, Any]]:
        """The outputs of this stack's resources by URN, as they stood when this run began."""
        if pulumi.runtime.is_dry_run() and not await self.identity().is_known():
            return {}  # nothing of ours has ever been made; the engine couldn't even read such a state
        if self._state is None:
            self._state = asyncio.ensure_future(own_state.read())
        return await self._state

    async def run_hint(self, asked: Asked) -> Hint | None:
        """The hidden input of one resource: which creation of its name the next one is.

        Resources in the state that were bought under this name count, whatever they are called by now.
        Nothing is asked at preview, where nothing is bought.
        """
        hidden = [name for name, value in asked.arguments.items() if rules.partly_unknown(value)]
        hint: Hint = {"hidden": hidden} if hidden else {}
        if sealed := [name for name in hidden if rules.unknown(asked.arguments[name])]:
            hint["sealed"] = sealed
        if asked.arguments.get("adopt_id") is not None and await _value(asked.urn) in await self.state():
            hint["known"] = True  # it has been taken over: what replaces it is bought
        if asked.arguments.get("private_pool") is not None and (places := await self._places(asked)):
            hint["pool"] = places
        if pulumi.runtime.is_dry_run():
            return hint or None
        if self._numbers is None:
            self._numbers = creations(await self.state())
        return hint | next_creation(asked, await _value(asked.urn), self._numbers)

    async def _places(self, asked: Asked) -> Places | None:
        """What this run makes of the pool that an instance of the state is in."""
        from .ecs_pools import pool_of

        pool_id = pool_of((await self.state()).get(await _value(asked.urn), {}))
        if not pool_id:
            return None
        if self._pools is None:
            self._pools = asyncio.ensure_future(self._pools_had())
        return (await self._pools)[pool_id]

    async def _pools_had(self) -> dict[str, Places]:
        from .ecs_pools import places

        return places(list(zip(await _urns(self.asked), self.asked, strict=True)), await self.state())

    async def coming(self) -> Announcement | None:
        """The hidden input of the identity: what is coming, what the state holds, and what is to be ordered."""
        if pulumi.runtime.is_dry_run():
            return None
        asked = zip(await _urns(self.asked), self.asked, strict=True)
        return announcement([(urn, each) for urn, each in asked if urn], await self.state(), self._run)

    async def regions(self) -> list[str]:
        """The regions that the program names."""
        named = {str(asked.arguments.get("region_id")) for asked in self.asked if _plain(asked, "region_id")}
        return sorted(named | {region for region in [configuration.region(_lookup)] if region})

    # ---- the identity --------------------------------------------------------------------------------------

    def identity(self) -> pulumi.Output[str]:
        """The id of this stack's identity resource, which is registered by the first resource of ours."""
        if self._identity is None:
            from .identity import Identity

            self._identity = Identity(self)
            pulumi.Output.from_input(self._end())  # type: ignore[arg-type]  # nothing, but waited for
        return self._identity.id  # type: ignore[no-any-return]

    async def _end(self) -> None:
        """Have the state say that this run has come to its end, when all that it asked for is recorded.

        The engine takes outputs from a program for any resource, once in a run, also where it isn't a target.
        """
        monitor = settings.get_monitor()
        if pulumi.runtime.is_dry_run() or monitor is None:
            return
        ids: list[Any] = [await self.identity().future()]
        while len(ids) <= len(self.asked):
            waiting = [asked.resource.id.future() for asked in self.asked[len(ids) - 1 :]]
            ids += await asyncio.gather(*waiting, return_exceptions=True)
        # With --continue-on-error, what failed has the id "".
        if not all(isinstance(each, str) and each for each in ids):
            return
        ended = [*_ended(await self.state()), self._run][-_REMEMBERED:]
        outputs = {"__provider": serialized("Identity"), ENDED: ended}
        request = resource_pb2.RegisterResourceOutputsRequest(
            urn=await self._identity.urn.future(), outputs=await rpc.serialize_properties(outputs, {})
        )
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, monitor.RegisterResourceOutputs, request)


def _ended(state: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The last runs that came to their end."""
    found = (outputs for urn, outputs in state.items() if urn.split("::")[2] == IDENTITY_TYPE)
    return list(next(found, {}).get(ENDED) or [])


def announcement(
    asked: Sequence[tuple[str, Asked]], state: Mapping[str, Mapping[str, Any]], run: str
) -> Announcement:
    """What the identity is told of a run: what is coming, what the state holds, and what is to be ordered.

    Args:
        asked: What the program asks for, by URN.
        state: The outputs that the state holds, by URN.
        run: The run's name.
    """
    attempts = {str(outputs[ATTEMPT]) for outputs in state.values() if outputs.get(ATTEMPT)}
    numbers = creations(state)
    buys = [(urn, origin_of(urn), each) for urn, each in asked if not each.arguments.get("adopt_id")]
    return {
        "coming": sorted(origin for urn, origin, _ in buys if urn not in state),
        "attempts": [
            f"{origin}.{numbers.get(origin, -1) + 1}"
            for urn, origin, each in buys
            if urn not in state or _may_be_replaced(each, state[urn])
        ],
        "recorded": sorted(attempts),
        "nameless": sorted(
            str(outputs[ATTEMPT])
            for outputs in state.values()
            if outputs.get(ATTEMPT) and not outputs.get(ID)
        ),
        "held": _held(state),
        "leaving": sorted(
            str(state[urn][ID]) for urn in state.keys() - dict(asked).keys() if ID in state[urn]
        ),
        "orders": {
            origin: Order(arguments=_what_is_plain(each.arguments), kept=_kept(each))
            for _, origin, each in buys
            if not each.cls.marked
        },
        "name": run,
        "ended": _ended(state),
    }


def next_creation(asked: Asked, urn: str, numbers: Mapping[str, int]) -> Hint:
    """What a resource's provider is told of a run: which creation of its name the next one is."""
    origin = origin_of(urn)
    return {
        "origin": origin,
        "creation": numbers.get(origin, -1) + 1,
        "kept": _kept(asked),
        "protected": bool(asked.resource._protect),  # noqa: SLF001 - the parent's as well
    }


def creations(state: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The number of the last creation of each origin, whatever it is called by now."""
    return highest(str(outputs.get(ATTEMPT, "")) for outputs in state.values())


async def _may_be_transformed(refused: Iterable[Asked]) -> bool:
    """Whether parents have transforms, which change what their children ask for: then `check` judges those.

    A parent's are known when it is registered. One that waits for a resource of ours isn't waited for.
    """
    parents = {parent.urn for asked in refused if (parent := asked.resource.options.parent)}
    if not parents:
        return False
    await asyncio.wait([asyncio.ensure_future(urn.future()) for urn in parents], timeout=_PARENTS_S)
    return has_transforms()


_PARENTS_S = 1.0


def has_transforms() -> bool:
    """Whether any of the newer transforms is known by now, of a resource or of the whole stack."""
    try:
        from pulumi.runtime._callbacks import _CallbackServicer

        return any(each._transforms for each in _CallbackServicer._servicers if _is_of_this_run(each))  # noqa: SLF001
    except (AttributeError, ImportError):
        return False


def _is_of_this_run(servicer: Any) -> bool:
    """Several programs may run in one process, each with a monitor of its own."""
    return servicer._monitor is settings.get_monitor()  # noqa: SLF001


def _held(state: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """The ids that the state holds, by kind and region; states of old don't tell them."""
    held: dict[str, dict[str, list[str]]] = {}
    for urn, outputs in state.items():
        if found := outputs.get(ID):
            kind = urn.split("::")[2].rsplit(":", 1)[-1]
            held.setdefault(kind, {}).setdefault(str(outputs.get("region_id") or ""), []).append(str(found))
    return held


def _may_be_replaced(asked: Asked, olds: Mapping[str, Any]) -> bool:
    """Whether this run may make another in its place, as far as the program can see."""
    if not asked.final or asked.resource.options.replace_on_changes:
        return True
    provider: Any = load(asked.cls.kind)
    unknown = [name for name, value in asked.arguments.items() if rules.partly_unknown(value)]
    known = {name: value for name, value in asked.arguments.items() if name not in unknown}
    wanted = rules.normalised(asked.cls, known)
    changed = [*unknown, *provider.changes(olds, wanted, None)]
    return any(provider.replaces(name, olds, wanted) for name in changed)


def _kept(asked: Asked) -> bool:
    """Whether the user has asked that it outlive its removal."""
    options = asked.resource.options
    return bool(options.protect or options.retain_on_delete)


def _what_is_plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are no outputs; `...` says that there are others."""
    plain = {name: value for name, value in arguments.items() if not rules.partly_unknown(value)}
    return plain if len(plain) == len(arguments) else {**plain, "...": True}


def _plain(asked: Asked, key: str) -> bool:
    return isinstance(asked.arguments.get(key), str)


def _with_region(asked: Asked, region: str) -> Mapping[str, Any]:
    if not asked.cls.regional or asked.arguments.get("region_id") is not None or not region:
        return asked.arguments
    return {**asked.arguments, "region_id": region}


def _between(asked: list[Asked]) -> list[tuple[str, str]]:
    """Failures that only show when resources are seen together: instances and their private pool."""
    from .ecs_pools import pool_failures

    return pool_failures(asked)


_PARENT_S = 1.0
"""How long a parent that is none of ours may take to get its URN, while no other gets one."""


async def _urns(asked: Sequence[Asked]) -> list[str]:
    """Their URNs; "" where the parent has none yet, as it may itself wait for a resource of ours."""
    urns = [asyncio.ensure_future(_value(each.urn)) for each in asked]
    pending = set(urns)
    while pending:
        done, pending = await asyncio.wait(pending, timeout=_PARENT_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
    return [urn.result() if urn.done() else "" for urn in urns]


async def _value(output: pulumi.Output[str] | None) -> str:
    return str(await output.future()) if output is not None else ""


def _lookup(key: str) -> str | None:
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


_programs: weakref.WeakKeyDictionary[Any, Program] = weakref.WeakKeyDictionary()


def current() -> Program:
    """The program that runs now: there may be several in one process, one after the other."""
    run = (
        settings.get_root_resource() or settings.SETTINGS
    )  # without a stack: a unit test with Pulumi's mocks
    program = _programs.get(run)
    if program is None:
        program = _programs[run] = Program()
    return program
