"""The RAM policy is what the life of each resource was seen to call: no more, and no less.

Each resource is bought, read, changed in every argument that changes in place, and given back, by a model of the
engine on the fake cloud. docs/ram-policy.json and the tables of docs/ram-policy.md are what came of it. `STORE=1`
in the environment writes them anew.
"""

from __future__ import annotations

import ast
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from engine_model import Engine
from test_histories import connected

from fake_aliyun import FakeAliyun
from fake_aliyun.table import MODULES
from pulumi_aliyun import rules
from pulumi_aliyun.advice import ram_action
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, InvalidInput

REPOSITORY = Path(__file__).resolve().parents[2]
POLICY = REPOSITORY / "docs" / "ram-policy.json"
PAGE = REPOSITORY / "docs" / "ram-policy.md"

Seen = dict[str, dict[str, frozenset[str]]]
"""Kind of resource → occasion → RAM actions."""

RESERVATION = {
    "instance_type": "ecs.g6.large",
    "instance_amount": 2,
    "zone_id": "cn-hangzhou-h",
    "tags": {"a": "1"},
}
INSTANCE = {
    "instance_type": "ecs.g6.large",
    "image_id": "aliyun_3",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
    "zone_id": "cn-hangzhou-h",
    "key_pair_name": "old",
    "ram_role_name": "old",
    "system_disk": {"category": "cloud_essd", "size": 40},
    "data_disks": [{"category": "cloud_essd", "size": 40}],
    "private_pool": {"match_criteria": "Open"},
    "user_data": "#!/bin/sh",
    "tags": {"a": "1"},
}
ORDER = {"product_code": "waf", "subscription_type": "Subscription", "period": 1}

LIVES: dict[str, tuple[Any, dict[str, Any], list[tuple[str, dict[str, Any]]]]] = {
    # the provider, what is bought, and the changes one after the other; None takes an argument
    # away, and no change at all is a refresh
    "CapacityReservation": (
        CapacityReservationProvider(),
        RESERVATION,
        [
            ("instance_amount", {"instance_amount": 3}),
            ("name", {"name": "batch"}),
            ("description", {"description": "for batch"}),
            ("end_time_type", {"end_time_type": "Limited", "end_time": "2099-10-30T06:32:45Z"}),
            ("end_time", {"end_time_type": "Limited", "end_time": "2099-11-30T06:32:45Z"}),
            ("tags", {"tags": {"b": "2"}}),
        ],
    ),
    "EcsInstance": (
        EcsInstanceProvider(),
        INSTANCE,
        [
            ("instance_type", {"instance_type": "ecs.g6.xlarge"}),
            ("security_group_ids", {"security_group_ids": ["sg-2"]}),
            ("instance_name", {"instance_name": "web"}),
            ("description", {"description": "for the web"}),
            ("host_name", {"host_name": "web-1"}),
            ("password", {"password": "Passw0rd!2"}),
            ("key_pair_name", {"key_pair_name": "new"}),
            ("key_pair_name", {"key_pair_name": None}),
            ("ram_role_name", {"ram_role_name": "new"}),
            ("system_disk", {"system_disk": {"category": "cloud_essd", "size": 60, "disk_name": "root"}}),
            ("system_disk", {"system_disk": {"category": "cloud_auto", "size": 60, "disk_name": "root"}}),
            ("data_disks", {"data_disks": [{"category": "cloud_essd", "size": 60, "disk_name": "data"}]}),
            ("data_disks", {"data_disks": [{"category": "cloud_auto", "size": 60, "disk_name": "data"}]}),
            ("internet_charge_type", {"internet_charge_type": "PayByBandwidth"}),
            ("internet_max_bandwidth_out", {"internet_max_bandwidth_out": 5}),
            ("auto_release_time", {"auto_release_time": "2028-06-01T00:00:00Z"}),
            ("private_pool", {"private_pool": {"match_criteria": "None"}}),
            ("deletion_protection", {"deletion_protection": True}),
            ("status", {"status": "Stopped"}),
            ("resource_group_id", {"resource_group_id": "rg-2"}),
            ("tags", {"tags": {"b": "2"}}),
            ("status", {"status": "Running"}),
            ("auto_release_time", {"auto_release_time": None}),
            ("deletion_protection", {"deletion_protection": False}),
            ("instance_charge_type", {"instance_charge_type": "PrePaid", "period": 1}),
            ("instance_type", {"instance_type": "ecs.g6.2xlarge"}),
            ("auto_renew", {"auto_renew": True, "auto_renew_period": 1}),
            ("auto_renew_period", {"auto_renew_period": 2}),
            ("read", {}),
            ("auto_renew", {"auto_renew": False, "auto_renew_period": None}),
            ("instance_charge_type", {"instance_charge_type": "PostPaid", "period": None}),
        ],
    ),
    "BssInstance": (
        BssInstanceProvider(),
        ORDER,
        [
            ("renew_status", {"renew_status": "AutoRenewal", "renew_period": 1}),
            ("renew_period", {"renew_status": "AutoRenewal", "renew_period": 2}),
            ("on_delete", {"on_delete": "refund"}),
        ],
    ),
}


