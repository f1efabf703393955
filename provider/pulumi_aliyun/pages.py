"""The vendor's pages that the constraints stand on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the documentation; called with a sentence of it, it gives a source."""

    title: str
    address: str

    def __call__(self, sentence: str, *codes: str) -> Source:
        """A sentence of this page, and the API's error codes that come where it isn't heeded."""
        return Source(sentence, self, codes)


@dataclass(frozen=True)
class Source:
    """A documented sentence."""

    sentence: str
    page: Page
    codes: tuple[str, ...] = ()


def _ecs(operation: str) -> Page:
    name = operation.lower()
    return Page(
        f"ECS {operation}",
        f"https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-{name}",
    )


def _bss(operation: str) -> Page:
    name = operation.lower()
    return Page(
        f"BSS {operation}",
        f"https://www.alibabacloud.com/help/en/user-center/developer-reference/api-bssopenapi-2017-12-14-{name}",
    )


CREATE_RESERVATION = _ecs("CreateCapacityReservation")
MODIFY_RESERVATION = _ecs("ModifyCapacityReservation")
RELEASE_RESERVATION = _ecs("ReleaseCapacityReservation")
DESCRIBE_RESERVATIONS = _ecs("DescribeCapacityReservations")
RUN_INSTANCES = _ecs("RunInstances")
CREATE_DISK = _ecs("CreateDisk")
MODIFY_INSTANCE = _ecs("ModifyInstanceAttribute")
MODIFY_CHARGE_TYPE = _ecs("ModifyInstanceChargeType")
MODIFY_AUTO_RELEASE = _ecs("ModifyInstanceAutoReleaseTime")
ATTACH_INSTANCE = _ecs("ModifyInstanceAttachmentAttributes")
START_INSTANCE = _ecs("StartInstance")
STOP_INSTANCE = _ecs("StopInstance")
DELETE_INSTANCE = _ecs("DeleteInstance")
TAG_RESOURCES = _ecs("TagResources")
BSS_CREATE = _bss("CreateInstance")
BSS_RELEASE = _bss("ReleaseInstance")
BSS_REFUND = _bss("RefundInstance")
SET_RENEWAL = _bss("SetRenewal")
INSTANCE_FAMILIES = Page(
    "ECS instance families",
    "https://www.alibabacloud.com/help/en/ecs/user-guide/overview-of-instance-families",
)
IDEMPOTENCE = Page(
    "ECS idempotence",
    "https://www.alibabacloud.com/help/en/ecs/developer-reference/how-to-ensure-idempotence",
)
OURS = Page("This provider", "")
"""For what no page of the vendor says: arguments that only this provider has."""
