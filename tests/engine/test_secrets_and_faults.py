"""When things fail: faults survived, errors that people can act on, secrets kept."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import textwrap
import time
from typing import Any
from urllib.parse import quote

import pytest

from bad_day import FAULTS
from disks import small_disk
from test_life import alive

PASSWORD, USER_DATA, PARAMETER = "Swordfish-7391!", "#!/bin/sh\necho open-sesame-4711", "abra/Kadabra+5"

INSTANCE = f"""
    import pulumi
    from pulumi_aliyun import EcsInstance
    EcsInstance("web", image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                instance_type="ecs.g6.xlarge", password={PASSWORD!r}, user_data={USER_DATA!r},
                opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="5m")))
"""


ORDER = f"""
    from pulumi_aliyun import BssInstance
    BssInstance("order", product_code="waf", subscription_type="PayAsYouGo",
                parameters={{"Password": pulumi.Output.secret({PARAMETER!r})}})
"""


def spellings(secret: str) -> list[str]:
    """A secret in plain text, and as it would look encoded."""
    encoded = base64.b64encode(secret.encode()).decode()
    return [secret, encoded, quote(secret, safe=""), quote(encoded, safe=""), json.dumps(secret)[1:-1]]


@pytest.mark.every_sdk
def test_secrets_are_in_plain_text_nowhere(stack: Any, fake_aliyun: Any) -> None:
    """Neither output, nor event log, nor our log, nor any file of the stack has a secret, plain or encoded."""
    fake_aliyun.settings(profile="instant")
    quoting = " ".join(each for secret in (PASSWORD, USER_DATA, PARAMETER) for each in spellings(secret))
    for action in ("RunInstances", "CreateInstance"):
        fake_aliyun.faults.add(action, code="InvalidParameter", status=400, message=f"bad: {quoting}")
    stack.environ |= {"PULUMI_ALIYUN_LOG": "1", "DEBUG": "sdk"}
    stack.program(INSTANCE + ORDER)
    printed = stack.preview("--diff").output + stack.up("--continue-on-error", fails=True).output
    printed += stack.up().output
    printed += stack.refresh().output
    stack.program(INSTANCE.replace('"ecs.g6.xlarge"', '"bad type"'))
    printed += stack.preview(fails=True).output
    assert "aliyun RunInstances" in printed
    files = [path for path in stack.folder.rglob("*") if path.is_file() and path.name != "__main__.py"]
    stored = "".join(path.read_text(errors="replace") for path in files if path.suffix != ".pyc")
    for secret in (*spellings(PASSWORD), *spellings(USER_DATA), *spellings(PARAMETER), "open-sesame"):
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
    """With throttling, 5xx, resets, stalls and a role's session that ends, each command ends well in one go."""
    fake_aliyun.settings(profile="instant")
    for fault in FAULTS:
        fake_aliyun.faults.add("*", **fault)
    [account] = fake_aliyun.cloud.accounts
    stack.config("aliyun:assumeRole.roleArn", f"acs:ram::{account}:role/deploy", path=True)
    stack.program(MANY)
    running = stack.start_up("--parallel", "64")
    while not fake_aliyun.state()["instances"] and running.poll() is None:
        time.sleep(0.05)
    fake_aliyun.clock.advance(4000)
    assert running.wait(200) == 0, stack.printed()
    assert any(each["code"] == "InvalidSecurityToken.Expired" for each in fake_aliyun.requests())
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


