"""Periods of prepaid instances."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta, timezone

from fake_aliyun.errors import ApiError
from fake_aliyun.parameters import Params

CHARGE_TYPES = ("PostPaid", "PrePaid")
# "When PeriodUnit is set to Week, valid values of Period are 1, 2, 3, and 4. When PeriodUnit is set to Month,
# valid values of Period are 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, and 60."
_PERIODS = {
    "Week": (1, 2, 3, 4),
    "Month": (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60),
    "Year": (1, 2, 3, 4, 5),
}


# "When PeriodUnit is set to Week: 1, 2, and 3. When PeriodUnit is set to Month: 1, 2, 3, 6, 12, 24, 36, 48, and 60."
AUTO_RENEWALS = {"Week": (1, 2, 3), "Month": (1, 2, 3, 6, 12, 24, 36, 48, 60)}


def auto_renewal(p: Params, unit: str) -> int:
    """Reads for how long an instance renews itself."""
    value = p.integer("AutoRenewPeriod", 1)
    if value not in AUTO_RENEWALS[unit]:
        raise ApiError(
            "InvalidParameter.AutoRenewPeriod", 'The specified parameter "AutoRenewPeriod" is not valid.'
        )
    return value


def period(p: Params, unit: str) -> int:
    """Reads the period, required for a prepaid instance."""
    value = p.integer("Period")
    if value not in _PERIODS[unit]:
        raise ApiError("InvalidPeriod", 'The specified parameter "Period" is not valid.')
    return value


def extended(moment: float, number: int, unit: str) -> float:
    """Gives the end of a period that begins at a moment.

    Assumption: a month ends on the same day of the month, or its last, at 16:00 UTC (midnight in China).
    """
    start = datetime.fromtimestamp(moment, timezone.utc)
    if unit == "Week":
        day = start + timedelta(weeks=number)
    else:
        months = start.month - 1 + number * (12 if unit == "Year" else 1)
        year, month = start.year + months // 12, months % 12 + 1
        day = start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))
    end = day.replace(hour=16, minute=0, second=0, microsecond=0)
    return (end if end >= day else end + timedelta(days=1)).timestamp()


def renewed(end: float, now: float, number: int, unit: str) -> float:
    """Gives the end of what renews itself, which lies ahead.

    Assumption: it does so whenever its end has come, for a month where nobody has said for how long.
    """
    while now >= end:
        end = extended(end, number or 1, unit)
    return end
