"""Starting, stopping, rebooting and deleting instances."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from fake_aliyun.ecs import checks, disks, pools
from fake_aliyun.ecs.model import Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
# The last is what Describe shows of an instance that runs; clients send it back, and mean the default.
_STOPPED_MODES = ("KeepCharging", "StopCharging", "Not-applicable")
_MOST_IDS = 100
_BATCH = ("AllTogether", "SuccessFirst")

Check = Callable[["Account", Params, float, Instance], None]


def _dry(p: Params, code: str = "DryRunOperation") -> None:
    if p.flag("DryRun"):
        raise ApiError(code, "Request validation has been passed with DryRun flag set.", lasting=False)


def _check_start(account: Account, p: Params, now: float, found: Instance) -> None:
    checks.unlocked(found)
    if found.settle(account.cloud.settings, now) != "Stopped" or found.expired(now):
        raise ApiError("IncorrectInstanceStatus")


def _start(account: Account, p: Params, now: float, found: Instance) -> None:
    # An instance that kept its capacity starts on it; one stopped without charge has to find new.
    if not pools.holds_capacity(found):
        pools.occupy(account, found, now)
    found.stopped_mode = ""
    found.start_time = now
    found.turn("Starting", now)


def _check_stop(account: Account, p: Params, now: float, found: Instance) -> None:
    p.one_of("StoppedMode", _STOPPED_MODES)
    if found.settle(account.cloud.settings, now) != "Running":
        raise ApiError("IncorrectInstanceStatus")


def _stop(account: Account, p: Params, now: float, found: Instance) -> None:
    # "StopCharging: economical mode" is for pay-as-you-go instances. Assumption: it gives up the capacity at
    # once, that of a private pool, too; KeepCharging keeps it.
    economical = p.text("StoppedMode") == "StopCharging" and found.charge_type == "PostPaid"
    found.stopped_mode = "StopCharging" if economical else "KeepCharging"
    if economical:
        pools.leave(found)
    found.turn("Stopping", now)


def _check_reboot(account: Account, p: Params, now: float, found: Instance) -> None:
    checks.unlocked(found)
    if found.settle(account.cloud.settings, now) != "Running":
        raise ApiError("IncorrectInstanceStatus")


def _reboot(account: Account, p: Params, now: float, found: Instance) -> None:
    # Assumption: a reboot shows as Starting, then Running.
    found.turn("Starting", now)


def _one(account: Account, p: Params, now: float, check: Check, act: Check) -> Answer:
    found = checks.instance(account, p.text("InstanceId"))
    check(account, p, now, found)
    _dry(p)
    act(account, p, now, found)
    return {}


def _several(account: Account, p: Params, now: float, check: Check, act: Check) -> Answer:
    """Does something to several instances.

    "AllTogether: … if one fails, none is done. SuccessFirst: each on its own." Assumption: the default is
    AllTogether, and a failure of it is answered as the failing instance's error.
    """
    checks.region(p)
    together = p.one_of("BatchOptimization", _BATCH, "AllTogether") == "AllTogether"
    found: list[tuple[str, Instance | None, ApiError | None]] = []
    for instance_id in batch(p):
        instance, refused = None, None
        try:
            instance = checks.instance(account, instance_id)
            check(account, p, now, instance)
        except ApiError as error:
            if together:
                raise
            refused = error
        found.append((instance_id, instance, refused))
    # "If the check succeeds, DRYRUN.SUCCESS is returned. If the BatchOptimization parameter is set to
    # SuccessFirst, the dry run … returns only DRYRUN.SUCCESS." Assumption: the status is that of DryRunOperation.
    _dry(p, "DRYRUN.SUCCESS")
    responses = []
    for instance_id, instance, refused in found:
        before = instance.status if instance else ""
        failed = refused
        if instance is not None and failed is None:
            failed = _try(partial(act, account, p, now, instance), together)
        responses.append(
            {
                "InstanceId": instance_id,
                "PreviousStatus": before,
                "CurrentStatus": instance.status if instance else "",
                "Code": failed.code if failed else "200",
                "Message": failed.message if failed else "success",
            }
        )
    return {"InstanceResponses": {"InstanceResponse": responses}}


def _try(act: Callable[[], None], together: bool) -> ApiError | None:
    """Does something to one of several; gives the refusal, unless it refuses them all."""
    try:
        act()
    except ApiError as error:
        if together:
            raise
        return error
    return None


def batch(p: Params) -> list[str]:
    """Reads InstanceId.N: 1 to 100 ids, each once."""
    ids = p.texts("InstanceId")
    if len(ids) > _MOST_IDS:
        raise ApiError("InvalidParameter", "The input parameter InstanceId is invalid.")
    return list(dict.fromkeys(ids))


@OPERATIONS("InstanceId! DryRun:bool", unused="InitLocalDisk:bool")
def start_instance(account: Account, p: Params, now: float) -> Answer:
    """Starts a stopped instance."""
    return _one(account, p, now, _check_start, _start)


@OPERATIONS("RegionId! InstanceId.N! BatchOptimization DryRun:bool")
def start_instances(account: Account, p: Params, now: float) -> Answer:
    """Starts stopped instances."""
    return _several(account, p, now, _check_start, _start)


@OPERATIONS("InstanceId! StoppedMode DryRun:bool", unused="ForceStop:bool ConfirmStop:bool Hibernate:bool")
def stop_instance(account: Account, p: Params, now: float) -> Answer:
    """Stops a running instance."""
    return _one(account, p, now, _check_stop, _stop)


@OPERATIONS("RegionId! InstanceId.N! StoppedMode BatchOptimization DryRun:bool", unused="ForceStop:bool")
def stop_instances(account: Account, p: Params, now: float) -> Answer:
    """Stops running instances."""
    return _several(account, p, now, _check_stop, _stop)


@OPERATIONS("InstanceId! DryRun:bool", unused="ForceStop:bool")
def reboot_instance(account: Account, p: Params, now: float) -> Answer:
    """Reboots a running instance."""
    return _one(account, p, now, _check_reboot, _reboot)


@OPERATIONS("RegionId! InstanceId.N! BatchOptimization DryRun:bool", unused="ForceReboot:bool")
def reboot_instances(account: Account, p: Params, now: float) -> Answer:
    """Reboots running instances."""
    return _several(account, p, now, _check_reboot, _reboot)


@OPERATIONS("InstanceId! Force:bool TerminateSubscription:bool DryRun:bool", unused="ForceStop:bool")
def delete_instance(account: Account, p: Params, now: float) -> Answer:
    """Releases an instance: "Release a Pay-As-You-Go or expired Subscription instance."."""
    found = checks.instance(account, p.text("InstanceId"))
    _check_delete(account, p, now, found)
    _dry(p)
    end(account, found, now)
    return {}


@OPERATIONS(
    "RegionId! InstanceId.N! ClientToken Force:bool TerminateSubscription:bool DryRun:bool",
    unused="ForceStop:bool",
)
def delete_instances(account: Account, p: Params, now: float) -> Answer:
    """Releases several instances, all or none."""
    region_id = checks.region(p)
    found = [checks.instance(account, each) for each in batch(p)]
    for instance in found:
        if instance.region_id != region_id:
            raise ApiError("InvalidInstanceId.NotFound")
        _check_delete(account, p, now, instance)
    _dry(p, "DRYRUN.SUCCESS")
    for instance in found:
        end(account, instance, now)
    return {}


def _check_delete(account: Account, p: Params, now: float, found: Instance) -> None:
    """Refuses what may not be released.

    A security lock does not keep an instance from being released: the page tells what becomes of its disks
    then. The code InstanceLockedForSecurity in the same page's table is what the other operations answer.
    """
    status = found.settle(account.cloud.settings, now)
    # "The specified instance is being created. Please try again later."
    if status == "Pending":
        raise ApiError("IncorrectInstanceStatus.Initializing")
    if found.deletion_protection:
        # "specified instance cannot be deleted as deletion protection is enabled for it."
        raise ApiError(
            "InvalidOperation.DeletionProtection",
            f'The operation is not allowed due to "{found.id}" is protected by deletion protection.',
        )
    # "You cannot release an in service subscribed instance." "TerminateSubscription: Specifies whether to release
    # an expired subscription instance. … Default value: false." Assumption: without it the code is the same.
    if found.charge_type == "PrePaid" and not (found.expired(now) and p.flag("TerminateSubscription")):
        raise ApiError("ChargeTypeViolation")
    if "RouteEntry" in found.dependencies:
        raise ApiError("DependencyViolation.RouteEntry")
    if "SLB" in found.dependencies:
        raise ApiError("DependencyViolation.SLBConfiguring")
    # "You can only release an instance that is in the Stopped (Stopped) status." Force: "Forcibly releases a
    # running instance."
    if status != "Stopped" and not p.flag("Force"):
        raise ApiError("IncorrectInstanceStatus")


def end(account: Account, found: Instance, now: float) -> None:
    """Makes an instance go: it gives back capacity, addresses and disks, and stays visible in the state."""
    pools.leave(found)
    disks.end_with(account, found)
    account.private_ips.discard(found.private_ip)
    account.instances.remove(found)
    found.turn("Released", now)
    account.gone_instances.append(found)