def test_what_is_wrong_with_the_configuration_is_said_in_a_sentence(
    bare_stack: Any, fake_aliyun: Any
) -> None:
    """A missing key, or a value that can't be meant, is one short message and no traceback."""
    environ = {key: value for key, value in fake_aliyun.environ.items() if "ACCESS_KEY" not in key}
    stack = bare_stack(environ={**environ, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"})
    stack.program("""
        from pulumi_aliyun import CapacityReservation
        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
    """)
    output = stack.up(fails=True).output
    assert "no credentials were found" in output
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in output
    stack.config("aliyun:protocol", "GOPHER")
    output += stack.preview(fails=True).output
    assert output.count("aliyun:protocol: 'GOPHER' is not allowed; use HTTPS or HTTP") == 2  # row and message
    assert "Traceback" not in output


def test_ctrl_c_ends_promptly_and_keeps_the_id(stack: Any, fake_aliyun: Any) -> None:
    """The first Ctrl-C stops waiting, retries and stalls; what was bought is kept, and the next up goes on."""
    fake_aliyun.settings(times={"starting": 3600})
    fake_aliyun.faults.add("CreateCapacityReservation", code="Throttling", retry_after_ms=60_000, times=0)
    fake_aliyun.faults.add("CreateInstance", stall_s=60.0, after_action=True, times=0)
    stack.program(
        f"""
        {textwrap.dedent(INSTANCE)}
        {textwrap.dedent(ORDER)}
        from pulumi_aliyun import CapacityReservation
        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
    """.replace("\n        ", "\n")
    )
    running = stack.start_up()
    while not fake_aliyun.state()["instances"]:
        time.sleep(0.1)
    time.sleep(1)
    visible = [(process.cmdline(), process.environ()) for process in stack.processes()]
    assert not any(secret in repr(visible) for secret in (PASSWORD, PARAMETER, "open-sesame"))
    running.send_signal(signal.SIGINT)
    try:
        running.wait(30)
    except subprocess.TimeoutExpired:
        pytest.fail("Ctrl-C was not heard")
    printed = stack.printed()
    [item] = fake_aliyun.state()["instances"]
    assert stack.resources()["web"]["id"] == item["id"]
    assert f"{item['id']} is kept in the state" in printed
    assert "the run was cancelled before CreateInstance was answered" in printed
    assert "last under way: CreateCapacityReservation: Throttling; trying again" in printed
    fake_aliyun.faults.clear()
    fake_aliyun.clock.advance(4000)
    assert stack.up().operations["web"] == ["update"]
    assert [len(kind) for kind in fake_aliyun.state().values()] == [1, 1, 1]


def test_a_full_disk_loses_nothing(new_stack: Any, fake_aliyun: Any) -> None:
    """State, home and temporary files on a disk without room: the next run has what this one bought, once."""
    with small_disk() as disk:
        if disk is None:
            pytest.skip("this user may not mount a file system")
        stack = new_stack(backend=disk.folder)
        stack.environ |= {"TMPDIR": str(disk.folder), "HOME": str(disk.folder)}
        stack.program("""
            from pulumi_aliyun import BssInstance, CapacityReservation
            CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
            BssInstance("order", product_code="waf", subscription_type="PayAsYouGo")
        """)
        fake_aliyun.faults.add("CreateCapacityReservation", stall_s=2, after_action=True, times=0)
        fake_aliyun.faults.add("CreateInstance", stall_s=2, after_action=True, times=0)
        running = stack.start_up()
        while not (alive(fake_aliyun, "capacity_reservations") and alive(fake_aliyun, "bss_instances")):
            assert running.poll() is None, stack.printed()
            time.sleep(0.05)
        disk.fill()
        assert running.wait(120) != 0, "the disk wasn't full"
        assert "no space left" in stack.printed()
        assert "Traceback" not in stack.printed()
        disk.free()
        fake_aliyun.faults.clear()
        stack.up()
        held = {resource["id"] for resource in stack.resources().values()}
        for kind in ("capacity_reservations", "bss_instances"):
            [item] = alive(fake_aliyun, kind)
            assert item["id"] in held


WAITED_FOR = """
    import pulumi
    from pulumi_aliyun import BssInstance
    BssInstance("order", product_code="waf", subscription_type="PayAsYouGo",
                adopt_id=pulumi.Config().get("adopt"),
                opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s", update="2s")))
"""


def test_an_order_that_is_not_listed_yet_outlasts_a_refresh(stack: Any, fake_aliyun: Any) -> None:
    """A refresh says that it isn't there yet, an up waits on, and it is ordered once, whichever comes after which."""
    nothing = json.dumps({"Success": True, "RequestId": "r", "Data": {"InstanceList": [], "TotalCount": 0}})
    unlisted = {"status": 200, "body": nothing, "times": 0}
    fake_aliyun.faults.add("QueryAvailableInstances", **unlisted)
    stack.program(WAITED_FOR)
    stack.up(fails=True)
    [item] = alive(fake_aliyun, "bss_instances")
    for flags in ((), ("--refresh",)):
        refreshed = stack.refresh()
        stays = (
            f"warning: BSS instance {item['id']} isn't listed yet, and stays in the state: run `pulumi up`"
        )
        assert any(said.startswith(stays) for said in refreshed.diagnostics)
        assert stack.resources()["order"]["id"] == item["id"]
        assert stack.preview().operations["order"] == ["update"]
        assert f"{item['id']} is not listed, and stays in the state" in stack.up(*flags, fails=True).output
    stack.refresh()
    fake_aliyun.faults.clear()
    assert stack.up().operations["order"] == ["update"]
    assert [each["id"] for each in fake_aliyun.state()["bss_instances"]] == [item["id"]]
    assert set(stack.preview().changes) == {"same"}


def test_a_wrong_id_in_the_answer_to_an_order_can_be_put_right(stack: Any, fake_aliyun: Any) -> None:
    """As the message of each wait says it, with the order's number; nothing is ordered again."""
    wrong = {"Success": True, "RequestId": "r", "Data": {"InstanceId": "waf-wrong", "OrderId": "4711"}}
    fake_aliyun.faults.add("CreateInstance", status=200, body=json.dumps(wrong), after_action=True)
    stack.program(WAITED_FOR)
    for _ in range(2):
        printed = stack.up(fails=True).output
        assert "waf-wrong is not listed, and stays in the state" in printed
        assert "if the console shows another instance for the order 4711, take this one out" in printed
        assert "Traceback" not in printed
    (way_out,) = set(
        re.findall(r"`pulumi (state delete) '(.*?)'`, and give the other one's id as adopt_id", printed)
    )
    stack.pulumi(*way_out[0].split(), "--yes", way_out[1])
    [item] = alive(fake_aliyun, "bss_instances")
    stack.config("adopt", item["id"])
    assert "is taken over as it is" in stack.up().output
    assert [each["id"] for each in fake_aliyun.state()["bss_instances"]] == [item["id"]]
    assert set(stack.preview().changes) == {"same"}


BLANKS = """{"RequestId": "r", "PrivatePoolOptionsId": "crp-1 2", "Data": {"InstanceId": "waf 1"},
             "InstanceIdSets": {"InstanceIdSet": ["i-1 2"]}}"""


@pytest.mark.every_sdk
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"body": BLANKS}, "it names no"),
        ({"status": 403, "body": "{}"}, "HTTP status 403 without a code of the API's"),
        ({"status": 407, "body": "<html>Log in</html>", "content_type": "text/html"}, "HTTP status 407"),
    ],
    ids=["blanks", "no code", "page"],
)
def test_what_was_bought_is_had_once_whatever_was_answered(
    stack: Any, fake_aliyun: Any, fault: dict[str, Any], says: str
) -> None:
    """Also with --continue-on-error, with which a program comes to its end although resources have failed."""
    buying = ("CreateCapacityReservation", "RunInstances", "CreateInstance")
    for action in buying:
        fake_aliyun.faults.add(action, **fault, after_action=True, times=0)
    stack.program(
        INSTANCE
        + ORDER
        + """
    from pulumi_aliyun import CapacityReservation
    CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
"""
    )
    printed = stack.up("--continue-on-error", fails=True).output
    for action in buying:
        assert f"{action}: no usable answer from the API: {says}" in printed
    assert "Traceback" not in printed
    fake_aliyun.faults.clear()
    stack.up()
    assert [len(items) for items in fake_aliyun.state().values()] == [1, 1, 1]
    assert set(stack.preview().changes) == {"same"}
