"""The control plane: state, settings, clock, reset."""

import time

import pytest
from wire import REGION, ZONE, Api

from fake_aliyun import FakeAliyun


def test_the_state_has_the_promised_fields(api):
    """Whatever Describe shows, in snake_case, and what everybody asks for."""
    reservation = api.reserve(**{"Tag.1.Key": "a", "Tag.1.Value": "b"})
    instance = api.run(**api.target(reservation))
    given = {"ProductCode": "vipcloudfw", "SubscriptionType": "PayAsYouGo"}
    api.as_("bss")("CreateInstance", given)
    state = api.control("state").json
    assert set(state) == {"capacity_reservations", "instances", "bss_instances"}
    for each in (*state["capacity_reservations"], *state["instances"], *state["bss_instances"]):
        assert set(each) >= {"id", "status", "region_id", "zone_id", "instance_type", "tags"}
        assert all(name == name.lower() for name in each)
    (found,) = state["capacity_reservations"]
    assert found["tags"] == {"a": "b"}
    assert (found["instance_amount"], found["used_amount"], found["available_amount"]) == (2, 1, 1)
    (found,) = state["instances"]
    assert found["id"] == instance
    assert (found["region_id"], found["zone_id"]) == (REGION, ZONE)
    assert found["private_pool"] == {"match_criteria": "Target", "id": reservation}


def test_the_clock_can_be_fixed_moved_and_sped_up(api):
    """Set, advance and rate; the answer tells the time."""
    assert api.control("clock", {"set": "2030-01-31T12:00:00Z", "rate": 0}).json == {
        "now": "2030-01-31T12:00:00Z",
        "rate": 0.0,
    }
    time.sleep(0.02)
    assert api.control("clock").json["now"] == "2030-01-31T12:00:00Z"
    assert api.control("clock", {"advance": 60}).json["now"] == "2030-01-31T12:01:00Z"
    api.control("clock", {"rate": 1_000_000})
    time.sleep(0.02)
    assert api.control("clock").json["now"] > "2030-01-31T13"
    assert api.control("clock", {"set": 0, "rate": 1}).json["now"] == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("clock", {"set": "today"}),
        ("clock", {"advance": "5"}),
        ("clock", {"rate": -1}),
        ("clock", {"speed": 1}),
        ("settings", {"vno": "yes"}),
        ("settings", {"latency": -1}),
        ("settings", {"stock": {"z/t": "many"}}),
        ("settings", {"profile": "odd"}),
        ("settings", {"times": {"odd": 1}}),
        ("settings", {"nonsense": 1}),
        ("reset", {"seed": "x"}),
        ("accounts", {"access_key_id": "x"}),
        ("resources", {"planets": {}}),
        ("capacity_reservations", {"region_id": "cn-nowhere"}),
        ("capacity_reservations", {"instance_amount": 0}),
    ],
)
def test_what_makes_no_sense_is_refused(api, path, given):
    """With 400 and the reason; nothing changes."""
    before = api.control("settings").json
    answer = api.control(path, given)
    assert answer.status == 400
    assert answer.json["error"]
    assert api.control("settings").json == before


def test_what_is_not_there_is_not_found(api):
    """With 404, in JSON."""
    for path in ("nonsense", "instances/i-none", "capacity_reservations/crp-none", "bss_instances/x"):
        answer = api.control(path, {})
        assert answer.status == 404
        assert answer.json["error"]


def test_a_body_that_is_no_json_object_is_refused(api):
    """As a mistake of the sender."""
    for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
        assert api.send("/_fake/settings", body, {}).status == 400


def test_every_post_answers_an_object(api):
    """At least an empty one."""
    for path in ("reset", "faults", "clock", "settings"):
        given = {"action": "*", "faults": []} if path == "faults" else {}
        assert isinstance(api.control(path, given).json, dict)


def test_a_reset_puts_everything_back(api):
    """Resources, requests, faults, settings, clock, accounts."""
    api.reserve()
    api.control("accounts", {"access_key_id": "other", "access_key_secret": "other"})
    api.control("clock", {"set": 0, "rate": 0})
    api.control("faults", {"action": "*", "faults": [{"code": "Throttling"}]})
    assert api.control("reset", {}).json == {}
    assert api.control("state").json["capacity_reservations"] == []
    assert api.control("requests").json == []
    assert api.control("faults").json == {}
    assert api.control("settings").json["profile"] == "realistic"
    assert api.control("clock").json["now"] > "2020"
    api.key = api.secret = "other"
    assert api("DescribeRegions").code == "InvalidAccessKeyId.NotFound"


def test_a_reset_keeps_what_the_fake_was_started_with():
    """Its own stock and profile, whatever became of them."""
    with FakeAliyun(profile="instant", stock={f"{ZONE}/ecs.g6.xlarge": 2}) as fake:
        Api(fake).reserve()
        assert fake.settings()["stock"] == {f"{ZONE}/ecs.g6.xlarge": 0}
        fake.reset()
        assert fake.settings()["stock"] == {f"{ZONE}/ecs.g6.xlarge": 2}
        assert fake.settings()["profile"] == "instant"


def test_the_same_seed_gives_the_same_ids():
    """In the order of creation, however much is read in between."""
    made = []
    for reads in (0, 3):
        with FakeAliyun(seed=5, profile="instant") as fake:
            api = Api(fake)
            for _ in range(reads):
                api("DescribeRegions")
            made.append([api.reserve(), api.run()])
    assert made[0] == made[1]
    assert made[0][0].startswith("crp-bp1")
    assert len(made[0][1]) == len("i-") + 20


def test_latency_slows_every_request(api):
    """Down to what is set."""
    api.fake.settings(latency=0.2)
    start = time.monotonic()
    api("DescribeRegions")
    assert time.monotonic() - start >= 0.2


def test_requests_keep_the_last_ten_thousand(api):
    """And go on counting."""
    journal = api.fake.cloud.journal
    for _ in range(10_005):
        journal.add({"action": "X", "status": 200, "code": "", "time": ""}, {})
    numbers = [each["n"] for each in api.control("requests").json]
    assert (len(numbers), numbers[0], numbers[-1]) == (10_000, 6, 10_005)
    assert [each["n"] for each in api.control("requests?since=10003").json] == [10_004, 10_005]
