"""Keeps an account's resources: by id, and per region in the order of their creation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Kept(Protocol):
    """What a resource has so that it can be kept."""

    id: str
    region_id: str
    number: int


T = TypeVar("T", bound=Kept)


class Shelf(Generic[T]):
    """Resources of one kind; lookups and pages cost the same however many there are."""

    def __init__(self) -> None:
        self._by_id: dict[str, T] = {}
        self._by_region: dict[str, list[T]] = {}
        self._count = 0

    def __iter__(self) -> Iterator[T]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, resource_id: str) -> T | None:
        """Gives the resource with an id, if it is there."""
        return self._by_id.get(resource_id)

    def add(self, resource: T) -> None:
        """Puts a resource at the end of its region."""
        self._count += 1
        resource.number = self._count
        self._by_id[resource.id] = resource
        self._by_region.setdefault(resource.region_id, []).append(resource)

    def remove(self, resource: T) -> None:
        """Takes a resource away."""
        del self._by_id[resource.id]
        row = self._by_region[resource.region_id]
        del row[self.position(resource.region_id, resource.number) - 1]

    def in_region(self, region_id: str) -> list[T]:
        """Gives a region's resources, oldest first; not to be changed."""
        return self._by_region.get(region_id, [])

    def position(self, region_id: str, number: int) -> int:
        """Gives the place in the region's row behind the resource with this number, be it there or not."""
        return bisect_right(self.in_region(region_id), number, key=lambda each: each.number)
