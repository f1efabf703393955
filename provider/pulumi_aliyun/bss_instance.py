"""BSS instances: products of Alibaba Cloud that are bought by order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NoReturn

import pulumi

from pulumi_aliyun import attempts, bss_sites, buying, cloud, polls, rules, run, settling, wire
from pulumi_aliyun.advice import PERMISSION
from pulumi_aliyun.errors import TOKEN_MISMATCH, ApiError, InvalidInput, NeedsDecision, TimedOut
from pulumi_aliyun.lifecycle import Created, Properties, Provider
from pulumi_aliyun.pages import BSS_CREATE, BSS_REFUND, BSS_RELEASE, OURS, SET_RENEWAL
from pulumi_aliyun.resource import Resource
from pulumi_aliyun.rules import (
    Field,
    Optional,
    Required,
    at_least,
    count,
    mapping_of,
    not_empty,
    one_of,
    optional,
    output,
    relation,
    required,
    text,
    told,
    whole_number,
)
from pulumi_aliyun.shared import adopt_id_of, identifier, only_one

if TYPE_CHECKING:
    from pulumi_aliyun.attempts import Attempt
    from pulumi_aliyun.bridge import Operation

_PARAMETERS_AT_MOST = 100
_COUNTED = BSS_CREATE("Valid values of N: 1 to 100.")
_ELSEWHERE = {"ecs": "use EcsInstance instead", "rds": "use the provider of ApsaraDB RDS instead"}


def _not_sold_here(product_code: str | None, adopt_id: str | None) -> str | None:
    way_out = _ELSEWHERE.get(product_code.strip().lower()) if product_code and not adopt_id else None
    return (
        way_out
        and f"{product_code!r} can't be created by an order; {way_out}, or take one over with adopt_id"
    )


def _two_regions(region_id: str | None, named: Any) -> str | None:
    if region_id is None or not isinstance(named, str) or named == region_id:
        return None
    return f'{region_id!r} differs from parameters["Region"], which is {named!r}; name the region once'


def _no_room_for_region(parameters: Mapping[str, Any] | None, region_id: str | None) -> str | None:
    codes = {code for code, value in (parameters or {}).items() if value is not None}
    if not region_id or len(codes | {"Region"}) <= _PARAMETERS_AT_MOST:
        return None
    return (
        f"region_id is sent as one more parameter, so that there are {len(codes | {'Region'})}; "
        f"give at most {_PARAMETERS_AT_MOST - 1} others"
    )


def _subscription_without_period(
    period: float | None, subscription_type: str | None, adopt_id: str | None
) -> str | None:
    if period is None and subscription_type == "Subscription" and adopt_id is None:
        return "is missing; subscription_type 'Subscription' needs the number of months to buy, such as 1"
    return None


def _renewal_without_period(renew_period: float | None, renew_status: str | None) -> str | None:
    if renew_period is None and renew_status == "AutoRenewal":
        return (
            "is missing; renew_status 'AutoRenewal' needs the number of months that a renewal buys, such as 1"
        )
    return None


def _refund_of_what_is_used(on_delete: str | None, subscription_type: str | None) -> str | None:
    if on_delete == "refund" and subscription_type == "PayAsYouGo":
        return "'refund' ends subscriptions only, and subscription_type is 'PayAsYouGo'; use 'release', or 'retain'"
    return None


class BssInstance(Resource, kind="BssInstance", regional=False, marked=False):
    """A product that is bought by order, with the product's own parameters."""

    product_code: Required[str] = required(
        identifier("waf", BSS_CREATE("The product code. This parameter is required.")),
        replaces=True,
        api="ProductCode",
        doc="The code of the product.",
        source=BSS_CREATE("The product code. This parameter is required."),
        way_out="name the product, such as 'waf'",
    )
    subscription_type: Required[str] = required(
        text(
            one_of(
                "Subscription",
                "PayAsYouGo",
                source=BSS_CREATE("The billing method. Valid values: Subscription, PayAsYouGo."),
            ),
            example="Subscription",
        ),
        replaces=True,
        api="SubscriptionType",
        doc="For a time in advance (`Subscription`), or as used (`PayAsYouGo`).",
        source=BSS_CREATE("The billing method. This parameter is required."),
        way_out="give 'Subscription' or 'PayAsYouGo'",
    )
    product_type: Optional[str] = optional(
        text(example="waf"),
        default=None,
        replaces=True,
        api="ProductType",
        doc="The type of the product, where its code has several.",
        source=BSS_CREATE("The product type."),
        unchecked="each product has its own; only the API knows them",
    )
    region_id: Optional[str] = optional(
        identifier("cn-hangzhou", BSS_RELEASE("The region in which the instance resides.")),
        default=None,
        replaces=True,
        api="Parameter.Region",
        doc='The region; it wins over `parameters["Region"]`.',
        source=BSS_RELEASE("The region in which the instance resides."),
    )
    parameters: Field[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None, Mapping[str, str]] = optional(
        mapping_of(
            text(not_empty(BSS_CREATE("Code: This parameter is required.")), example="Region"),
            text(example="cn-hangzhou"),
            count(0, _PARAMETERS_AT_MOST, _COUNTED, what="parameters"),
            hides_values=True,
        ),
        default=None,
        replaces=True,
        api="Parameter",
        doc="The product's own parameters, Code to Value.",
        source=BSS_CREATE("The list of modules."),
    )
    period: Optional[int] = optional(
        whole_number(
            at_least(1, BSS_CREATE("The subscription period. Unit: months."), way_out="buy at least 1 month"),
            example=12,
        ),
        default=None,
        api="Period",
        doc="How many months to buy at first; a later change buys nothing. A multiple of 12 for "
        "products sold by the year.",
        source=BSS_CREATE("The subscription period. Unit: months."),
    )
    renew_status: Optional[str] = optional(
        text(
            one_of(
                "AutoRenewal",
                "ManualRenewal",
                "NotRenewal",
                source=SET_RENEWAL("Valid values: AutoRenewal, ManualRenewal, NotRenewal."),
            ),
            example="AutoRenewal",
        ),
        default="ManualRenewal",
        api="RenewalStatus",
        doc="Whether the subscription is renewed by itself, by hand, or not at all.",
        source=BSS_CREATE("The auto-renewal status. Default value: ManualRenewal."),
    )
    renew_period: Optional[int] = optional(
        whole_number(
            at_least(
                1, BSS_CREATE("The auto-renewal epoch. Unit: months."), way_out="renew for at least 1 month"
            ),
            example=1,
        ),
        default=None,
        api="RenewPeriod",
        doc="How many months a renewal buys.",
        source=BSS_CREATE("The auto-renewal epoch. Unit: months."),
    )
    on_delete: Optional[str] = optional(
        text(
            one_of(
                "release", "refund", "retain", source=OURS("What destroying does: release, refund or retain.")
            ),
            example="retain",
        ),
        default="release",
        doc="What destroying does: `release` (for virtual network operators), `refund`, or `retain` "
        "(it stays, and is billed).",
        source=OURS("What destroying does."),
    )
    adopt_id: Optional[str] = adopt_id_of(
        identifier(
            "rm-bp67acfmxazb4p",
            OURS("The id of an instance of the product."),
            only_one(BSS_RELEASE("The ID of the instance. Separate multiple IDs with commas (,).")),
        ),
        "instance",
    )

    order_id: pulumi.Output[str] = output(doc="The order that bought the instance.")
    status: pulumi.Output[str] = output(doc="The status that the billing system shows.")
    create_time: pulumi.Output[str] = output(doc="When the instance was created.")
    end_time: pulumi.Output[str] = output(doc="When the subscription ends.")

    relations = (
        relation(
            "not-ecs-or-rds",
            "product_code",
            "adopt_id",
            problem=_not_sold_here,
            limit="not `ecs` or `rds`, unless adopting",
            source=BSS_CREATE(
                "You cannot create ECS instances or ApsaraDB RDS instances by calling the operation."
            ),
            refused=({"product_code": "ecs"}, {"product_code": "rds"}),
            accepted=({"product_code": "rds", "adopt_id": "rm-bp67acfmxazb4p"}, {"product_code": "waf"}),
        ),
        relation(
            "one-region",
            "region_id",
            "parameters.Region",
            problem=_two_regions,
            limit='the same as `parameters["Region"]`, if both are given',
            source=OURS('region_id wins over parameters["Region"]; both and different: refused.'),
            refused=({"region_id": "cn-hangzhou", "parameters": {"Region": "cn-shanghai"}},),
            accepted=({"region_id": "cn-hangzhou", "parameters": {"Region": "cn-hangzhou"}},),
        ),
        relation(
            "room-for-region",
            "parameters",
            "region_id",
            problem=_no_room_for_region,
            limit=f"at most {_PARAMETERS_AT_MOST - 1} besides `Region`, if `region_id` is given: it is one of them",
            source=_COUNTED,
            refused=({"region_id": "cn-hangzhou", "parameters": {f"Code{n}": "1" for n in range(100)}},),
            accepted=(
                {"region_id": "cn-hangzhou", "parameters": {f"Code{n}": "1" for n in range(99)}},
                {"parameters": {f"Code{n}": "1" for n in range(100)}},
            ),
        ),
        relation(
            "subscription-needs-period",
            "period",
            "subscription_type",
            "adopt_id",
            problem=_subscription_without_period,
            limit="required with `subscription_type` `Subscription`, unless adopting",
            source=BSS_CREATE("The subscription period."),
            refused=({"subscription_type": "Subscription", "period": None},),
            accepted=({"subscription_type": "PayAsYouGo", "period": None},),
        ),
        relation(
            "refund-needs-subscription",
            "on_delete",
            "subscription_type",
            problem=_refund_of_what_is_used,
            limit="not `refund` with `subscription_type` `PayAsYouGo`",
            source=BSS_REFUND("Cancels subscriptions for instances that you no longer need."),
            refused=({"subscription_type": "PayAsYouGo", "on_delete": "refund"},),
            accepted=({"subscription_type": "Subscription", "period": 1, "on_delete": "refund"},),
        ),
        relation(
            "auto-renewal-needs-period",
            "renew_period",
            "renew_status",
            problem=_renewal_without_period,
            limit="required with `renew_status` `AutoRenewal`",
            source=BSS_CREATE(
                "This parameter is required when you set RenewalStatus to AutoRenewal in Settings."
            ),
            refused=({"renew_status": "AutoRenewal"},),
            accepted=({"renew_status": "AutoRenewal", "renew_period": 1}, {"renew_status": "ManualRenewal"}),
        ),
    )


