"""ECS instances: virtual machines, from being bought to being given back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from . import cloud, ecs_disks, ecs_power, identity, polls, tags
from .capacity_reservation import PATIENCE_S
from .ecs_arguments import EcsInstance
from .errors import GONE, ApiError, InvalidInput
from .lifecycle import DEFAULT_TIMEOUT_S, Created, Properties, Provider

if TYPE_CHECKING:
    from .bridge import Operation
    from .identity import Attempt


def undeletable(state: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Why the API would refuse to delete the instance, judged by its last known outputs."""
    found = []
    if state.get("deletion_protection") is True:
        found.append(
            "deletion_protection: the instance is protected against deletion; set "
            "deletion_protection=False and run "
            "`pulumi up` first."
        )
    if state.get("instance_charge_type") == "PrePaid" and not _expired(state, now):
        until = f" until {state['expired_time']}" if state.get("expired_time") else ""
        found.append(
            f"instance_charge_type: the instance is paid for{until} and can't be deleted before; let "
            "it expire, or set "
            "instance_charge_type='PostPaid' and run `pulumi up` first."
        )
    return found


def _expired(state: Mapping[str, Any], now: datetime) -> bool:
    match = _MINUTE.match(str(state.get("expired_time")))
    return match is not None and datetime(*map(int, match.groups()), tzinfo=timezone.utc) <= now  # type: ignore[arg-type, misc, unused-ignore]


_MINUTE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})")


