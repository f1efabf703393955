"""What is at stake in a preview: what is lost for good, and what is billed from the run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from . import rules
from .markdown import code, text
from .preview import Preview, Step, Values, counted, is_number, is_unknown, name_of, shown

_MOST_NAMES = 8
TIMES = "\N{MULTIPLICATION SIGN}"


def lost(preview: Preview, now: datetime) -> Iterator[str]:
    """What the run would take away for good, resource by resource."""
    for step in preview.having("replace", "delete", "update"):
        tell = _LOSSES.get(step.kind)
        if tell is None:
            continue
        if step.op != "update" and (step.retained or step.was("on_delete") == "retain"):
            yield f"{code(step.name)} leaves the stack; {code(step.id)} stays in the cloud, and is billed on"
            continue
        found = list(tell(step, now))
        if found:
            going = {"replace": " is replaced", "delete": " is deleted"}.get(step.op, "")
            lines = [f"{code(step.name)}{going}: {'; '.join(found)}"]
            if going:
                reasons = step.provider.undeletable(step.live, now=now)
                lines += [f"  - **this will be refused:** {text(reason)}" for reason in reasons]
            yield "\n".join(lines)


def _lost_with_reservation(step: Step, _now: datetime) -> Iterator[str]:
    if step.live.get("status") in ("Released", "Expired"):
        return
    before, after = step.was("instance_amount"), step.wanted("instance_amount")
    what = f"for {shown(step.was('instance_type'))} in {shown(step.was('zone_id'))}"
    if step.op != "update":
        places = (
            counted(before, "reserved place", "reserved places") if is_number(before) else "reserved places"
        )
        yield f"{places} {what}, which only the stock of another moment can bring back"
        return
    if is_number(before) and is_number(after) and after < before:
        yield f"{before - after} of {counted(before, 'reserved place', 'reserved places')} {what}"
    if "end_time" in step.changed and step.wanted("end_time") is not None:
        yield f"the reservation ends by itself at {shown(step.wanted('end_time'), step, 'end_time')}"


def _lost_with_instance(step: Step, _now: datetime) -> Iterator[str]:
    if step.op == "update":
        if "auto_release_time" in step.changed and step.wanted("auto_release_time"):
            when = shown(step.wanted("auto_release_time"), step, "auto_release_time")
            yield f"the instance is released by itself at {when}, with its disks"
        pool = step.was("private_pool")
        if "private_pool" in step.changed and isinstance(pool, Mapping) and pool.get("id"):
            yield f"its place in the private pool {shown(pool['id'])}"
        return
    yield f"the system disk{_disk(step.live.get('system_disk') or {})}"
    for disk in step.live.get("data_disks") or []:
        if disk.get("delete_with_instance") is False:
            yield f"a data disk{_disk(disk)} stays in the cloud, and is billed on"
        else:
            yield f"a data disk{_disk(disk)}"
    if step.live.get("private_ip") not in (None, "", step.wanted("private_ip_address")):
        yield f"the private address {shown(step.live['private_ip'])}"
    if step.live.get("public_ip"):
        yield f"the public address {shown(step.live['public_ip'])}"


def _disk(disk: Values) -> str:
    size = f"{disk['size']:,} GiB" if is_number(disk.get("size")) else ""
    words = [code(str(disk["disk_name"])) if disk.get("disk_name") else "", size]
    words.append(code(str(disk["category"])) if disk.get("category") else "")
    found = " ".join(word for word in words if word)
    return f" ({found})" if found else ""


def _lost_with_order(step: Step, now: datetime) -> Iterator[str]:
    if step.op == "update":
        return
    end = rules.moment(step.live.get("end_time"))
    paid = step.was("subscription_type") == "Subscription" and end is not None and end > now
    until = f", paid until {shown(step.live['end_time'])}" if paid else ""
    what = f"{shown(step.was('product_code'))} {code(step.id)}{until}"
    if step.was("on_delete") == "refund":
        yield f"{what}, is given back (RefundInstance)"
    else:
        yield f"{what}, is released (ReleaseInstance, for virtual network operators only)"


_LOSSES = {
    "CapacityReservation": _lost_with_reservation,
    "EcsInstance": _lost_with_instance,
    "BssInstance": _lost_with_order,
}


def bought(preview: Preview) -> Iterator[str]:
    """What is billed from the run on: what is alike in one line, with its count."""
    groups: dict[str, list[Step]] = {}
    for step in preview.having("create", "replace", "update"):
        tell = _PURCHASES.get(step.kind)
        what = tell(step) if tell else ""
        if what and not step.wanted("adopt_id"):
            groups.setdefault(what, []).append(step)
    for what, steps in groups.items():
        names = ", ".join(code(step.name) for step in steps[:_MOST_NAMES])
        more = f" and {len(steps) - _MOST_NAMES:,} more" if len(steps) > _MOST_NAMES else ""
        yield f"{len(steps):,} {TIMES} {what}: {names}{more}"
    for step in preview.having("create"):
        if step.wanted("adopt_id"):
            taken_over = shown(step.wanted("adopt_id"), step, "adopt_id")
            yield f"{code(step.name)} is bought already: {taken_over} is taken over"


def _bought_reservation(step: Step) -> str:
    before, after = step.was("instance_amount"), step.wanted("instance_amount")
    if step.op == "update":
        if "instance_amount" not in step.changed:
            return ""
        if not is_number(after):
            return f"places {shown(after, step, 'instance_amount')}"
        if not is_number(before) or after <= before:
            return ""
        places = counted(after - before, "more place", "more places")
    else:
        known = is_number(after)
        places = (
            counted(after, "place", "places")
            if known
            else f"places, {shown(after, step, 'instance_amount')},"
        )
    end = step.wanted("end_time")
    until = f"until {shown(end, step, 'end_time')}" if end else "until destroyed"
    where = shown(step.wanted("zone_id"), step, "zone_id")
    what = shown(step.wanted("instance_type"), step, "instance_type")
    return f"{step.noun} of {places} for {what} in {where}, billed from the first moment {until}"


def _bought_instance(step: Step) -> str:
    prepaid = step.wanted("instance_charge_type") == "PrePaid"
    if step.op == "update":
        if not (prepaid and "instance_charge_type" in step.changed):
            return ""
        return f"{step.noun} made prepaid{_period(step)}"
    place = "zone_id" if step.wanted("zone_id") else "vswitch_id"
    what = shown(step.wanted("instance_type"), step, "instance_type")
    words = [
        f"{step.noun} {what} in {shown(step.wanted(place), step, place)}",
        f"**prepaid**{_period(step)}, can't be deleted before" if prepaid else "",
        "spot" if (step.wanted("spot_strategy") or "NoSpot") != "NoSpot" else "",
        _pool(step),
    ]
    return ", ".join(word for word in words if word)


def _period(step: Step) -> str:
    period, unit = step.wanted("period"), str(step.wanted("period_unit") or "Month").lower()
    renewed = ", renewed by itself" if step.wanted("auto_renew") is True else ""
    return (f" for {counted(period, unit, f'{unit}s')}" if is_number(period) else "") + renewed


def _pool(step: Step) -> str:
    pool = step.wanted("private_pool")
    if pool is None:
        return ""
    if isinstance(pool, Mapping):
        id_, criteria = pool.get("id"), pool.get("match_criteria")
        if id_ is None:
            return f"private pool {shown(criteria)}"
        if not is_unknown(id_):
            return f"in the private pool {shown(id_)}"
    makers = " and ".join(code(name_of(urn)) for urn in step.sources.get("private_pool") or ())
    return f"in the private pool of {makers}" if makers else "in a private pool known later"


def _bought_order(step: Step) -> str:
    if step.op == "update":
        return ""
    product = shown(step.wanted("product_code"), step, "product_code")
    if step.wanted("product_type"):
        product += f" ({shown(step.wanted('product_type'), step, 'product_type')})"
    if step.wanted("subscription_type") != "Subscription":
        return f"{product}, paid as used"
    months, renewal = step.wanted("period"), step.wanted("renew_status")
    period = f" for {counted(months, 'month', 'months')}" if is_number(months) else ""
    renewed = ", renewed by itself" if renewal == "AutoRenewal" else ""
    return f"{product}, **subscription**{period}, paid at once{renewed}"


_PURCHASES = {
    "CapacityReservation": _bought_reservation,
    "EcsInstance": _bought_instance,
    "BssInstance": _bought_order,
}
