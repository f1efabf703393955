"""Where calls get their credentials while a run goes on: roles, and what runs out in the middle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.utils import auth_constant

from fake_aliyun.parameters import Params
from fake_aliyun.sts.operations import assume_role
from pulumi_aliyun import cloud, wire
from pulumi_aliyun.errors import ApiError, NoAnswer

ROLE = "acs:ram::{}:role/deploy"


@pytest.fixture(autouse=True)
def _nothing_is_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is."""
    for name in ("SECOND_READ_S", "SECOND_WRITE_S"):
        monkeypatch.setattr(wire, name, 60.0)


@pytest.fixture
def keys(fake_aliyun: Any) -> dict[str, str]:
    """The configuration of a user who has an access key."""
    urls = dict.fromkeys(("ecs", "bssopenapi", "sts"), fake_aliyun.url)
    return {
        "aliyun:region": "cn-hangzhou",
        "aliyun:accessKey": fake_aliyun.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "aliyun:secretKey": fake_aliyun.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "aliyun:endpoints": json.dumps(urls),
    }


@pytest.fixture
def role(fake_aliyun: Any, keys: dict[str, str]) -> dict[str, str]:
    """The configuration of a user who assumes a role."""
    [account] = fake_aliyun.cloud.accounts
    return {**keys, "aliyun:assumeRole": json.dumps({"roleArn": ROLE.format(account), "sessionName": "ci"})}


def asked(fake: Any) -> list[tuple[str, str]]:
    """What was asked, and what came of it."""
    return [(each["action"], each["code"]) for each in fake.requests()]


def test_a_role_is_assumed_once_for_many_calls(ecs: Any, fake_aliyun: Any, role: dict[str, str]) -> None:
    """At the endpoint, and by the protocol, that the configuration names."""
    cloud.configure(role.get)
    ecs("DescribeInstances")
    ecs("DescribeInstances")
    assert asked(fake_aliyun) == [("AssumeRole", ""), *[("DescribeInstances", "")] * 2]


def test_a_role_that_may_not_be_assumed_is_said_as_that(
    ecs: Any, fake_aliyun: Any, role: dict[str, str]
) -> None:
    """The service's code, and the RAM action to grant; there are credentials, so nobody says that there are none."""
    cloud.configure(role.get)
    fake_aliyun.faults.add("AssumeRole", code="NoPermission", status=403, message="You are not authorized.")
    with pytest.raises(ApiError, match=r"AssumeRole: NoPermission: You are not authorized") as refused:
        ecs("DescribeInstances")
    assert "sts:AssumeRole" in str(refused.value)
    assert asked(fake_aliyun) == [("AssumeRole", "NoPermission")]


def test_a_role_is_assumed_in_spite_of_what_passes(ecs: Any, fake_aliyun: Any, role: dict[str, str]) -> None:
    """Throttling and broken connections are survived here as well."""
    cloud.configure(role.get)
    fake_aliyun.faults.add("AssumeRole", code="Throttling.User", times=2)
    fake_aliyun.faults.add("AssumeRole", reset=True)
    assert ecs("DescribeInstances")["RequestId"]


