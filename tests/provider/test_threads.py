"""The engine calls on many threads at once: each gets what is its own."""

from __future__ import annotations

from concurrent import futures
from typing import Any

import pytest

from pulumi_aliyun import run
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider

MANY = 64
PROVIDERS: dict[str, Any] = {
    "capacity_reservations": CapacityReservationProvider(),
    "instances": EcsInstanceProvider(),
    "bss_instances": BssInstanceProvider(),
}


def wanted(kind: str, n: int) -> dict[str, Any]:
    """One of a kind, told from the others by a property of its own."""
    of_kind: dict[str, dict[str, Any]] = {
        "capacity_reservations": {
            "instance_type": "ecs.g6.xlarge",
            "instance_amount": 1,
            "zone_id": "cn-hangzhou-h",
            "name": f"pool-{n}",
        },
        "instances": {
            "instance_type": "ecs.g6.xlarge",
            "image_id": "img",
            "vswitch_id": "vsw-1",
            "security_group_ids": ["sg-1"],
            "instance_name": f"web-{n}",
        },
        "bss_instances": {
            "product_code": "waf",
            "subscription_type": "PayAsYouGo",
            "parameters": {"Number": str(n)},
        },
    }
    return {**of_kind[kind], "__identity": f"of-{kind}-{n}"}


def test_sixty_four_of_everything_at_once(
    ecs: Any, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are made, read, and given back at the same time; none gets another's id, properties or error."""
    fake_aliyun.settings(profile="instant")
    monkeypatch.setattr(run, "this", run.Run())
    jobs = [(kind, n) for n in range(MANY) for kind in PROVIDERS]

    def create(job: tuple[str, int]) -> Any:
        return PROVIDERS[job[0]].create(wanted(*job))

    with futures.ThreadPoolExecutor(len(jobs)) as pool:
        made = dict(zip(jobs, pool.map(create, jobs), strict=True))
        assert len({each.id for each in made.values()}) == len(jobs)
        for (kind, n), each in made.items():
            given = wanted(kind, n)
            assert {key: each.outs[key] for key in given if not key.startswith("__")} == {
                key: value for key, value in given.items() if not key.startswith("__")
            }
        read = pool.map(lambda job: PROVIDERS[job[0]].read(made[job].id, made[job].outs), jobs)
        assert [each.id for each in read] == [made[job].id for job in jobs]
        list(pool.map(lambda job: PROVIDERS[job[0]].delete(made[job].id, made[job].outs), jobs))
    left = [each for kind in fake_aliyun.state().values() for each in kind]
    assert {each["status"] for each in left} <= {"Released"}
    assert len(left) == len(jobs)