class EcsInstanceProvider(Provider):
    """The life of an ECS instance."""

    resource = EcsInstance
    noun = "ECS instance"
    delete_before_replace = frozenset({"private_ip_address"})
    never_differs = frozenset({"adopt_id", "force_stop", "stopped_mode", "period", "period_unit"})
    kept_at_default = frozenset({"status"})

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
            answer = cloud.ecs(operation, region_id, "RunInstances", parameters)
            return cloud.new_id(
                "RunInstances", next(iter(cloud.listed(answer, "InstanceIdSets")), None), "i-"
            )

        bought = identity.buy(
            operation, INSTANCES, region_id, attempt, create, tags=len(wanted.get("tags") or {})
        )
        return Created(bought.id, bought.attempt, bought.found)

    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait for the power state that is wanted, and bring it about where it isn't coming by itself."""
        want = wanted.get("status") or "Running"
        asked = ""

        def there(item: cloud.Item | None) -> cloud.Item | None:
            nonlocal asked
            status = item.get("Status") if item else None
            if status == want:
                return item
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
            limit=operation.timeout or DEFAULT_TIMEOUT_S,
            what=f"waiting for the instance to be {want}",
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
        """DescribeInstances; disks and the pool cost a call more and are read where the program names them."""
        item = item or polls.instances(region_id).once(operation, id_)
        if item is None:
            return None
        live = _properties(item)
        if known.get("system_disk") or known.get("data_disks"):
            live |= ecs_disks.live(ecs_disks.listed(operation, region_id, id_), known)
        if pool := known.get("private_pool"):
            attached = polls.attachments(region_id).once(operation, id_) or {}
            seen = {
                "match_criteria": attached.get("PrivatePoolOptionsMatchCriteria"),
                "id": attached.get("PrivatePoolOptionsId"),
            }
            live["private_pool"] = {key: seen.get(key) for key in pool}
        return live

    # ---- update ------------------------------------------------------------------------------------------------

    def replaces(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Disks may grow and be renamed in place; another layout is another instance."""
        if name == "system_disk":
            return ecs_disks.new_layout([olds.get(name) or {}], [news.get(name) or {}])
        if name == "data_disks":
            return ecs_disks.new_layout(olds.get(name) or [], news.get(name) or [])
        return super().replaces(name, olds, news)

    def deletes_first(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """An address has one owner; and a place in a pool of one's own is free once the old one is gone."""
        old, new = olds.get("private_pool"), news.get("private_pool")
        in_place_of = isinstance(old, Mapping) and isinstance(new, Mapping) and old.get("id")
        return super().deletes_first(olds, news) or bool(
            in_place_of and isinstance(new, Mapping) and in_place_of == new.get("id")
        )

    def notes(self, changed: list[str]) -> list[str]:
        """What a reader of the preview should know of a change in place."""
        found = []
        if "instance_type" in changed:
            found.append("instance_type: the instance is stopped, changed and started again")
        found += [
            f"{name}: takes effect at the next reboot"
            for name in ("host_name", "password")
            if name in changed
        ]
        return found

    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """One call for each group of properties that the API changes together."""
        region_id = self._region(olds)

        def call(action: str, **parameters: Any) -> None:
            cloud.ecs(operation, region_id, action, parameters)

        if attributes := {
            wire: ("" if wanted.get(name) is None else wanted[name])
            for name, wire in _ATTRIBUTES.items()
            if name in changed
        }:
            call("ModifyInstanceAttribute", InstanceId=id_, **attributes)
        if "tags" in changed:
            tags.change(operation, region_id, "instance", id_, olds.get("tags"), wanted.get("tags"))
        if "resource_group_id" in changed:
            call(
                "JoinResourceGroup",
                RegionId=region_id,
                ResourceId=id_,
                ResourceType="instance",
                ResourceGroupId=wanted["resource_group_id"],
            )
        if "private_pool" in changed:
            options = _pool(wanted.get("private_pool")) or {"MatchCriteria": "None"}
            call(
                "ModifyInstanceAttachmentAttributes",
                RegionId=region_id,
                InstanceId=id_,
                PrivatePoolOptions=options,
            )
        self._change_network(operation, region_id, id_, wanted, changed)
        self._change_access(operation, region_id, id_, olds, wanted, changed)
        if changed & {"system_disk", "data_disks"}:
            ecs_disks.change(operation, region_id, id_, wanted)
        self._change_billing(operation, region_id, id_, wanted, changed)
        if "instance_type" in changed:
            self._change_type(operation, region_id, id_, wanted)

    def _change_billing(
        self, operation: Operation, region_id: str, id_: str, wanted: Properties, changed: frozenset[str]
    ) -> None:
        def call(action: str, **parameters: Any) -> None:
            cloud.ecs(operation, region_id, action, {"RegionId": region_id, **parameters})

        if "auto_release_time" in changed:
            call(
                "ModifyInstanceAutoReleaseTime",
                InstanceId=id_,
                AutoReleaseTime=wanted.get("auto_release_time") or "",
            )
        if changed & {"auto_renew", "auto_renew_period"}:
            call(
                "ModifyInstanceAutoRenewAttribute",
                InstanceId=id_,
                AutoRenew=bool(wanted.get("auto_renew")),
                Duration=wanted.get("auto_renew_period"),
            )
        if "instance_charge_type" in changed:
            call(
                "ModifyInstanceChargeType",
                InstanceIds=json.dumps([id_]),
                InstanceChargeType=wanted.get("instance_charge_type") or "PostPaid",
                Period=wanted.get("period"),
                PeriodUnit=wanted.get("period_unit"),
                AutoPay=True,
                ClientToken=identity.change_token(operation, wanted, "instance_charge_type"),
            )

    def _change_network(
        self, operation: Operation, region_id: str, id_: str, wanted: Properties, changed: frozenset[str]
    ) -> None:
        if not changed & {"internet_max_bandwidth_out", "internet_charge_type"}:
            return
        bandwidth = wanted.get("internet_max_bandwidth_out") or 0
        parameters = {
            "InstanceId": id_,
            "InternetMaxBandwidthOut": bandwidth,
            "NetworkChargeType": wanted.get("internet_charge_type"),
        }
        cloud.ecs(operation, region_id, "ModifyInstanceNetworkSpec", parameters)
        item = polls.instances(region_id).once(operation, id_)
        if bandwidth and item is not None and not _properties(item)["public_ip"]:
            cloud.ecs(operation, region_id, "AllocatePublicIpAddress", {"InstanceId": id_})

    def _change_access(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        olds: Properties,
        wanted: Properties,
        changed: frozenset[str],
    ) -> None:
        pairs = (
            ("key_pair_name", "KeyPair", "KeyPairName"),
            ("ram_role_name", "InstanceRamRole", "RamRoleName"),
        )
        for name, noun, wire in pairs:
            if name not in changed:
                continue
            whom = {"RegionId": region_id, "InstanceIds": json.dumps([id_])}
            if olds.get(name):
                cloud.ecs(operation, region_id, f"Detach{noun}", {**whom, wire: olds[name]})
            if wanted.get(name):
                cloud.ecs(operation, region_id, f"Attach{noun}", {**whom, wire: wanted[name]})

    def _change_type(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
        """Stop it, keeping its capacity, change it, and start it again whatever happened in between."""
        limit = operation.timeout or DEFAULT_TIMEOUT_S
        watch = polls.instances(region_id)
        item = watch.once(operation, id_)
        if item is not None and item.get("InstanceType") == wanted["instance_type"]:
            return
        ecs_power.stop(operation, region_id, id_, {**wanted, "stopped_mode": "KeepCharging"})
        watch.until(
            operation,
            id_,
            lambda item: item if item is None or item.get("Status") == "Stopped" else None,
            limit=limit,
            what="waiting for the instance to stop, to change its type",
        )
        parameters = {
            "InstanceId": id_,
            "InstanceType": wanted["instance_type"],
            "ClientToken": identity.change_token(operation, wanted, "instance_type"),
        }
        try:
            cloud.ecs(operation, region_id, "ModifyInstanceSpec", parameters)
        finally:
            if (wanted.get("status") or "Running") == "Running":
                ecs_power.start(operation, region_id, id_)

    # ---- delete ------------------------------------------------------------------------------------------------

    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Why the API would refuse to delete it."""
        return undeletable(state, now=now)

    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """Stop it, wait until it is stopped, delete it, wait until it is gone."""
        item = polls.instances(region_id).once(operation, id_)
        if item is None:
            return
        live = {**state, **_properties(item)}
        if reasons := undeletable(live, now=datetime.now(timezone.utc)):
            raise InvalidInput(f"{id_} can't be deleted: {reasons[0]}")
        INSTANCES.release(operation, region_id, id_, live)


class _Instances:
    """Instances as what identity.py knows of them."""

    name = "ECS instance"

    marks = True

    def unexplained(self, operation: Operation, region_id: str) -> None:
        """What isn't listed under its mark was refused, unless there was no room for the mark."""
        parameters = {"RegionId": region_id, "MaxResults": 100}
        pages = cloud.pages(operation, region_id, "DescribeInstances", parameters, "Instances")
        identity.ask_about(self.name, {item["InstanceId"]: len(tags.own(item)) for item in pages})

    def marked(self, operation: Operation, region_id: str) -> dict[str, str]:
        """All that bear the mark, whatever they are of."""
        parameters = {"RegionId": region_id, "Tag": [{"Key": identity.MARK}], "MaxResults": 100}
        pages = cloud.pages(operation, region_id, "DescribeInstances", parameters, "Instances")
        return {item["InstanceId"]: tags.of(item).get(identity.MARK, "") for item in pages}

    def unmark(self, operation: Operation, region_id: str, ids: list[str]) -> None:
        """Take the mark off."""
        tags.remove(operation, region_id, "instance", ids, [identity.MARK])

    def earlier(self, operation: Operation, attempt: Attempt, since: float) -> None:
        """Its mark tells."""

    def alive(
        self,
        operation: Operation,
        region_id: str,
        resource_id: str,
        *,
        marked: bool,
        again: bool,
    ) -> bool:
        """Whether it shows up, and not as one that an earlier state knew."""
        item = polls.instances(region_id).until(
            operation, resource_id, lambda item: item, limit=None, patience=PATIENCE_S
        )
        return item is not None and (not marked or identity.MARK in tags.of(item))

    def release(
        self, operation: Operation, region_id: str, resource_id: str, state: Properties | None = None
    ) -> None:
        """Stop it, wait until it is stopped, delete it, wait until it is gone."""
        limit = operation.timeout or DEFAULT_TIMEOUT_S
        watch = polls.instances(region_id)
        asked = False

        def stopped(item: cloud.Item | None) -> bool | None:
            nonlocal asked
            if item is None or item.get("Status") == "Stopped":
                return True
            if item.get("Status") == "Running" and not asked:
                asked = True
                ecs_power.stop(operation, region_id, resource_id, state or {})
            return None

        watch.until(operation, resource_id, stopped, limit=limit, what="waiting for the instance to stop")
        try:
            _DELETE.ask(operation, region_id, resource_id)
        except ApiError as error:
            if error.code not in GONE:
                raise
        watch.until(
            operation,
            resource_id,
            lambda item: True if item is None else None,
            limit=limit,
            what="waiting for the instance to be deleted",
        )


INSTANCES = _Instances()
identity.KINDS.append(INSTANCES)


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


def _encoded(user_data: str | None) -> str | None:
    return base64.b64encode(user_data.encode()).decode() if user_data is not None else None


def _pool(pool: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"MatchCriteria": pool.get("match_criteria"), "Id": pool.get("id")} if pool else None


def _properties(item: cloud.Item) -> Properties:
    """Arguments and outputs, as DescribeInstances has them."""
    network = item.get("VpcAttributes") or {}
    private = cloud.listed(network, "PrivateIpAddress")
    public = cloud.listed(item, "PublicIpAddress")
    spot = item.get("SpotStrategy") or "NoSpot"
    prepaid = item.get("InstanceChargeType") == "PrePaid"
    power = item.get("Status")
    return {
        "instance_type": item.get("InstanceType"),
        "image_id": item.get("ImageId"),
        "vswitch_id": network.get("VSwitchId"),
        "security_group_ids": cloud.listed(item, "SecurityGroupIds"),
        "zone_id": item.get("ZoneId"),
        "region_id": item.get("RegionId"),
        "instance_name": item.get("InstanceName") or "",
        "description": item.get("Description") or "",
        "host_name": item.get("HostName") or "",
        "key_pair_name": item.get("KeyPairName") or "",
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


# ---- delete ---------------------------------------------------------------------------------------------------------


def _delete_one(operation: Operation, region_id: Any, id_: str) -> None:
    limit = operation.timeout or DEFAULT_TIMEOUT_S
    cloud.patiently(
        operation, limit, lambda: cloud.ecs(operation, region_id, "DeleteInstance", {"InstanceId": id_})
    )


def _delete_many(operation: Operation, region_id: Any, ids: list[str]) -> list[str]:
    cloud.ecs(operation, region_id, "DeleteInstances", {"RegionId": region_id, "InstanceId": ids})
    return []


_DELETE = polls.Together(_delete_one, _delete_many)