def test_a_stalled_sts_is_asked_again(
    ecs: Any, fake_aliyun: Any, role: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All calls wait for that one."""
    monkeypatch.setattr(wire, "SECOND_READ_S", 0.1)
    cloud.configure(role.get)
    fake_aliyun.faults.add("AssumeRole", stall_s=30)
    assert ecs("DescribeInstances")["RequestId"]
    assert ("AssumeRole", "") in asked(fake_aliyun)


def test_an_unreachable_sts_is_named(
    ecs: Any, keys: dict[str, str], role: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't ECS that can't be reached."""
    monkeypatch.setattr(cloud, "UNREACHABLE_BUDGET_S", 0.0)
    endpoints = {**json.loads(keys["aliyun:endpoints"]), "sts": "http://127.0.0.1:9"}
    cloud.configure({**role, "aliyun:endpoints": json.dumps(endpoints)}.get)
    with pytest.raises(NoAnswer, match=r"AssumeRole: .*the connection was refused \(127\.0\.0\.1:9\)"):
        ecs("DescribeInstances")


def test_a_role_whose_session_ends_in_the_middle_is_assumed_again(
    ecs: Any, fake_aliyun: Any, role: dict[str, str]
) -> None:
    """The service's clock counts: a call that is refused because of it is made again, once."""
    cloud.configure(role.get)
    ecs("DescribeInstances")
    fake_aliyun.clock.advance(4000)
    ecs("DescribeInstances")
    expired = ("DescribeInstances", "InvalidSecurityToken.Expired")
    assert asked(fake_aliyun)[2:] == [expired, ("AssumeRole", ""), ("DescribeInstances", "")]


def test_a_role_that_can_not_be_assumed_again_at_once_is_asked_for_again(
    ecs: Any, fake_aliyun: Any, role: dict[str, str]
) -> None:
    """What strikes other calls strikes the one for new credentials, too."""
    cloud.configure(role.get)
    ecs("DescribeInstances")
    fake_aliyun.clock.advance(4000)
    fake_aliyun.faults.add("AssumeRole", code="Throttling.User", times=3)
    assert ecs("DescribeInstances")["RequestId"]
    codes = [code for action, code in asked(fake_aliyun)[3:] if action == "AssumeRole"]
    assert codes == [*["Throttling.User"] * 3, ""]


def test_sessions_that_never_hold_are_not_asked_for_without_an_end(
    ecs: Any, fake_aliyun: Any, role: dict[str, str]
) -> None:
    """With a clock that is wrong, another session is of no use."""
    cloud.configure(role.get)
    fake_aliyun.faults.add("DescribeInstances", code="InvalidSecurityToken.Expired", times=0)
    with pytest.raises(ApiError, match=r"InvalidSecurityToken\.Expired"):
        ecs("DescribeInstances")
    assert asked(fake_aliyun).count(("AssumeRole", "")) == 2


def test_a_profile_that_somebody_renews_in_the_middle_is_read_again(
    ecs: Any, fake_aliyun: Any, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What ran out is replaced by what the file has now; if that is the same, the run says that it ran out."""
    monkeypatch.setattr(auth_constant, "HOME", str(tmp_path))
    (tmp_path / ".aliyun").mkdir()
    [account] = fake_aliyun.cloud.accounts.values()

    def sign_in() -> None:
        asked_for = Params({"RoleArn": ROLE.format(account.id), "RoleSessionName": "sso"}, "")
        given = assume_role(account, asked_for, fake_aliyun.cloud.clock.now())["Credentials"]
        profile = {
            "name": "sso",
            "mode": "StsToken",
            "access_key_id": given["AccessKeyId"],
            "access_key_secret": given["AccessKeySecret"],
            "sts_token": given["SecurityToken"],
        }
        config = json.dumps({"current": "sso", "profiles": [profile]})
        (tmp_path / ".aliyun" / "config.json").write_text(config)

    sign_in()
    profile = {"aliyun:region": "cn-hangzhou", "aliyun:profile": "sso"}
    cloud.configure({**profile, "aliyun:endpoints": keys["aliyun:endpoints"]}.get)
    ecs("DescribeInstances")
    fake_aliyun.clock.advance(4000)
    with pytest.raises(ApiError, match="get new temporary credentials"):
        ecs("DescribeInstances")
    sign_in()
    assert ecs("DescribeInstances")["RequestId"]
    fake_aliyun.clock.advance(4000)
    sign_in()
    assert ecs("DescribeInstances")["RequestId"]
    expired = "InvalidSecurityToken.Expired"
    assert [code for _, code in asked(fake_aliyun)] == ["", expired, expired, "", expired, ""]
