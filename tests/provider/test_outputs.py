"""Outputs that are made when the program asks for them: they are what the SDK's own would be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc, settings

from pulumi_aliyun import CapacityReservation, outputs

RESERVATION = {"instance_type": "ecs.g6.xlarge", "instance_amount": 2, "zone_id": "cn-hangzhou-h"}


class Cloud(pulumi.runtime.Mocks):
    """Answers a registration with what the resource was given, and what the cloud adds."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """A reservation of that name; one called "broken" fails."""
        if args.name == "broken":
            raise RuntimeError("no such luck")
        return "crp-1", {**args.inputs, "status": "Active", "name": pulumi.Output.secret("batch")}

    def call(self, _: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        """Nothing is in the state yet."""
        return {"outputs": {}}


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    """A stand-in for the engine, and nothing left of it afterwards."""
    before = settings.SETTINGS
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # another test may have left none
    mocks.set_mocks(Cloud(), preview=False)
    yield
    settings.configure(before)
    asyncio.set_event_loop(None)
    loop.close()


async def facts(output: pulumi.Output[Any]) -> tuple[Any, bool, bool, set[str]]:
    """All that an output says."""
    resources = {each.pulumi_resource_name for each in await output.resources()}
    return await output.future(), await output.is_known(), await output.is_secret(), resources


@pulumi.runtime.test
def test_asked_for_early_or_late_an_output_says_the_same() -> Any:
    """Value, secretness and dependencies; what nobody has given is nothing."""
    pool = CapacityReservation("pool", **RESERVATION)
    early = {name: getattr(pool, name) for name in ("status", "name", "zone_id", "used_amount")}
    assert early["status"] is pool.status
    late = CapacityReservation("late", **RESERVATION)

    async def check() -> None:
        assert await late.id.future() == "crp-1"
        assert await pool.id.future() == "crp-1"
        for resource in (pool, late):
            own = {resource.pulumi_resource_name}
            assert await facts(resource.status) == ("Active", True, False, own)
            assert await facts(resource.zone_id) == ("cn-hangzhou-h", True, False, own)
            assert await facts(resource.used_amount) == (None, True, False, own)
            assert (await facts(resource.name))[::2] == ("batch", True)

    return check()


def test_what_fails_to_be_registered_fails_whoever_asks_for_an_output() -> None:
    """Early or late; and the program, whether anybody asks or not."""
    failed = []

    @pulumi.runtime.test
    def program() -> Any:
        broken = CapacityReservation("broken", **RESERVATION)
        early = broken.status

        async def check() -> None:
            with pytest.raises(RuntimeError, match="no such luck"):
                await broken.id.future()
            for output in (early, broken.zone_id):
                with pytest.raises(RuntimeError, match="no such luck"):
                    await output.future()
                failed.append(output)

        return check()

    with pytest.raises(RuntimeError, match="no such luck"):
        program()
    assert len(failed) == 2


@pulumi.runtime.test
def test_all_registrations_are_one_thing_to_wait_for() -> Any:
    """The SDK looks at all that it waits for whenever any of it has come: not twice for each resource."""
    pools = [CapacityReservation(f"pool-{n}", **RESERVATION) for n in range(5)]
    derived = pools[0].id.apply(lambda it: it.upper())
    together = outputs._together[asyncio.get_event_loop()].all
    assert {together, derived._data} <= settings.SETTINGS.outputs
    for pool in pools:
        assert settings.SETTINGS.outputs.isdisjoint({pool.id._data, pool.urn._data})

    async def check() -> None:
        assert [await pool.id.future() for pool in pools] == ["crp-1"] * 5
        await together
        later = CapacityReservation("later", **RESERVATION)
        assert outputs._together[asyncio.get_event_loop()].all in settings.SETTINGS.outputs - {together}
        assert await later.id.future() == "crp-1"

    return check()


def test_the_first_that_can_not_be_registered_ends_the_wait() -> None:
    """Whatever else is still to come: a program that is refused ends at once."""

    @pulumi.runtime.test
    def program() -> Any:
        broken = CapacityReservation("broken", **RESERVATION)
        together = outputs._together[asyncio.get_event_loop()]
        together.one_more([])

        async def check() -> None:
            with pytest.raises(RuntimeError, match="no such luck"):
                await broken.id.future()
            assert "no such luck" in str(together.all.exception())

        return check()

    with pytest.raises(RuntimeError, match="no such luck"):
        program()


def test_a_resource_that_is_being_made_has_no_outputs_yet() -> None:
    """Its class has the declarations."""
    nobody = CapacityReservation.__new__(CapacityReservation)
    assert not hasattr(nobody, "status")
    assert CapacityReservation.status.doc.startswith("`Pending`")  # type: ignore[attr-defined]


def test_an_sdk_that_is_built_otherwise_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own outputs are used then."""

    def transfer_properties(res: Any, props: Any) -> dict[str, Any]:
        raise AssertionError((res, props))

    monkeypatch.setattr(rpc, "transfer_properties", transfer_properties)
    outputs.make_late(CapacityReservation)
    assert rpc.transfer_properties is transfer_properties