class BssInstanceProvider(Provider):
    """The life of a product that is bought by order."""

    resource = BssInstance
    noun = "BSS instance"
    never_differs = frozenset({"adopt_id", "period"})
    told_once = frozenset({"order_id"})

    def buy(self, operation: Operation, region_id: str, wanted: Properties, attempt: Attempt) -> Created:
        """CreateInstance: the order is paid from here on."""

        def create(client_token: str, _mark: list[dict[str, str]]) -> str:
            data = bss_sites.call(operation, "CreateInstance", _order(wanted, client_token)).get("Data") or {}
            order_id = cloud.word(data.get("OrderId"))
            operation.outputs["order_id"] = order_id or None
            if order_id and not data.get("InstanceId"):
                raise NeedsDecision(
                    f"CreateInstance: the order {order_id} is placed, but BSS named no instance for it\n"
                    "  what to do: find the instance of this order in the console and give its id as "
                    "adopt_id"
                )
            return cloud.new_id("CreateInstance", data.get("InstanceId"))

        bought = buying.buy(operation, Orders(wanted), region_id, attempt, create)
        return Created(bought.id, bought.attempt, bought.found)

    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait until the billing system lists it; what it can't be bought with is set then."""
        try:
            item = polls.bss_instances().until(
                operation,
                id_,
                lambda item: item,
                what="waiting for the instance to show up",
            )
        except TimedOut as error:
            if not self._was_never_listed(operation.outputs):
                raise
            order = f"the order {number}" if (number := operation.outputs.get("order_id")) else "the order"
            raise TimedOut(
                f"{error}\n  if the console shows another instance for {order}, take this one out of the state by "
                f"`pulumi state delete '{operation.urn}'`, and give the other one's id as adopt_id"
            ) from None
        if wanted.get("renew_status") == "NotRenewal" and (item or {}).get("RenewStatus") != "NotRenewal":
            self._set_renewal(operation, id_, wanted)
            return None
        return item

    def look(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        known: Properties,
        item: cloud.Item | None = None,
    ) -> Properties | None:
        """QueryAvailableInstances; a subscription that has run out is shown as such, not as gone."""
        item = item or polls.bss_instances().once(operation, id_)
        if item is not None and not _released(item):
            return {**_kept(known), **_properties(item), **_ordered(known)}
        end = told(known.get("end_time"))
        if known.get("subscription_type") == "Subscription" and end and end <= wire.now():
            return {**known, "status": "Expired"}
        return None

    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """SetRenewal; what destroying does is ours alone."""
        if changed & {"renew_status", "renew_period"}:
            self._set_renewal(operation, id_, {**olds, **wanted})

    def changes(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], before: Properties | None
    ) -> list[str]:
        """What differs; what isn't renewed by itself has no period to renew for."""
        found = super().changes(olds, news, before)
        status = news.get("renew_status") or olds.get("renew_status")
        if status in {"ManualRenewal", "NotRenewal"} and not rules.unknown(news.get("renew_period")):
            return [name for name in found if name != "renew_period"]
        return found

    def changeable(self, olds: Properties, news: Properties, changed: list[str]) -> None:
        """A renewal can be changed to fewer periods than it can be ordered with."""
        months = news.get("renew_period")
        if (
            "renew_period" in changed
            and news.get("renew_status") == "AutoRenewal"
            and not rules.unknown(months)
            and _renewal(months) is None
        ):
            raise InvalidInput(
                f"renew_period: {months:g} can't be set for an instance that is bought already; use 1, 2, 3, 6, or "
                f"a multiple of 12"
            )

    def over(self, state: Mapping[str, Any], *, now: datetime) -> bool:
        """Whether the subscription has run out, and nothing renews it by itself."""
        end = told(state.get("end_time"))
        ended = end is not None and end <= now and state.get("renew_status") != "AutoRenewal"
        return ended or str(state.get("status")).casefold() in {"expired", "released"}

    def before_buying(self, wanted: Mapping[str, Any]) -> list[str]:
        """What can't be given back by everybody is said before it is bought."""
        if wanted.get("subscription_type") != "Subscription" or wanted.get("on_delete") is not None:
            return []
        said = "a destroy releases it, which only virtual network operators (VNOs) may"
        return [f"{said}; other accounts say on_delete='refund' or 'retain'"]

    def _set_renewal(self, operation: Operation, id_: str, wanted: Mapping[str, Any]) -> None:
        renewal = wanted.get("renew_status") or "ManualRenewal"
        months = wanted.get("renew_period") if renewal == "AutoRenewal" else None
        number, unit = (_renewal(months) or (months, "M")) if months else (None, None)
        parameters = {
            "InstanceIDs": id_,
            "RenewalStatus": renewal,
            "RenewalPeriod": number,
            "RenewalPeriodUnit": unit,
            "ProductCode": wanted["product_code"],
            "ProductType": wanted.get("product_type"),
            "SubscriptionType": wanted["subscription_type"],
        }
        bss_sites.call(operation, "SetRenewal", parameters)

    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Nothing is known beforehand: whether the account is a VNO, only the API knows."""
        return []

    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """ReleaseInstance, RefundInstance, or nothing, as `on_delete` says."""
        how = state.get("on_delete")
        item = polls.bss_instances().until(operation, id_, lambda item: item, patience=PATIENCE_S)
        if item is None and "status" not in state:
            operation.tell(
                f"{id_} was never listed: see in the console whether it is there, and goes on costing money",
                "WARNING",
            )
        if item is None or _released(item):
            return
        if how == "retain":
            operation.tell(f"{id_} stays, as on_delete='retain' says; {_goes_on_costing(item)}", "WARNING")
            return
        try:
            if how == "refund":
                self._refund(operation, item)
            else:
                kind = (item.get("ProductCode"), item.get("ProductType"), item.get("SubscriptionType"))
                _RELEASE.ask(operation, kind, id_)
        except ApiError as error:
            item = polls.bss_instances().once(operation, id_)
            if item is None or _released(item):
                return  # it was done the first time, and the answer got lost
            if _is_over(item):
                operation.tell(f"{id_} has ended at {item.get('EndTime')}: there is nothing to give back")
                return
            if error.retryable or error.code in PERMISSION:
                raise
            stays = f"until then the instance stays in the state, and {_goes_on_costing(item)}"
            if how == "refund":
                raise InvalidInput(
                    f"{error}\n  if it can't be refunded, set {_RETAIN}, run `pulumi up`, and destroy again; {stays}"
                ) from None
            do = (
                f"ReleaseInstance is provided for virtual network operators (VNOs) only. If this account "
                f"is none, set {_other_ways(item)}, run `pulumi up`, and destroy again; {stays}"
            )
            is_that = error.code == bss_sites.NOT_APPLICABLE
            raise InvalidInput(error.told(do) if is_that else f"{error}\n  {do}") from None
        polls.bss_instances().until(
            operation,
            id_,
            lambda item: True if _released(item) else None,
            what="waiting for the instance to be released",
        )

    def _refund(self, operation: Operation, item: cloud.Item) -> None:
        request = {
            "ProductCode": item.get("ProductCode"),
            "ProductType": item.get("ProductType")
            or "",  # "Unless otherwise specified, pass an empty string."
            "InstanceId": item["InstanceID"],
            "ImmediatelyRelease": "1",
            "ClientToken": run.change_token(operation, item, "InstanceID"),
        }
        bss_sites.call(operation, "RefundInstance", request)


def _released(item: cloud.Item | None) -> bool:
    """Whether nothing is left of it."""
    return item is None or str(item.get("Status")).casefold() == "released"


def _is_over(item: cloud.Item) -> bool:
    """Whether a subscription has run out, and nothing renews it."""
    end = told(item.get("EndTime"))
    return (
        item.get("SubscriptionType") == "Subscription"
        and item.get("RenewStatus") != "AutoRenewal"
        and (str(item.get("Status")).casefold() == "expired" or (end is not None and end <= wire.now()))
    )


def _goes_on_costing(item: cloud.Item) -> str:
    """What an instance costs that isn't given back, as far as the billing system's list tells."""
    if item.get("SubscriptionType") != "Subscription":
        return "is billed by use until somebody releases it in the console"
    paid = f"is paid for until {item['EndTime']}" if item.get("EndTime") else "is paid for"
    if item.get("RenewStatus") != "AutoRenewal":
        return f"{paid}; it isn't renewed by itself ({item.get('RenewStatus')})"
    months = _properties(item)["renew_period"]
    return f"{paid}, and then renewed by itself" + (f" for {months} months at a time" if months else "")


_RETAIN = "on_delete='retain' (it stays, and costs what it costs)"


def _other_ways(item: cloud.Item) -> str:
    if item.get("SubscriptionType") != "Subscription":
        return f"{_RETAIN} and release it in the product's console"
    return f"on_delete='refund' (RefundInstance) or {_RETAIN}"


def _renewal(months: Any) -> tuple[int, str] | None:
    """RenewalPeriod and its unit: "Valid values: 1, 2, 3, 6, 12", in months or years; None if it can't be said."""
    number = int(months)
    if number in _RENEWALS:
        return number, "M"
    return (number // 12, "Y") if number % 12 == 0 and number // 12 in _RENEWALS else None


_RENEWALS = (1, 2, 3, 6, 12)


def _release_many(operation: Operation, kind: Any, ids: list[str]) -> list[str]:
    product_code, product_type, subscription_type = kind
    request = {
        "ProductCode": product_code,
        "ProductType": product_type,
        "SubscriptionType": subscription_type,
        "InstanceIds": ",".join(ids),
    }
    answer = bss_sites.call(operation, "ReleaseInstance", request)
    if (answer.get("Data") or {}).get("ReleaseResult") is False:
        # "Indicates whether the instance is released", within an answer that calls itself a success.
        code, message = str(answer.get("Code")), str(answer.get("Message"))
        raise ApiError("ReleaseInstance", code, message, request_id=str(answer.get("RequestId")))
    return []


_RELEASE = polls.Together(lambda operation, kind, id_: _release_many(operation, kind, [id_]), _release_many)

PATIENCE_S = 2.0
"""How long a listed instance may be missing from an answer."""
LISTED_S = 15.0
"""How long an instance that was ordered by an earlier run may be missing before it counts as gone."""
CLOCKS_DIFFER_S = 900.0
"""By how much this machine's clock may be wrong: with more, the service refuses every call."""


class Orders:
    """Instances bought by order, as what `buying.buy` knows of them.

    They can't be marked, and nothing lists which order they came from. The token alone protects; where it
    can't, a person is asked.
    """

    name = "BSS instance"
    marks = False

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        self._wanted = wanted

    def marked(self, operation: Operation, region_id: str) -> dict[str, str]:
        """None can bear a mark."""
        return {}

    def unmark(self, operation: Operation, region_id: str, ids: list[str]) -> None:
        """None can bear a mark."""

    def release(self, operation: Operation, region_id: str, resource_id: str) -> None:
        """None is ever given back without being asked for."""

    def alive(
        self, operation: Operation, region_id: str, resource_id: str, *, marked: bool, again: bool
    ) -> bool:
        """One that isn't listed yet may be new, unless it is an earlier order's."""
        item = polls.bss_instances().until(
            operation, resource_id, lambda item: item, patience=LISTED_S if again else PATIENCE_S
        )
        return not again if item is None else not _released(item)

    def earlier(self, operation: Operation, attempt: Attempt, since: float) -> None:
        """Ask, if an earlier run may have got what is listed, and the token can't tell."""
        candidates = self._since(operation, since)
        if candidates and not self._remembered(operation, attempt):
            self._ask(candidates)

    def reclaim(self, operation: Operation, attempt: Attempt, since: float) -> tuple[str, bool]:
        """The id of what an interrupted run ordered, "" if nothing, and whether that is certain."""
        candidates = self._since(operation, since)
        if not candidates:
            return "", True
        if "..." in self._wanted or not self._remembered(operation, attempt):
            return "", False
        try:
            answer = bss_sites.call(operation, "CreateInstance", _order(self._wanted, attempt.client_token))
        except ApiError as error:
            if error.code not in TOKEN_MISMATCH:
                raise
            return "", False
        bought = str((answer.get("Data") or {}).get("InstanceId") or "")
        return (bought if bought in candidates else ""), bool(bought)

    def _remembered(self, operation: Operation, attempt: Attempt) -> bool:
        """Whether the token stands for an order: asked with what no order can have, so nothing is bought."""
        request = {
            "ProductCode": self._wanted["product_code"],
            "SubscriptionType": "None",
            "ClientToken": attempt.client_token,
        }
        try:
            bss_sites.call(operation, "CreateInstance", request)
        except ApiError as error:
            return error.code in TOKEN_MISMATCH
        return False  # who takes such an order can't be asked

    def _since(self, operation: Operation, since: float) -> dict[str, cloud.Item]:
        """What is listed of the product, isn't in the state, and was made since a time of this machine's clock.

        Of all products, where the record of a killed run doesn't know which it was.
        """
        request = {
            "ProductCode": self._wanted.get("product_code"),
            "ProductType": self._wanted.get("product_type"),
            "SubscriptionType": self._wanted.get("subscription_type"),
        }
        earliest = datetime.fromtimestamp(since - CLOCKS_DIFFER_S, timezone.utc)
        return {
            item["InstanceID"]: item
            for item in bss_sites.every(operation, request)
            if not run.is_held(item["InstanceID"])
            and not _released(item)
            and ((made := told(item.get("CreateTime"))) is None or made >= earliest)
        }

    def unexplained(self, operation: Operation, region_id: str) -> None:
        """The token was used with other arguments: an earlier run may have bought one. Never buy a second."""
        self._ask(self._since(operation, 0.0))

    def _ask(self, candidates: Mapping[str, cloud.Item]) -> NoReturn:
        found = [
            f"    {key}, {item.get('Status')}, created {item.get('CreateTime')}"
            for key, item in candidates.items()
        ]
        raise NeedsDecision(
            f"an earlier run that was interrupted may have bought this {self._wanted['product_code']} "
            "instance, with other arguments or too long ago for BSS to tell; nothing has been bought now. "
            "Instances of the product that this stack doesn't have:\n"
            + ("\n".join(found) or "    none is listed")
            + "\n  what to do: if one of them is meant, give it as adopt_id; if none is, give the "
            "resource another name"
        )


def _order(wanted: Mapping[str, Any], client_token: str) -> dict[str, Any]:
    """The creating call's parameters."""
    parameters = {str(code): str(value) for code, value in (wanted.get("parameters") or {}).items()}
    if wanted.get("region_id"):
        parameters["Region"] = wanted["region_id"]
    renewal = wanted.get("renew_status")
    return {
        "ProductCode": wanted["product_code"],
        "ProductType": wanted.get("product_type"),
        "SubscriptionType": wanted["subscription_type"],
        "Period": wanted.get("period"),
        "RenewalStatus": renewal if renewal != "NotRenewal" else None,
        "RenewPeriod": wanted.get("renew_period"),
        "Parameter": [{"Code": code, "Value": value} for code, value in sorted(parameters.items())],
        "ClientToken": client_token,
    }


def reclaim(operation: Operation, attempt: Attempt, since: float, asked: Sequence[Mapping[str, Any]]) -> bool:
    """Give back what an interrupted run ordered and nobody wants; False where only a person can know."""
    certain = True
    for arguments in asked:
        wanted = rules.normalised(BssInstance, arguments)
        found, known = Orders(wanted).reclaim(operation, attempt, since)
        certain = certain and known
        if found:
            run.has_arrived(attempt)
            if settling.is_to_go(operation, f"{Orders.name} {found}", attempt):
                BssInstanceProvider().give_back(operation, "", found, wanted)
            return True
    return certain


attempts.RECLAIM.append(reclaim)


def _ordered(known: Properties) -> Properties:
    """What was ordered can't change by itself, however the billing system writes it; what is adopted is as it says."""
    names = () if known.get("adopt_id") else ("product_code", "product_type", "region_id")
    return {name: known[name] for name in names if known.get(name)}


def _kept(known: Properties) -> Properties:
    return {key: known[key] for key in ("parameters", "period", "on_delete", "order_id") if key in known}


def _properties(item: cloud.Item) -> Properties:
    """Arguments and outputs, as QueryAvailableInstances has them."""
    months = int(item.get("RenewalDuration") or 0) * (12 if item.get("RenewalDurationUnit") == "Y" else 1)
    return {
        "product_code": item.get("ProductCode"),
        "product_type": item.get("ProductType"),
        "subscription_type": item.get("SubscriptionType"),
        "region_id": item.get("Region"),
        "renew_status": item.get("RenewStatus") or None,
        "renew_period": months or None,
        "status": item.get("Status"),
        "create_time": item.get("CreateTime"),
        "end_time": item.get("EndTime"),
    }
