"""The fixture, the decorator and the context manager."""

import os
import urllib.error
import urllib.request

import pytest
from wire import Api

from fake_aliyun import FakeAliyun, mock_aliyun

VARIABLES = {
    "ALIBABA_CLOUD_ENDPOINT_ECS",
    "ALIBABA_CLOUD_ENDPOINT_BSSOPENAPI",
    "ALIBABA_CLOUD_ENDPOINT_STS",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_REGION_ID",
}


def test_the_fixture_has_what_it_promises(fake_aliyun):
    """Address, environment, state, requests, faults, clock, settings."""
    assert urllib.request.urlopen(f"{fake_aliyun.url}/_fake/state").status == 200
    assert set(fake_aliyun.environ) == VARIABLES
    assert fake_aliyun.environ["ALIBABA_CLOUD_ENDPOINT_ECS"] == fake_aliyun.url
    fake_aliyun.faults.add("DescribeRegions", code="Throttling")
    assert Api(fake_aliyun)("DescribeRegions").code == "Throttling"
    assert fake_aliyun.requests()[0]["code"] == "Throttling"
    before = fake_aliyun.clock.now()
    fake_aliyun.clock.advance(100)
    assert fake_aliyun.clock.now() >= before + 100
    assert fake_aliyun.settings(latency=0.01)["latency"] == 0.01
    assert fake_aliyun.state() == {"capacity_reservations": [], "instances": [], "bss_instances": []}


def test_two_fakes_do_not_see_each_other(fake_aliyun):
    """Each has its own address and everything else."""
    with FakeAliyun() as other:
        Api(other).reserve()
        assert other.url != fake_aliyun.url
        assert fake_aliyun.state()["capacity_reservations"] == []


@mock_aliyun
def plain(value):
    return value, os.environ["ALIBABA_CLOUD_ENDPOINT_ECS"]


@mock_aliyun(profile="instant", region_id="cn-beijing")
def with_options(value, fake_aliyun):
    """Says what it does."""
    Api(fake_aliyun).reserve()
    return (
        value,
        fake_aliyun.state()["capacity_reservations"][0]["status"],
        os.environ["ALIBABA_CLOUD_REGION_ID"],
    )


def test_a_decorated_function_runs_against_its_own_cloud(monkeypatch):
    """With the environment meanwhile, and a new cloud at every call."""
    monkeypatch.setenv("ALIBABA_CLOUD_ENDPOINT_ECS", "before")
    monkeypatch.delenv("ALIBABA_CLOUD_REGION_ID", raising=False)
    assert plain(1)[0] == 1
    assert plain(1)[1] != "before"
    assert with_options(2) == with_options(2) == (2, "Active", "cn-beijing")
    assert with_options.__doc__ == "Says what it does."
    assert os.environ["ALIBABA_CLOUD_ENDPOINT_ECS"] == "before"
    assert "ALIBABA_CLOUD_REGION_ID" not in os.environ


@mock_aliyun
def test_a_decorated_test_gets_its_fake(fake_aliyun):
    """Not the fixture's: the environment points at it."""
    assert os.environ["ALIBABA_CLOUD_ENDPOINT_ECS"] == fake_aliyun.url


def test_the_environment_comes_back_after_an_error(monkeypatch):
    """Whatever happens inside."""
    monkeypatch.setenv("ALIBABA_CLOUD_ENDPOINT_ECS", "before")

    def fail():
        with mock_aliyun(profile="instant") as fake:
            assert os.environ["ALIBABA_CLOUD_ENDPOINT_ECS"] == fake.url
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert os.environ["ALIBABA_CLOUD_ENDPOINT_ECS"] == "before"


def test_a_stopped_fake_answers_nobody():
    """Its port is free, its connections are closed."""
    fake = FakeAliyun().start()
    fake.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(fake.url, timeout=1)


def test_other_access_keys_come_from_the_environment(monkeypatch):
    """FAKE_ALIYUN_ACCESS_KEY_ID and FAKE_ALIYUN_SECRET_KEY."""
    monkeypatch.setenv("FAKE_ALIYUN_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("FAKE_ALIYUN_SECRET_KEY", "own")
    with FakeAliyun() as fake:
        assert Api(fake).acs3("DescribeRegions").code == "InvalidAccessKeyId.NotFound"
        assert Api(fake, "mine", "own").acs3("DescribeRegions").status == 200
        assert fake.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "own"
