"""What goes wrong on purpose."""

import contextlib
import http.client
import threading
import time

import pytest
from wire import INSTANCE, Api

GIVEN = {"RegionId": "cn-hangzhou"}


def fault(api, **given):
    plan = {"action": given.pop("action", "RunInstances"), "faults": [given]}
    answer = api.control("faults", plan)
    assert answer.status == 200, answer.text


def test_faults_strike_in_order_and_are_counted(api):
    """What is left can be read; then all is well again."""
    plan = [{"code": "Throttling.User", "times": 2}, {"code": "ServiceUnavailable"}]
    api.control("faults", {"action": "RunInstances", "faults": plan})
    assert api("DescribeRegions").status == 200
    assert api("RunInstances", INSTANCE).code == "Throttling.User"
    left = api.control("faults").json
    assert [(each["code"], each["times"]) for each in left["RunInstances"]] == [
        ("Throttling.User", 1),
        ("ServiceUnavailable", 1),
    ]
    codes = [api("RunInstances", INSTANCE).code for _ in range(3)]
    assert codes == ["Throttling.User", "ServiceUnavailable", ""]
    assert api.control("faults").json == {}


def test_a_star_strikes_every_operation(api):
    """After those of the operation itself."""
    fault(api, action="*", code="InternalError", times=0)
    fault(api, action="DescribeRegions", code="Throttling")
    assert [api("DescribeRegions").code for _ in range(3)] == ["Throttling", "InternalError", "InternalError"]
    assert api.control("faults", method="DELETE").status == 200
    assert api("DescribeRegions").status == 200


def test_a_match_narrows_a_fault_to_requests(api):
    """By flat parameters."""
    fault(api, code="NoStock", match={"ZoneId": "cn-hangzhou-i"})
    assert api("RunInstances", INSTANCE).status == 200
    assert api("RunInstances", {**INSTANCE, "ZoneId": "cn-hangzhou-i"}).code == "NoStock"


def test_throttling_tells_how_long_to_wait(api):
    """In milliseconds, in the vendor's header, when asked to."""
    fault(api, action="DescribeRegions", code="Throttling", retry_after_ms=1500)
    fault(api, action="DescribeRegions", code="Throttling")
    assert api("DescribeRegions").headers["x-acs-retry-after"] == "1500"
    assert "x-acs-retry-after" not in api("DescribeRegions").headers


def test_a_body_is_answered_word_for_word(api):
    """Non-JSON, with any status and content type."""
    html = "<html>502 Bad Gateway</html>"
    fault(api, action="DescribeRegions", body=html, status=502, content_type="text/html")
    answer = api("DescribeRegions")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (502, html, "text/html")
    assert api.fake.requests()[-1]["status"] == 502


def test_a_wrong_content_type_leaves_the_answer_as_it_is(api):
    """And the action is done."""
    fault(api, content_type="text/plain")
    answer = api("RunInstances", INSTANCE)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain")
    assert len(api.fake.state()["instances"]) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_loses_the_answer(api, after):
    """Before the action, or after it is done."""
    fault(api, reset=True, after_action=after)
    with pytest.raises(ConnectionResetError) as caught:
        api("RunInstances", INSTANCE)
    # RST, not an orderly end without an answer.
    assert caught.type is ConnectionResetError
    assert len(api.fake.state()["instances"]) == after
    last = api.fake.requests()[-1]
    assert (last["action"], last["status"], last["code"]) == ("RunInstances", 0, "ConnectionReset")


def test_an_answer_is_cut_off(api):
    """Fewer bytes than announced; the action is done."""
    fault(api, truncate=10)
    with pytest.raises(http.client.IncompleteRead) as caught:
        api("RunInstances", INSTANCE)
    assert len(caught.value.partial) == 10
    assert len(api.fake.state()["instances"]) == 1


def test_a_connection_is_reset_in_the_middle_of_an_answer(api):
    """The action is done."""
    fault(api, truncate=10, reset=True)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        api("RunInstances", INSTANCE)
    assert len(api.fake.state()["instances"]) == 1


def test_an_action_is_done_though_the_answer_is_an_error(api):
    """After_action with a code."""
    fault(api, code="InternalError", after_action=True)
    assert api("RunInstances", INSTANCE).status == 500
    assert len(api.fake.state()["instances"]) == 1


def test_a_stall_performs_the_action_though_the_client_is_gone(api):
    """It waits first, then acts; with after_action the other way round."""
    fault(api, stall_s=0.5)
    impatient = http.client.HTTPConnection(api.fake.url.removeprefix("http://"), timeout=0.1)
    sent = []

    def send(target, body, headers):
        impatient.request("POST", target, body, headers)
        sent.append(target)
        impatient.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            impatient.getresponse()
        impatient.close()

    client = Api(api.fake)
    client.send = lambda target, body, headers, _="": send(target, body, headers)
    client("RunInstances", INSTANCE)
    assert sent
    assert api.fake.state()["instances"] == []
    deadline = time.monotonic() + 10
    while not api.fake.state()["instances"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(api.fake.state()["instances"]) == 1
    fault(api, stall_s=30, after_action=True)

    def wait_in_vain():
        with contextlib.suppress(http.client.RemoteDisconnected):
            api("RunInstances", INSTANCE)

    threading.Thread(target=wait_in_vain, daemon=True).start()
    while len(api.fake.state()["instances"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(api.fake.state()["instances"]) == 2


def test_random_faults_come_from_the_seed(api):
    """The same seed, the same faults; without times they last."""

    def strikes():
        api.control("reset", {"seed": 7})
        fault(api, action="DescribeRegions", code="Throttling", rate=0.5)
        return [api("DescribeRegions").status for _ in range(30)]

    first = strikes()
    assert first == strikes()
    assert set(first) == {200, 400}
    assert api.control("faults").json["DescribeRegions"][0]["times"] == 0


def test_the_chaos_profile_throttles_and_fails_at_random(api):
    """By faults that stand in the plan."""
    api.fake.settings(profile="chaos")
    planned = api.control("faults").json["*"]
    assert {each["code"] for each in planned} == {"Throttling.User", "ServiceUnavailable", ""}
    assert all(0 < each["rate"] < 0.5 for each in planned)


def test_a_rate_limit_throttles(api):
    """More than so many requests in a second."""
    api.fake.settings(rate_limit=3)
    codes = [api("DescribeRegions").code for _ in range(12)]
    assert codes[:3] == ["", "", ""]
    assert "Throttling.User" in codes
    api.fake.settings(rate_limit=None)
    assert api("DescribeRegions").status == 200


@pytest.mark.parametrize(
    "plan",
    [
        {"action": "X", "faults": [{"cod": "Throttling"}]},
        {"action": "X", "faults": [{"times": "two"}]},
        {"action": "X", "faults": [{"rate": 2}]},
        {"action": "X", "faults": [{"code": "fine"}, {"after_action": 1}]},
        {"action": "X", "faults": {"code": "Throttling"}},
        {"action": 5, "faults": []},
        {"actions": "X", "faults": []},
    ],
)
def test_a_wrong_plan_is_refused_as_a_whole(api, plan):
    """With the reason, and nothing of it is planned."""
    answer = api.control("faults", plan)
    assert answer.status == 400
    assert answer.json["error"]
    assert api.control("faults").json == {}
