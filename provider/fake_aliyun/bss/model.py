"""What BSS keeps: instances bought by order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fake_aliyun import states
from fake_aliyun.ecs.periods import renewed

if TYPE_CHECKING:
    from fake_aliyun.settings import Settings


@dataclass(slots=True)
class BssInstance:
    """An instance of any product. Assumption on its states: Creating, Normal, Expired, Released."""

    id: str
    region_id: str
    product_code: str
    product_type: str
    subscription_type: str
    status: str
    since: float
    create_time: float
    order_id: str
    number: int = 0
    end_time: float | None = None
    renew_status: str = "ManualRenewal"
    renewal_duration: int = 0
    renewal_duration_unit: str = "M"
    parameters: dict[str, str] = field(default_factory=dict)

    def settle(self, settings: Settings, now: float) -> str:
        """Brings the status up to date and gives it."""
        self.status, self.since = states.settle(
            states.BSS_INSTANCE, settings.time, self.status, self.since, now
        )
        if self.status == "Normal" and self.end_time is not None and now >= self.end_time:
            if self.renew_status == "AutoRenewal":
                unit = "Year" if self.renewal_duration_unit == "Y" else "Month"
                self.end_time = renewed(self.end_time, now, self.renewal_duration, unit)
            else:
                self.status, self.since = "Expired", self.end_time
        return self.status
