"""When things fail: faults survived, errors that people can act on, secrets kept."""

from __future__ import annotations

import base64
import signal
import subprocess
import time
from typing import Any

import pytest

from test_life import alive

PASSWORD, USER_DATA = "Swordfish-7391!", "#!/bin/sh\necho open-sesame-4711"

INSTANCE = f"""
    import pulumi
    from pulumi_aliyun import EcsInstance
    EcsInstance("web", image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                instance_type="ecs.g6.xlarge", password={PASSWORD!r}, user_data={USER_DATA!r},
                opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="5m")))
"""


def spellings(secret: str) -> list[str]:
    """A secret in plain text, and as it would look encoded."""
    return [secret, base64.b64encode(secret.encode()).decode()]


@pytest.mark.every_sdk
def test_secrets_are_in_plain_text_nowhere(stack: Any, fake_aliyun: Any) -> None:
    """Neither output, nor event log, nor our log, nor any file of the stack has a secret, plain or encoded."""
    fake_aliyun.settings(profile="instant")
    fake_aliyun.faults.add(
        "RunInstances", code="InvalidParameter", status=400, message=f"bad value {PASSWORD}"
    )
    stack.environ["PULUMI_ALIYUN_LOG"] = "1"
    stack.program(INSTANCE)
    printed = stack.preview("--diff").output + stack.up(fails=True).output + stack.up().output
    printed += stack.refresh().output
    stack.program(INSTANCE.replace('"ecs.g6.xlarge"', '"bad type"'))
    printed += stack.preview(fails=True).output
    assert "aliyun RunInstances" in printed
    files = [path for path in stack.folder.rglob("*") if path.is_file() and path.name != "__main__.py"]
    stored = "".join(path.read_text(errors="replace") for path in files if path.suffix != ".pyc")
    for secret in (*spellings(PASSWORD), *spellings(USER_DATA), "open-sesame"):
        assert secret not in printed
        assert secret not in stored


MANY = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    for n in range(8):
        CapacityReservation(f"pool-{n}", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
        EcsInstance(f"web-{n}", image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                    instance_type="ecs.g6.xlarge")
    for n in range(4):
        BssInstance(f"order-{n}", product_code="waf", subscription_type="PayAsYouGo")
"""


def test_faults_are_survived_once_each(stack: Any, fake_aliyun: Any) -> None:
    """With throttling, 5xx, resets before and after the action, up, refresh and destroy end well in one go."""
    fake_aliyun.settings(profile="instant")
    for fault in (
        {"code": "Throttling.User", "status": 400, "rate": 0.3},
        {"code": "ServiceUnavailable", "status": 503, "rate": 0.1},
        {"reset": True, "rate": 0.025},
        {"reset": True, "after_action": True, "rate": 0.025},
    ):
        fake_aliyun.faults.add("*", **fault)
    stack.program(MANY)
    stack.up("--parallel", "64")
    state = fake_aliyun.state()
    assert [len(state[kind]) for kind in ("capacity_reservations", "instances", "bss_instances")] == [8, 8, 4]
    assert set(stack.refresh("--parallel", "64").changes) == {"same"}
    stack.destroy("--parallel", "64")
    assert not any(alive(fake_aliyun, kind) for kind in state)


@pytest.mark.every_sdk
def test_an_error_is_short_and_says_what_to_do(stack: Any, fake_aliyun: Any) -> None:
    """Resource, code, sentence, way out and RequestId, and no traceback."""
    fake_aliyun.settings(stock={"cn-hangzhou-h/ecs.g6.xlarge": 0})
    stack.program("""
        from pulumi_aliyun import CapacityReservation
        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
    """)
    output = stack.up(fails=True).output
    assert "CapacityReservation (pool)" in output
    assert "what to do: try another zone_id" in output
    assert "request id: " in output
    assert "Traceback" not in output
    fake_aliyun.settings(stock={})
    stack.up()
    assert len(alive(fake_aliyun, "capacity_reservations")) == 1


def test_no_credentials_are_said_with_the_way_out(bare_stack: Any, fake_aliyun: Any) -> None:
    """A missing key is one short message, not the chain's tracebacks."""
    environ = {key: value for key, value in fake_aliyun.environ.items() if "ACCESS_KEY" not in key}
    stack = bare_stack(environ={**environ, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"})
    stack.program("""
        from pulumi_aliyun import CapacityReservation
        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
    """)
    output = stack.up(fails=True).output
    assert "no credentials were found" in output
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in output
    assert "Traceback" not in output


def test_ctrl_c_ends_promptly_and_keeps_the_id(stack: Any, fake_aliyun: Any) -> None:
    """The first Ctrl-C stops the waiting; what was bought is in the state, and the next up goes on."""
    fake_aliyun.settings(times={"starting": 3600})
    stack.program(INSTANCE)
    running = stack.start_up()
    while not fake_aliyun.state()["instances"]:
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    try:
        running.wait(30)
    except subprocess.TimeoutExpired:
        pytest.fail("Ctrl-C was not heard")
    [item] = fake_aliyun.state()["instances"]
    assert stack.resources()["web"]["id"] == item["id"]
    fake_aliyun.clock.advance(4000)
    assert stack.up().operations["web"] == ["update"]
    assert len(fake_aliyun.state()["instances"]) == 1
