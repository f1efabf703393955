"""What ECS keeps: reservations, instances and disks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fake_aliyun import states
from fake_aliyun.ecs.periods import renewed

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account
    from fake_aliyun.settings import Settings


@dataclass(slots=True)
class Reservation:
    """A capacity reservation and its private pool."""

    id: str
    owner: Account
    region_id: str
    zone_id: str
    instance_type: str
    total: int
    status: str
    since: float
    start_time: float
    number: int = 0
    start_time_type: str = "Now"
    end_time_type: str = "Unlimited"
    end_time: float | None = None
    name: str = ""
    description: str = ""
    match_criteria: str = "Open"
    platform: str = "linux"
    resource_group_id: str = ""
    time_slot: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    users: dict[str, Instance] = field(default_factory=dict)
    shared_with: set[str] = field(default_factory=set)

    def settle(self, settings: Settings, now: float) -> str:
        """Brings the status up to date and gives it."""
        self.status, self.since = states.settle(
            states.RESERVATION, settings.time, self.status, self.since, now
        )
        return self.status

    @property
    def used(self) -> int:
        """How many instances use the pool."""
        return len(self.users)

    @property
    def available(self) -> int:
        """How many more instances the pool can take."""
        return self.total - len(self.users)


@dataclass(slots=True)
class Disk:
    """A cloud disk."""

    id: str
    region_id: str
    zone_id: str
    kind: str
    category: str
    size: int
    creation_time: float
    number: int = 0
    instance_id: str = ""
    device: str = ""
    name: str = ""
    description: str = ""
    performance_level: str = ""
    delete_with_instance: bool = True
    delete_auto_snapshot: bool = True
    enable_auto_snapshot: bool = False
    encrypted: bool = False
    kms_key_id: str = ""
    snapshot_id: str = ""
    image_id: str = ""
    charge_type: str = "PostPaid"
    resource_group_id: str = ""
    bursting_enabled: bool = False
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    """An ECS instance.

    `starts` is whether it was made to start by itself. `pool_criteria` and `pool_wanted` are what the instance was
    told about private pools; `pool` is the one whose capacity it uses, `public` whether it uses the public pool's.
    """

    id: str
    account: Account
    region_id: str
    zone_id: str
    instance_type: str
    image_id: str
    status: str
    since: float
    creation_time: float
    start_time: float
    number: int = 0
    name: str = ""
    description: str = ""
    host_name: str = ""
    network: str = "vpc"
    vswitch_id: str = ""
    vpc_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    security_group_ids: list[str] = field(default_factory=list)
    charge_type: str = "PostPaid"
    expired_time: float | None = None
    auto_release_time: float | None = None
    auto_renew: bool = False
    auto_renew_period: int = 0
    period_unit: str = "Month"
    renewal_status: str = "Normal"
    deletion_protection: bool = False
    starts: bool = True
    stopped_mode: str = ""
    pool_criteria: str = "None"
    pool_wanted: str = ""
    pool: Reservation | None = None
    public: bool = False
    internet_charge_type: str = "PayByTraffic"
    bandwidth_in: int = 0
    bandwidth_out: int = 0
    key_pair_name: str = ""
    ram_role_name: str = ""
    user_data: str = ""
    resource_group_id: str = ""
    spot_strategy: str = "NoSpot"
    spot_price_limit: float = 0.0
    dedicated_host_id: str = ""
    spec_changed: float = float("-inf")
    tags: dict[str, str] = field(default_factory=dict)
    locks: list[dict[str, str]] = field(default_factory=list)
    dependencies: list[str] = field(default_factory=list)
    disks: list[Disk] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)

    def settle(self, settings: Settings, now: float) -> str:
        """Brings the status up to date and gives it."""
        machine = states.INSTANCE if self.starts else states.CREATED
        self.status, self.since = states.settle(machine, settings.time, self.status, self.since, now)
        if self.auto_renew and self.expired_time is not None:
            self.expired_time = renewed(self.expired_time, now, self.auto_renew_period, self.period_unit)
        return self.status

    def turn(self, status: str, now: float) -> None:
        """Enters a state."""
        self.status, self.since = status, now

    @property
    def platform(self) -> str:
        """The image's operating system. Assumption: only ids that begin with `win` are Windows images."""
        return "windows" if self.image_id.startswith("win") else "linux"

    def expired(self, now: float) -> bool:
        """Tells whether the instance is prepaid and its time is over."""
        return self.charge_type == "PrePaid" and self.expired_time is not None and now >= self.expired_time
