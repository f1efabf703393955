"""ECS instances: virtual machines, from being bought to being given back."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import (
    attempts,
    buying,
    cloud,
    ecs_access,
    ecs_billing,
    ecs_disks,
    ecs_power,
    marks,
    polls,
    rules,
    run,
    tags,
    wire,
)
from .capacity_reservation import filled
from .ecs_arguments import EcsInstance, filled_in, name_as_asked
from .ecs_pools import pool_of
from .errors import GONE, ApiError, InvalidInput, vanished
from .lifecycle import Created, Properties, Provider

if TYPE_CHECKING:
    from .attempts import Attempt
    from .bridge import Operation


def undeletable(state: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Why the API would refuse to delete the instance, judged by its last known outputs."""
    found = []
    if state.get("deletion_protection") is True:
        found.append(
            "deletion_protection: the instance is protected against deletion; set deletion_protection=False "
            "and run `pulumi up` first."
        )
    if state.get("instance_charge_type") == "PrePaid" and not ecs_billing.expired(state, now):
        until = f" until {state['expired_time']}" if state.get("expired_time") else ""
        found.append(
            f"instance_charge_type: the instance is paid for{until} and can't be deleted before; let it "
            f"expire, or set instance_charge_type='PostPaid' and run `pulumi up` first."
        )
    return found


