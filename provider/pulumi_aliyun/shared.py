"""Declarations that more than one resource has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_aliyun.pages import INSTANCE_FAMILIES, OURS, Page, Source
from pulumi_aliyun.rules import (
    Field,
    Kind,
    Relation,
    Rule,
    count,
    length,
    mapping_of,
    not_containing,
    not_empty,
    not_starting,
    optional,
    relation,
    starting,
    text,
)

TAGS_AT_MOST = 20

Tags = Field[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None, Mapping[str, str]]
"""How tags are given, and read."""


def identifier(example: str, source: Source, *rules: Rule) -> Kind:
    """The id or the name of something that exists: any text but an empty one."""
    return text(not_empty(source), *rules, example=example)


def description_of(what: str, page: Page, code: str, *, or_empty: bool = False) -> Kind:
    """A description, with the same limits on all pages."""
    sentence = (
        "The description must be 2 to 256 characters in length and cannot start with http:// or https://."
    )
    source = page(sentence, *((code,) if code else ()))
    return text(
        length(2, 256, source, or_empty=or_empty),
        not_starting("http://", "https://", source=source),
        example=f"{what} for the batch jobs",
    )


def _tags(page: Page, *value_rules: Rule) -> Kind:
    counted = page("Valid values of N: 1 to 20.", "NumberExceed.Tags")
    key = page(
        "The tag key cannot be an empty string. It can be up to 128 characters in length and cannot "
        "start with aliyun "
        "or acs:. It cannot contain http:// or https://.",
        "InvalidTagKey.Malformed",
    )
    value = page(
        "The tag value can be an empty string. It can be up to 128 characters in length and cannot "
        "contain http:// or "
        "https://.",
        "InvalidTagValue.Malformed",
    )
    return mapping_of(
        text(
            length(1, 128, key),
            not_starting("aliyun", "acs:", source=key),
            not_containing("http://", "https://", source=key),
            example="team",
        ),
        text(
            length(0, 128, value),
            not_containing("http://", "https://", source=value),
            *value_rules,
            example="research",
        ),
        count(0, TAGS_AT_MOST, counted, what="tags"),
    )


def _one_value(value: str) -> str | None:
    if any(each in value for each in ",;") or len(value.split()) > 1:
        return "names more than one; name one only"
    return None


def only_one(source: Source) -> Rule:
    """One id, not a list of them written as a text."""
    return Rule("one-only", _one_value, "one only", source)


_FULL_NAME = "write the full name, such as 'ecs.g6.xlarge'"


def _family_and_size(value: str) -> str | None:
    if not value.startswith("ecs.") or _one_value(value):
        return None  # other rules say so
    _, *parts = value.split(".")
    if len(parts) > 1 and all(parts) and not any(map(str.isspace, value)):
        return None
    return f"is not of the form ecs.<instance family>.<instance size>; {_FULL_NAME}"


def instance_type_of(page: Page) -> Kind:
    """An instance type."""
    named = INSTANCE_FAMILIES(
        "Instance types are named in the ecs.<instance family>.<instance size> format.",
        "Invalid.InstanceType",
        "InvalidInstanceType.NotSupported",
    )
    single = page(
        "The specified parameter InstanceType should only has one item.", "Invalid.TooManyInstanceTypes"
    )
    return text(
        starting("ecs.", source=named, way_out=_FULL_NAME),
        Rule(
            "family-and-size",
            _family_and_size,
            "a family and a size",
            named,
            refused=("ecs.g6", "ecs.g6.", "ecs.g6.xlarge\n"),
            accepted=("ecs.g6.xlarge", "ecs.u1-c1m1.large"),
        ),
        only_one(single),
        example="ecs.g6.xlarge",
    )


_ZONE_OF_NAMED_REGION = re.compile(r"([a-z]+(?:-[a-z]+)+)-[a-z]")
_ZONE_OF_NUMBERED_REGION = re.compile(r"([a-z]+(?:-[a-z]+)+-[0-9]+)[a-z]")


def _within(longer: str, shorter: str) -> bool:
    """Whether the one name is the other, with or without more words."""
    return f"{longer}-".startswith(f"{shorter}-")


def _zone_elsewhere(zone_id: str | None, region_id: str | None) -> str | None:
    if zone_id is None or region_id is None:
        return None
    if zone_id == region_id:
        example = zone_id + ("a" if zone_id[-1].isdigit() else "-h")
        return f"{zone_id!r} is a region; name one of its zones, such as {example!r}"
    match = _ZONE_OF_NAMED_REGION.fullmatch(zone_id) or _ZONE_OF_NUMBERED_REGION.fullmatch(zone_id)
    if match is None or _within(match[1], region_id) or _within(region_id, match[1]):
        return None
    return (
        f"{zone_id!r} does not lie in the region {region_id!r}; choose a zone of that region, or "
        f"the other region"
    )


def zone_in_region(page: Page) -> Relation:
    """The zone is one of the region's, as far as its id tells."""
    return relation(
        "zone-in-region",
        "zone_id",
        "region_id",
        problem=_zone_elsewhere,
        limit="lies in the region",
        source=page("The specified ZoneId is not valid.", "Invalid.ZoneId", "InvalidZoneId.NotFound"),
        refused=(
            {"zone_id": "cn-hangzhou-h", "region_id": "cn-shanghai"},
            {"zone_id": "cn-hangzhou-h", "region_id": "cn-hangzho"},
        ),
        accepted=({"zone_id": "ap-southeast-1a", "region_id": "ap-southeast-1"},),
    )


def region_id_of(page: Page, what: str, required: str, *codes: str) -> Any:
    """The region, which the API requires and the configuration may name."""
    return optional(
        identifier("cn-hangzhou", page(required, "MissingParameter.RegionId")),
        default=None,
        replaces=True,
        api="RegionId",
        doc="The region; the configured one if left out.",
        source=page(what, *codes),
    )


def resource_group_id_of(page: Page, what: str, *, replaces: bool = False) -> Any:
    """The resource group."""
    return optional(
        text(example="rg-bp67acfmxazb4p"),
        default=None,
        replaces=replaces,
        api="ResourceGroupId",
        doc="The resource group.",
        source=page(what, "InvalidResourceGroup.NotFound"),
        unchecked="no page says what an id looks like; only the API knows which exist",
    )


def tags_of(page: Page, what: str, *value_rules: Rule) -> Any:
    """Tags, with the rules for values that not all pages have."""
    return optional(_tags(page, *value_rules), default=None, api="Tag", doc="Tags.", source=page(what))


def adopt_id_of(kind: Kind, noun: str) -> Any:
    """The id of something that exists and is to be taken over."""
    return optional(
        kind,
        default=None,
        doc=f"An existing {noun} to take over instead of creating one.",
        source=OURS(f"Takes over an existing {noun} instead of creating one."),
    )


def id_with(prefix: str, what: str) -> Kind:
    """An id that begins as all of its kind do."""
    return text(
        starting(
            prefix, source=OURS(f"The id of {what} begins with {prefix}"), way_out=f"give the id of {what}"
        ),
        only_one(OURS(f"The id of {what}.")),
        example=f"{prefix}bp67acfmxazb4p",
    )
