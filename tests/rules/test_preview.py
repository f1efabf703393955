"""The same inputs in real programs: all that is refused is told by one preview, and all else is previewed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Stack

INPUTS = Path(__file__).parent / "test_inputs.py"
PROGRAM = """
    import inputs

    for number, case in enumerate(inputs.{which}):
        values = {{**inputs.BASES[case[0]], **case[-1]}}
        if "auto_release_time" not in values and "end_time" not in values:
            case[0](f"r{{number}}", **values)
"""
OVER = """
    from pulumi_aliyun import CapacityReservation, EcsInstance

    CapacityReservation("over", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h",
                        end_time_type="Limited", end_time="2021-10-30T06:32:00Z")
    EcsInstance("soon", instance_type="ecs.g6.xlarge", image_id="m-1", vswitch_id="vsw-1",
                security_group_ids=["sg-1"], auto_release_time="2099-10-30T06:32:00Z")
"""

pytestmark = pytest.mark.engine


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A new stack that knows a region and no cloud."""
    made = Stack(tmp_path / "stack", environ={"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou"})
    made.write("inputs.py", INPUTS.read_text(encoding="utf-8"))
    yield made
    made.kill_all()


def cases(which: str) -> list[tuple[int, str]]:
    """The numbers of the cases that don't depend on the clock, and where each is refused."""
    namespace: dict[str, list[tuple[type, str, dict[str, object]]]] = {"__name__": "inputs"}  # type: ignore[dict-item]
    exec(compile(INPUTS.read_text(encoding="utf-8"), str(INPUTS), "exec"), namespace)
    found = enumerate(namespace[which])
    return [
        (number, case[1]) for number, case in found if not {"auto_release_time", "end_time"} & set(case[-1])
    ]


def test_everything_refused_is_told_by_one_preview(stack: Stack) -> None:
    """Each resource by its name, each argument by its path, each page once, and no traceback at all."""
    stack.program(PROGRAM.format(which="REFUSED"))
    output = stack.preview(fails=True).output
    assert "Traceback" not in output
    missing = [
        (number, path)
        for number, path in cases("REFUSED")
        if not re.search(rf"^\s*- r{number}: {re.escape(path)}: ", output, re.MULTILINE)
    ]
    assert missing == []
    pages = re.findall(r"^ *see (https://\S+)$", output, re.MULTILINE)
    assert len(pages) == len(set(pages))
    for page in ("createcapacityreservation", "runinstances", "createinstance"):
        assert [each for each in pages if each.endswith(f"-{page}")]


def test_nothing_accepted_is_refused_by_a_preview(stack: Stack) -> None:
    """All are to be created."""
    stack.program(PROGRAM.format(which="ACCEPTED"))
    assert stack.preview().changes["create"] >= len(cases("ACCEPTED"))


def test_times_are_refused_on_a_new_stack(stack: Stack) -> None:
    """Nothing stands in its state, so every time is a new one."""
    stack.program(OVER)
    output = stack.preview(fails=True).output
    assert "over: end_time: '2021-10-30T06:32:00Z' is in the past" in output
    assert "soon: auto_release_time: '2099-10-30T06:32:00Z' is more than three years from now" in output