class EcsInstanceProvider(Provider):
    """The life of an ECS instance."""

    resource = EcsInstance
    noun = "ECS instance"
    delete_before_replace = frozenset({"private_ip_address"})
    never_differs = frozenset({"adopt_id", "force_stop", "stopped_mode", "period", "period_unit"})
    repaired = frozenset({"description"})
    kept_at_default = frozenset({"status"})
    changed_by_delete = frozenset({"status"})

    # ---- create ------------------------------------------------------------------------------------------------

    def buy(self, operation: Operation, region_id: str, wanted: Properties, attempt: Attempt) -> Created:
        """RunInstances, one instance: billed from here on."""

        def create(client_token: str, mark: list[dict[str, str]]) -> str:
            parameters = {
                "RegionId": region_id,
                "ZoneId": wanted.get("zone_id"),
                "InstanceType": wanted["instance_type"],
                "ImageId": wanted["image_id"],
                "VSwitchId": wanted["vswitch_id"],
                "SecurityGroupIds": wanted["security_group_ids"],
                "InstanceName": wanted.get("instance_name"),
                "Description": wanted.get("description"),
                "HostName": wanted.get("host_name"),
                "Password": wanted.get("password"),
                "KeyPairName": wanted.get("key_pair_name"),
                "UserData": _encoded(wanted.get("user_data")),
                "RamRoleName": wanted.get("ram_role_name"),
                "SystemDisk": ecs_disks.system(wanted),
                "DataDisk": ecs_disks.data(wanted),
                "InternetChargeType": wanted.get("internet_charge_type"),
                "InternetMaxBandwidthOut": wanted.get("internet_max_bandwidth_out"),
                "PrivateIpAddress": wanted.get("private_ip_address"),
                "InstanceChargeType": wanted.get("instance_charge_type"),
                "Period": wanted.get("period"),
                "PeriodUnit": wanted.get("period_unit") if wanted.get("period") else None,
                "AutoRenew": wanted.get("auto_renew"),
                "AutoRenewPeriod": wanted.get("auto_renew_period"),
                "AutoReleaseTime": wanted.get("auto_release_time"),
                "SpotStrategy": wanted.get("spot_strategy"),
                "SpotPriceLimit": wanted.get("spot_price_limit"),
                "DedicatedHostId": wanted.get("dedicated_host_id"),
                "PrivatePoolOptions": _pool(wanted.get("private_pool")),
                "DeletionProtection": wanted.get("deletion_protection"),
                "ResourceGroupId": wanted.get("resource_group_id"),
                "Tag": tags.listed(wanted.get("tags")) + mark,
                "Amount": 1,
                "ClientToken": client_token,
            }
            answer = _when_ready(operation, region_id, parameters)
            return cloud.new_id(
                "RunInstances", next(iter(cloud.listed(answer, "InstanceIdSets")), None), "i-"
            )

        bought = buying.buy(
            operation, INSTANCES, region_id, attempt, create, tags=len(wanted.get("tags") or {})
        )
        return Created(bought.id, bought.attempt, bought.found)

    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait for the power state that is wanted, and bring it about where it isn't coming by itself.

        A subscription that has run out can't be started: it stays as it is.
        """
        want = wanted.get("status") or "Running"
        asked = ""

        def there(item: cloud.Item | None) -> cloud.Item | None:
            nonlocal asked
            status = item.get("Status") if item else None
            if item and (status == want or (status == "Stopped" and _ended(item))):
                return _Settled(item)
            if status == "Running" and asked != "stop":
                asked = "stop"
                ecs_power.stop(operation, region_id, id_, wanted)
            elif status == "Stopped" and asked != "start":
                asked = "start"
                ecs_power.start(operation, region_id, id_)
            return None

        return polls.instances(region_id).until(
            operation,
            id_,
            there,
            what=f"waiting for the instance to be {want}",
            gone_after=polls.UNLISTED_S,
        )

    # ---- read --------------------------------------------------------------------------------------------------

    def look(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        known: Properties,
        item: cloud.Item | None = None,
    ) -> Properties | None:
        """DescribeInstances; what it doesn't show is read where the program names it.

        What has just been brought about is as it was asked for: a list needn't show it yet.
        """
        item = item or polls.instances(region_id).once(operation, id_)
        if item is None:
            return None
        known = {name: value for name, value in known.items() if not rules.partly_unknown(value)}
        live = _properties(item, known)
        if isinstance(item, _Settled):
            return live
        if known.get("system_disk") or known.get("data_disks"):
            live |= ecs_disks.live(ecs_disks.listed(operation, region_id, id_), known)
        if pool := known.get("private_pool"):
            attached = polls.attachments(region_id).once(operation, id_) or {}
            seen = {
                "match_criteria": attached.get("PrivatePoolOptionsMatchCriteria"),
                "id": attached.get("PrivatePoolOptionsId"),
            }
            live["private_pool"] = {key: seen.get(key) for key in pool}
        if known.get("ram_role_name"):
            live["ram_role_name"] = ecs_access.role(operation, region_id, id_)
        if known.get("user_data"):
            live["user_data"] = _user_data(operation, region_id, id_)
        if live["instance_charge_type"] == "PrePaid" and (
            "auto_renew" in known or "auto_renew_period" in known
        ):
            live |= ecs_billing.renewal(operation, region_id, id_, known)
        return live

    def over(self, state: Mapping[str, Any], *, now: datetime) -> bool:
        """Whether it is a subscription that has run out."""
        return ecs_billing.expired(state, now)

    # ---- update ------------------------------------------------------------------------------------------------

    def changes(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], before: Properties | None
    ) -> list[str]:
        """What differs; what only the cloud can choose stays as it is when the program stops naming it."""
        stays = {name for name in _CHOSEN_BY_THE_CLOUD if news.get(name) is None}
        if ecs_billing.bid(olds) == ecs_billing.bid(news):
            stays |= {
                name for name in ("spot_strategy", "spot_price_limit") if not rules.unknown(news.get(name))
            }
        if ecs_billing.expired(olds, wire.now()):
            stays.add("status")  # it can't be started
        return [name for name in super().changes(olds, news, before) if name not in stays]

    def replaces(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Disks may grow and be changed in place; another layout is another instance."""
        if name == "system_disk":
            return ecs_disks.new_layout([olds.get(name) or {}], [news.get(name) or {}])
        if name == "data_disks":
            return ecs_disks.new_layout(olds.get(name) or [], news.get(name) or [])
        return super().replaces(name, olds, news)

    def deletes_first(self, operation: Operation, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """An address has one owner; and where a pool is full, a place is free once the old one is gone."""
        if super().deletes_first(operation, olds, news):
            return True
        pool_id = pool_of(olds)
        return (
            bool(pool_id)
            and pool_id == pool_of(news)
            and not _has_room(operation, self._region(olds), pool_id)
        )

    def notes(self, olds: Properties, news: Properties, changed: list[str]) -> list[str]:
        """What a reader of the preview should know of a change in place."""
        found = []
        if "instance_type" in changed:
            found.append("instance_type: the instance is stopped, changed and started again")
        found += [
            f"{name}: takes effect at the next reboot"
            for name in ("host_name", "password", "key_pair_name")
            if name in changed
        ]
        return found

    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """One call for each group of properties that the API changes together.

        What only one way of paying has is changed while it is paid that way.
        """
        region_id = self._region(olds)
        item = _seen(operation, region_id, id_) if changed & _SEEN_FIRST else {"InstanceId": id_}
        prepaid = wanted.get("instance_charge_type") == "PrePaid"
        retyped = "instance_type" in changed and item.get("InstanceType") != wanted["instance_type"]
        if "instance_charge_type" in changed and not prepaid:
            ecs_billing.change_charge_type(operation, region_id, item, wanted)
        self._change_attributes(operation, region_id, id_, olds, wanted, changed)
        if changed & {"internet_max_bandwidth_out", "internet_charge_type"}:
            _change_network(operation, region_id, item, wanted)
        if changed & {"key_pair_name", "ram_role_name"}:
            ecs_access.change(operation, region_id, item, wanted, changed)
        if changed & {"system_disk", "data_disks"}:
            ecs_disks.change(operation, region_id, id_, olds, wanted)
        if "auto_release_time" in changed:
            ecs_billing.change_release(operation, region_id, id_, wanted)
        if "instance_charge_type" in changed and prepaid:
            ecs_billing.change_charge_type(operation, region_id, item, wanted)
        if changed & {"auto_renew", "auto_renew_period"} or ("instance_charge_type" in changed and prepaid):
            ecs_billing.change_renewal(operation, region_id, id_, wanted)
        if "private_pool" in changed and not retyped:
            _attach(operation, region_id, id_, wanted)
        if retyped:
            self._change_type(operation, region_id, id_, wanted, attach="private_pool" in changed)

    def _change_attributes(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        olds: Properties,
        wanted: Properties,
        changed: frozenset[str],
    ) -> None:
        if attributes := {
            wire: _CLEARED.get(name, id_) if wanted.get(name) is None else _sent(name, wanted[name], id_)
            for name, wire in _ATTRIBUTES.items()
            if name in changed
        }:
            cloud.ecs(operation, region_id, "ModifyInstanceAttribute", {"InstanceId": id_, **attributes})
        if "tags" in changed:
            tags.change(operation, region_id, "instance", id_, olds.get("tags"), wanted.get("tags"))
        if "resource_group_id" in changed:
            parameters = {
                "RegionId": region_id,
                "ResourceId": id_,
                "ResourceType": "instance",
                "ResourceGroupId": wanted["resource_group_id"],
            }
            cloud.ecs(operation, region_id, "JoinResourceGroup", parameters)

    def _change_type(
        self, operation: Operation, region_id: str, id_: str, wanted: Properties, *, attach: bool
    ) -> None:
        """Stop it, keeping its capacity, change it, and start it again whatever happened in between, Ctrl-C included.

        Another pool is one of the new type: it fits when the instance has that, and before it looks for capacity.
        """
        operation.stop_if_abandoned()
        steady = operation.to_its_end(in_time=True)
        runs = (wanted.get("status") or "Running") == "Running"
        try:
            ecs_power.until_stopped(
                steady,
                region_id,
                id_,
                {**wanted, "stopped_mode": "KeepCharging"},
                what="waiting for the instance to stop, to change its type",
                for_good=False,
            )
            operation.stop_if_abandoned()
            cloud.patiently(operation, lambda: self._respecify(steady, region_id, id_, wanted))
            if attach:
                _attach(steady, region_id, id_, wanted)
        except Exception:
            if runs:
                ecs_power.start_again(operation.to_its_end(in_time=False), region_id, id_)
            raise
        if runs:
            ecs_power.start(operation.to_its_end(in_time=False), region_id, id_)

    def _respecify(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Answer:
        """ModifyInstanceSpec, or ModifyPrepayInstanceSpec for a subscription.

        Either is refused for some minutes after the last time; only of a stopped instance does the API say so.
        """
        parameters: dict[str, Any] = {
            "InstanceId": id_,
            "InstanceType": wanted["instance_type"],
            "ClientToken": run.change_token(operation, wanted, "instance_type"),
        }
        action = "ModifyInstanceSpec"
        if wanted.get("instance_charge_type") == "PrePaid":
            action = "ModifyPrepayInstanceSpec"
            parameters |= {"RegionId": region_id, "AutoPay": True}
        return cloud.ecs(operation, region_id, action, parameters)

    # ---- delete ------------------------------------------------------------------------------------------------

    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Why the API would refuse to delete it."""
        return undeletable(state, now=now)

    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """Stop it, say what becomes of its disks, wait until it is stopped, delete it, wait until it is gone."""
        item = polls.instances(region_id).once(operation, id_)
        if item is None:
            return
        live = {**state, **_properties(item, state)}
        if reasons := undeletable(live, now=wire.now()):
            outside = live["deletion_protection"] and not state.get("deletion_protection")
            hint = " It was protected outside of this program: run `pulumi up --refresh`." if outside else ""
            raise InvalidInput(f"{id_} can't be deleted: {reasons[0]}{hint}")
        ecs_power.until_stopped(
            operation,
            region_id,
            id_,
            live,
            what="waiting for the instance to stop",
            for_good=True,
            seen=item,
            meanwhile=lambda: _tell_of_disks(operation, region_id, item),
        )
        _delete(operation, region_id, id_, paid_up=live.get("instance_charge_type") == "PrePaid")


class _Settled(cloud.Item):
    """What was seen of an instance when it had become what was wanted."""


class _Instances(marks.Marked):
    """Instances as what `buying.buy` knows of them."""

    name = "ECS instance"
    kind = "EcsInstance"
    resource_type = "instance"
    source = polls.INSTANCES

    def release(self, operation: Operation, region_id: str, resource_id: str) -> None:
        """Delete one that nobody has ever used: as it is, without stopping it first."""
        item = polls.instances(region_id).once(operation, resource_id)
        live = _properties(item, {}) if item else {}
        if reasons := undeletable(live, now=wire.now()):
            raise InvalidInput(f"{resource_id} can't be deleted: {reasons[0]}")
        paid_up = live.get("instance_charge_type") == "PrePaid"
        _delete(operation, region_id, resource_id, force=True, paid_up=paid_up)


INSTANCES = _Instances()
attempts.KINDS.append(INSTANCES)


# ---- the API's way of writing it ---------------------------------------------------------------------------

_ATTRIBUTES = {
    "instance_name": "InstanceName",
    "description": "Description",
    "host_name": "HostName",
    "password": "Password",
    "security_group_ids": "SecurityGroupIds",
    "deletion_protection": "DeletionProtection",
}
"""What one ModifyInstanceAttribute changes; the security groups all at once, so that never none is left."""

_CLEARED = {"description": "", "deletion_protection": False}
"""How it is cleared; a name becomes the id again, as if none had been given."""


def _sent(name: str, value: Any, id_: str) -> Any:
    """What ModifyInstanceAttribute is sent: it fills nothing in, as RunInstances does."""
    return filled_in(value, id_) if name in {"instance_name", "host_name"} else value


_SEEN_FIRST = frozenset(
    {
        "instance_charge_type",
        "instance_type",
        "internet_charge_type",
        "internet_max_bandwidth_out",
        "key_pair_name",
    }
)
"""What is changed by what the instance has now: an interrupted run may have got there, and it costs money."""

_CHOSEN_BY_THE_CLOUD = frozenset(
    {"zone_id", "private_ip_address", "host_name", "password", "resource_group_id"}
)
"""What an instance always has: without a wish of the program's, it keeps what it has."""


def _encoded(user_data: str | None) -> str | None:
    return base64.b64encode(user_data.encode()).decode() if user_data is not None else None


def _user_data(operation: Operation, region_id: str, id_: str) -> str:
    """What the instance got to run, decoded; what is no text can't have come from a program of ours."""
    parameters = {"RegionId": region_id, "InstanceId": id_}
    encoded = str(cloud.ecs(operation, region_id, "DescribeUserData", parameters).get("UserData") or "")
    try:
        return base64.b64decode(encoded).decode(errors="replace")
    except ValueError:
        return encoded


def _pool(pool: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"MatchCriteria": pool.get("match_criteria"), "Id": pool.get("id")} if pool else None


def _ended(item: cloud.Item) -> bool:
    return ecs_billing.expired(_properties(item, {}), wire.now())


def _properties(item: cloud.Item, known: Properties) -> Properties:
    """Arguments and outputs, as DescribeInstances has them."""
    network = item.get("VpcAttributes") or {}
    private = cloud.listed(network, "PrivateIpAddress")
    public = cloud.listed(item, "PublicIpAddress")
    spot = item.get("SpotStrategy") or "NoSpot"
    prepaid = item.get("InstanceChargeType") == "PrePaid"
    power = item.get("Status")
    id_ = str(item.get("InstanceId"))
    return {
        "instance_type": item.get("InstanceType"),
        "image_id": item.get("ImageId"),
        "vswitch_id": network.get("VSwitchId"),
        "security_group_ids": cloud.listed(item, "SecurityGroupIds"),
        "zone_id": item.get("ZoneId"),
        "region_id": item.get("RegionId"),
        "instance_name": name_as_asked(known.get("instance_name"), item.get("InstanceName") or "", id_),
        "description": item.get("Description") or "",
        "host_name": name_as_asked(known.get("host_name"), item.get("HostName") or "", id_),
        # On Windows a key pair is of no effect, and isn't shown.
        "key_pair_name": item.get("KeyPairName")
        or (known.get("key_pair_name", "") if item.get("OSType") == "windows" else ""),
        "internet_charge_type": item.get("InternetChargeType"),
        "internet_max_bandwidth_out": int(item.get("InternetMaxBandwidthOut") or 0),
        "instance_charge_type": item.get("InstanceChargeType"),
        "auto_release_time": item.get("AutoReleaseTime") or "",
        "spot_strategy": spot,
        "spot_price_limit": item.get("SpotPriceLimit") if spot == "SpotWithPriceLimit" else None,
        "dedicated_host_id": (item.get("DedicatedHostAttribute") or {}).get("DedicatedHostId") or "",
        "deletion_protection": bool(item.get("DeletionProtection")),
        "resource_group_id": item.get("ResourceGroupId") or "",
        "tags": tags.own(item),
        "status": {"Pending": "Running", "Starting": "Running", "Stopping": "Stopped"}.get(str(power), power),
        "private_ip_address": private[0] if private else None,
        "private_ip": private[0] if private else "",
        "public_ip": public[0] if public else "",
        "creation_time": item.get("CreationTime"),
        "expired_time": item.get("ExpiredTime") if prepaid else "",
    }


def _has_room(operation: Operation, region_id: str, pool_id: str) -> bool:
    """Whether a pool has room for a second instance in place of one, which then has it for this run.

    All that come to the pool in this run have their places before. A preview, which asks nobody, goes by the
    program and its state; a pool of another stack counts as full there.
    """
    known = run.pool(operation.urn)
    if not known:
        return False
    amount, used = int(known["amount"]), int(known["used"])
    with _room:
        if not run.is_preview(operation.urn):
            if pool_id not in _filled:
                _filled[pool_id] = _filling(operation, region_id, pool_id)
            size, used = _filled[pool_id]
            amount = amount or size
        taken = _second_places[pool_id] - {operation.urn}
        if amount - used - int(known["coming"]) <= len(taken):
            return False
        _second_places[pool_id].add(operation.urn)
    return True


def _filling(operation: Operation, region_id: str, pool_id: str) -> tuple[int, int]:
    """How large a pool is and how many of its places are taken, before this run has changed that."""
    try:
        seen = run.seen(operation, "CapacityReservation", region_id, pool_id)
    except KeyError:  # of another stack
        seen = polls.reservations(region_id).once(operation, pool_id)
    return filled(seen or {})


_filled: dict[str, tuple[int, int]] = {}
_second_places: defaultdict[str, set[str]] = defaultdict(set)
"""Which instances have been given room in a pool beside their old selves, by the pool's id."""
_room = threading.Lock()


def _seen(operation: Operation, region_id: str, id_: str) -> cloud.Item:
    item = polls.instances(region_id).once(operation, id_)
    if item is None:
        raise vanished(f"ECS instance {id_}", region_id)
    return item


def _attach(operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
    """ModifyInstanceAttachmentAttributes: into another private pool, or out of it."""
    parameters = {
        "RegionId": region_id,
        "InstanceId": id_,
        "PrivatePoolOptions": _pool(wanted.get("private_pool")) or {"MatchCriteria": "None"},
    }
    cloud.ecs(operation, region_id, "ModifyInstanceAttachmentAttributes", parameters)


def _change_network(operation: Operation, region_id: str, item: cloud.Item, wanted: Properties) -> None:
    """ModifyInstanceNetworkSpec; the first bandwidth comes with a public address."""
    bandwidth = wanted.get("internet_max_bandwidth_out") or 0
    needs_address = bandwidth > 0 and not cloud.listed(item, "PublicIpAddress")
    parameters = {
        "InstanceId": item["InstanceId"],
        "InternetMaxBandwidthOut": bandwidth,
        "NetworkChargeType": wanted.get("internet_charge_type"),
        "AllocatePublicIp": needs_address or None,
        "AutoPay": True if item.get("InstanceChargeType") == "PrePaid" else None,  # else the order stays open
    }
    cloud.ecs(operation, region_id, "ModifyInstanceNetworkSpec", parameters)


def _when_ready(operation: Operation, region_id: str, parameters: Mapping[str, Any]) -> cloud.Answer:
    """RunInstances, again while what it needs is just being made.

    A token stands for the refusal it got, so each try has one of its own; they follow from the first, and a
    later run goes the same way.
    """
    first, tries = str(parameters["ClientToken"]), 0

    def run() -> cloud.Answer:
        nonlocal tries
        token = hashlib.sha256(f"{first}/{tries}".encode()).hexdigest()[:48] if tries else first
        tries += 1
        return cloud.ecs(operation, region_id, "RunInstances", {**parameters, "ClientToken": token})

    return cloud.patiently(operation, run, limit=operation.timeout or _PATIENCE_S)


_PATIENCE_S = 120.0
"""How long what is between two states is waited for, if the user sets no customTimeouts."""


# ---- delete ---------------------------------------------------------------------------------------------------------


def _tell_of_disks(operation: Operation, region_id: str, item: cloud.Item) -> None:
    """Say which disks go with the instance, and which stay."""
    id_ = str(item["InstanceId"])
    locked = any(lock.get("LockReason") == "security" for lock in cloud.listed(item, "OperationLocks"))
    try:
        fate = ecs_disks.fate(ecs_disks.listed(operation, region_id, id_), locked=locked)
    except ApiError as error:  # who may delete an instance needn't be allowed to list disks
        fate = f"its disks can't be listed ({error.code}); those with delete_with_instance=False stay"
    if locked:
        operation.tell(f"{id_} is locked for security, so none of its disks can be kept: {fate}", "WARNING")
    else:
        operation.tell(f"{id_}: {fate}")


def _delete(
    operation: Operation, region_id: str, id_: str, *, force: bool = False, paid_up: bool = False
) -> None:
    """DeleteInstance, or one DeleteInstances for all that go at this moment; wait until it is gone.

    Args:
        operation: The operation.
        region_id: The region.
        id_: The instance.
        force: Whether it may still run.
        paid_up: Whether it is a subscription that has expired, which the API releases only if told so.
    """
    try:
        _DELETE.ask(operation, (region_id, force, paid_up), id_)
    except ApiError as error:
        if error.code not in GONE:
            raise
    polls.instances(region_id).until(
        operation,
        id_,
        lambda item: True if item is None else None,
        what="waiting for the instance to be deleted",
    )


def _delete_one(operation: Operation, how: Any, id_: str) -> None:
    region_id, force, paid_up = how
    parameters = {"InstanceId": id_, "Force": force or None, "TerminateSubscription": paid_up or None}
    cloud.patiently(
        operation,
        lambda: cloud.ecs(operation, region_id, "DeleteInstance", parameters),
        limit=operation.timeout or _PATIENCE_S,
    )


def _delete_many(operation: Operation, how: Any, ids: list[str]) -> list[str]:
    region_id, force, paid_up = how
    parameters = {"RegionId": region_id, "InstanceId": ids}
    parameters |= {"Force": force or None, "TerminateSubscription": paid_up or None}
    cloud.ecs(operation, region_id, "DeleteInstances", parameters)
    return []


_DELETE = polls.Together(_delete_one, _delete_many)