class Life:
    """One resource on one fake cloud, and what each occasion of its life calls."""

    def __init__(self, fake: FakeAliyun, monkeypatch: pytest.MonkeyPatch, provider: Any) -> None:
        connected(fake)
        self.fake, self.provider = fake, provider
        self.engine = Engine(monkeypatch)
        self.seen: dict[str, frozenset[str]] = {}
        self._known = 0

    def up(self, occasion: str, inputs: dict[str, Any]) -> None:
        self.engine.up({"it": (self.provider, inputs)})
        self.note(occasion)

    def read(self) -> None:
        self.engine.refresh()
        self.note("read")

    def note(self, occasion: str) -> None:
        requests = self.fake.requests()
        calls = frozenset(ram_action(each["action"]) for each in requests[self._known :])
        self._known = len(requests)
        self.seen[occasion] = self.seen.get(occasion, frozenset()) | calls


def together(calls: Iterable[Any]) -> None:
    """Make the calls at the same moment, as the engine does where resources don't depend on each other."""
    threads = [threading.Thread(target=call) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def life_of(kind: str, fake: FakeAliyun, monkeypatch: pytest.MonkeyPatch) -> dict[str, frozenset[str]]:
    """What each occasion in the life of a kind of resource calls."""
    provider, base, changes = LIVES[kind]
    life = Life(fake, monkeypatch, provider)
    life.up("create", base)
    life.read()
    given = base
    for argument, change in changes:
        fake.clock.advance(600)  # one change of type soon after another is throttled
        given = {name: value for name, value in {**given, **change}.items() if value is not None}
        if change:
            life.up(argument, given)
        else:
            life.read()
    if kind == "BssInstance":
        give_back_orders(life)
        return life.seen
    if kind == "CapacityReservation":
        be_refused(life, given)
    give_back(life, provider, base)
    return life.seen


def be_refused(life: Life, given: dict[str, Any]) -> None:
    """What explains a refusal is called, too: places in use can't be given up, what is shared not be released."""
    outside = connected(life.fake)
    place = {
        "RegionId": "cn-hangzhou",
        "VSwitchId": "vsw-1",
        "SecurityGroupId": "sg-1",
        "ImageId": "aliyun_3",
    }
    options = {
        "InstanceType": given["instance_type"],
        "PrivatePoolOptions": {"MatchCriteria": "Open"},
        "Amount": 2,
        "ZoneId": given["zone_id"],
    }
    outside("RunInstances", **place, **options)
    life.note("of others")
    with pytest.raises(InvalidInput, match="is less than the"):
        life.up("instance_amount", {**given, "instance_amount": 1})
    life.up("instance_amount", given)
    life.fake.faults.add(
        "ReleaseCapacityReservation", code="InvalidPermission.ResourceShareAssocoated", status=403, times=1
    )
    with pytest.raises(AliyunError, match="ResourceShareAssociations"):
        life.provider.delete(life.engine.state["it"].id, life.engine.state["it"].outputs)
    life.note("delete")
    del life.seen["of others"]


def give_back_orders(life: Life) -> None:
    """Destroy one in each way that there is, after buying one that needs a call more."""
    life.engine.destroy()
    life.note("delete, with on_delete='refund'")
    life.up("create, with renew_status='NotRenewal'", {**ORDER, "renew_status": "NotRenewal"})
    life.engine.destroy()
    life.note("delete, with on_delete='release'")


def give_back(life: Life, provider: Any, base: dict[str, Any]) -> None:
    """Destroy one alone, and two at the same moment."""
    life.engine.destroy()
    life.note("delete")
    life.engine.up(dict.fromkeys(("one", "other"), (provider, base)))
    life.note("create")
    entries = [life.engine.state.pop(name) for name in ("one", "other")]
    together(lambda entry=entry: provider.delete(entry.id, entry.outputs) for entry in entries)
    life.note("delete")


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What the lives of all kinds call."""
    found: Seen = {}
    for kind in LIVES:
        with pytest.MonkeyPatch.context() as monkeypatch, FakeAliyun(seed=1, profile="instant") as fake:
            found[kind] = life_of(kind, fake, monkeypatch)
    return found


# ---- the policy and its page -------------------------------------------------------------------------------

# What the vendor allows to be limited to kinds of resources, from its table "RAM authorization" of ECS. For all others
# it says "All Resources" (ReleaseCapacityReservation's own page does, too), or doesn't list what is tagged here.
_KINDS = {
    "capacityreservation": "CreateCapacityReservation DescribeCapacityReservationInstances"
    " DescribeCapacityReservations ModifyCapacityReservation",
    "disk": "DescribeDisks ModifyDiskAttribute ModifyDiskSpec ResizeDisk",
    "instance": "DeleteInstance DeleteInstances DescribeInstanceAttachmentAttributes"
    " DescribeInstanceAutoRenewAttribute DescribeInstances DescribeUserData JoinResourceGroup"
    " ModifyInstanceAttachmentAttributes ModifyInstanceAutoReleaseTime ModifyInstanceAutoRenewAttribute"
    " ModifyInstanceChargeType ModifyInstanceNetworkSpec ModifyInstanceSpec ModifyPrepayInstanceSpec"
    " StartInstance StopInstance StopInstances",
    "instance keypair": "AttachKeyPair DetachKeyPair",
    "instance role": "AttachInstanceRamRole DescribeInstanceRamRole DetachInstanceRamRole",
    "instance securitygroup": "ModifyInstanceAttribute",
}
_ON_KINDS = {
    f"ecs:{action}": tuple(
        "acs:ram:*:*:role/*" if kind == "role" else f"acs:ecs:*:*:{kind}/*" for kind in kinds.split()
    )
    for kinds, actions in _KINDS.items()
    for action in actions.split()
}
_TAGGING = {"ecs:TagResources", "ecs:UntagResources"}
# An instance gets a role only from somebody who may pass it on; the fake has no accounts that may not.
PASS_ROLE = {"Effect": "Allow", "Action": ["ram:PassRole"], "Resource": ["acs:ram:*:*:role/*"]}


def policy_of(seen: Seen) -> dict[str, Any]:
    """The policy: what each kind calls, in statements of its own."""
    statements: list[dict[str, Any]] = []
    for kind, occasions in seen.items():
        actions = frozenset().union(*occasions.values())
        where: dict[tuple[str, ...], list[str]] = {}
        for action in sorted(actions):
            of_instances = action in _TAGGING and kind == "EcsInstance"
            resources = ("acs:ecs:*:*:instance/*",) if of_instances else _ON_KINDS.get(action, ("*",))
            where.setdefault(resources, []).append(action)
        statements += [
            {"Effect": "Allow", "Action": names, "Resource": list(resources)}
            for resources, names in sorted(where.items())
        ]
        if "ecs:AttachInstanceRamRole" in actions:
            statements.append(PASS_ROLE)
    return {"Version": "1", "Statement": statements}


_WHOLE = ("create", "read", "delete")


def tables_of(seen: Seen) -> str:
    """What each occasion calls besides what every run calls: two narrow columns for each kind."""
    return "\n\n".join(f"### {kind}\n\n{_table(occasions)}" for kind, occasions in seen.items())


def _table(occasions: Mapping[str, frozenset[str]]) -> str:
    changes = [actions for occasion, actions in occasions.items() if not occasion.startswith(_WHOLE)]
    always = occasions["read"] | frozenset.intersection(*changes)
    rows = {always: ["Any run"]}
    for occasion, actions in occasions.items():
        if actions - always:
            rows.setdefault(actions - always, []).append(occasion)
    lines = ["| Occasion | RAM actions |", "|---|---|"]
    for actions, names in rows.items():
        named = [name if name == "Any run" else _occasion(name) for name in names]
        lines += [f"| {', '.join(named)} | {', '.join(f'`{each}`' for each in sorted(actions))} |"] * bool(
            actions
        )
    return "\n".join(lines)


def _occasion(name: str) -> str:
    first, _, condition = name.partition(", with ")
    if first in {"create", "delete"}:
        return first.capitalize() + (f" with `{condition}`" if condition else "")
    return f"`{name}`"


def paged(page: str, tables: str) -> str:
    """The page with these tables between its markers."""
    return re.sub(
        r"(<!-- seen -->\n).*(\n<!-- /seen -->)",
        lambda found: f"{found[1]}\n{tables}\n{found[2]}",
        page,
        flags=re.DOTALL,
    )


def test_the_policy_is_what_was_seen(seen: Seen) -> None:
    """docs/ram-policy.json allows exactly what the lives call, on resources where the API's pages allow that."""
    wanted = json.dumps(policy_of(seen), indent=2) + "\n"
    if os.environ.get("STORE"):
        POLICY.write_text(wanted)
    assert json.loads(POLICY.read_text()) == json.loads(wanted)
    assert len(json.dumps(policy_of(seen), separators=(",", ":"))) <= 6_144, "RAM takes no longer one"


def test_the_page_tells_what_each_occasion_calls(seen: Seen) -> None:
    """The tables of docs/ram-policy.md are what each occasion calls."""
    page = PAGE.read_text()
    if os.environ.get("STORE"):
        page = paged(page, tables_of(seen))
        PAGE.write_text(page)
    assert page == paged(page, tables_of(seen))
    assert tables_of(seen) in page


def test_every_argument_that_changes_in_place_was_changed(seen: Seen) -> None:
    """A new argument has to be added to the lives, or its operation would be missing from the policy."""
    for kind, (provider, _, _) in LIVES.items():
        updatable = {
            name
            for name, argument in rules.arguments(provider.resource).items()
            if not argument.replaces and name not in provider.never_differs
        }
        assert updatable <= seen[kind].keys()


def test_every_operation_that_the_provider_names_was_seen(seen: Seen) -> None:
    """An operation that stands in the code, and that no life calls, fails here."""
    operations = {name for names in MODULES.values() for name in names.split()}
    sources = (REPOSITORY / "provider" / "pulumi_aliyun").glob("*.py")
    named = {
        node.value
        for source in sources
        if source.name not in {"advice.py", "pages.py"}
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant) and node.value in operations
    }
    called = {action for occasions in seen.values() for actions in occasions.values() for action in actions}
    of_the_caller = {"AssumeRole"}  # called before there is a role to have the policy
    assert {ram_action(name) for name in named - of_the_caller} <= called
