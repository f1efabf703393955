"""BSS instances: products of Alibaba Cloud that are bought by order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pulumi

from pulumi_aliyun.pages import BSS_CREATE, BSS_RELEASE, OURS, SET_RENEWAL
from pulumi_aliyun.resource import Resource
from pulumi_aliyun.rules import (
    Optional,
    Required,
    at_least,
    count,
    length,
    mapping_of,
    one_of,
    optional,
    output,
    relation,
    required,
    text,
    whole_number,
)
from pulumi_aliyun.shared import identifier

_ELSEWHERE = {"ecs": "use EcsInstance instead", "rds": "use the provider of ApsaraDB RDS instead"}


def _not_sold_here(product_code: str | None, adopt_id: str | None) -> str | None:
    way_out = _ELSEWHERE.get(product_code.strip().lower()) if product_code and not adopt_id else None
    return (
        way_out
        and f"{product_code!r} can't be created by an order; {way_out}, or take one over with adopt_id"
    )


def _two_regions(region_id: str | None, parameters: Mapping[str, Any] | None) -> str | None:
    named = parameters.get("Region") if isinstance(parameters, Mapping) else None
    if region_id is None or not isinstance(named, str) or named == region_id:
        return None
    return f'{region_id!r} differs from parameters["Region"], which is {named!r}; name the region once'


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


class BssInstance(Resource):
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
        text(example="cn-hangzhou"),
        default=None,
        replaces=True,
        api="Parameter.Region",
        doc='The region; it wins over `parameters["Region"]`.',
        source=BSS_RELEASE("The region in which the instance resides."),
        unchecked="each product has its own regions; only the API knows them",
    )
    parameters: Optional[Mapping[str, str]] = optional(
        mapping_of(
            text(length(1, 10**6, BSS_CREATE("Code: This parameter is required.")), example="Region"),
            text(example="cn-hangzhou"),
            count(0, 100, BSS_CREATE("Valid values of N: 1 to 100."), what="parameters"),
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
        replaces=True,
        api="Period",
        doc="How many months to buy; a multiple of 12 for products sold by the year.",
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
        doc="What destroying does: `release` (for virtual network operators), `refund`, or `retain` (it stays, and is billed).",
        source=OURS("What destroying does."),
    )
    adopt_id: Optional[str] = optional(
        identifier("rm-bp67acfmxazb4p", OURS("The id of an instance of the product.")),
        default=None,
        doc="An existing instance to take over instead of creating one.",
        source=OURS("Takes over an existing instance instead of creating one."),
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
            "parameters",
            problem=_two_regions,
            limit='the same as `parameters["Region"]`, if both are given',
            source=OURS('region_id wins over parameters["Region"]; both and different: refused.'),
            refused=({"region_id": "cn-hangzhou", "parameters": {"Region": "cn-shanghai"}},),
            accepted=({"region_id": "cn-hangzhou", "parameters": {"Region": "cn-hangzhou"}},),
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
