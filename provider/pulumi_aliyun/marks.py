"""ECS resources as what `buying.buy` knows of them: what makes one can mark it, and a list shows the marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from . import aftermath, attempts, buying, cloud, polls, tags

if TYPE_CHECKING:
    from .attempts import Attempt
    from .bridge import Operation


class Marked:
    """One kind of them; how to release one is each kind's own."""

    marks = True

    name: str
    """What a person calls one of them."""
    kind: ClassVar[str]
    """Their kind in aftermath.py, which knows how to look at one."""
    resource_type: ClassVar[str]
    """The kind's name in TagResources."""
    source: ClassVar[polls.Source]
    """What lists them."""

    def marked(self, operation: Operation, region_id: str) -> dict[str, str]:
        """All that bear the mark, whatever they are of."""
        parameters = {"RegionId": region_id, "Tag": [{"Key": attempts.MARK}], "MaxResults": 100}
        return {
            item[self.source.id]: tags.of(item).get(attempts.MARK, "")
            for item in cloud.pages(operation, region_id, self.source.action, parameters, self.source.key)
            if item.get("Status") != "Released"
        }

    def unmark(self, operation: Operation, region_id: str, ids: list[str]) -> None:
        """Take the mark off."""
        tags.remove(operation, region_id, self.resource_type, ids, [attempts.MARK])

    def earlier(self, operation: Operation, attempt: Attempt, since: float) -> None:
        """Its mark tells."""

    def alive(
        self, operation: Operation, region_id: str, resource_id: str, *, marked: bool, again: bool
    ) -> bool:
        """Whether it shows up, neither released nor known to an earlier state."""
        item = aftermath.patiently(operation, self.kind, region_id, resource_id)
        if item is None or item.get("Status") == "Released":
            return False
        return not marked or attempts.MARK in tags.of(item)

    def unexplained(self, operation: Operation, region_id: str) -> None:
        """What isn't listed under its mark was refused, unless there was no room for the mark."""
        parameters = {"RegionId": region_id, "MaxResults": 100}
        pages = cloud.pages(operation, region_id, self.source.action, parameters, self.source.key)
        buying.ask_about(self.name, {item[self.source.id]: len(tags.own(item)) for item in pages})
