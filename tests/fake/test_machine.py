"""Random histories: whatever is done, in whatever order, the counts add up."""

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from wire import INSTANCE, REGION, ZONE, Api

from fake_aliyun import FakeAliyun

STOCK = 12
KEY = f"{ZONE}/ecs.g6.xlarge"


class Cloud(RuleBasedStateMachine):
    """Reservations and instances of one type in one zone with little stock."""

    reservations = Bundle("reservations")
    instances = Bundle("instances")

    @initialize()
    def start(self):
        self.fake = FakeAliyun(profile="instant", stock={KEY: STOCK})
        self.fake.start()
        self.api = Api(self.fake)

    def teardown(self):
        if hasattr(self, "fake"):
            self.fake.stop()

    @rule(target=reservations, amount=st.integers(1, 6), criteria=st.sampled_from(["Open", "Target"]))
    def reserve(self, amount, criteria):
        given = {
            "RegionId": REGION,
            "ZoneId.1": ZONE,
            "InstanceType": "ecs.g6.xlarge",
            "InstanceAmount": amount,
        }
        answer = self.api(
            "CreateCapacityReservation", given, **{"PrivatePoolOptions.MatchCriteria": criteria}
        )
        assert answer.status == 200 or answer.code in ("NoStock", "OperationDenied.NoStock")
        return answer.json.get("PrivatePoolOptionsId", "crp-none")

    @rule(reservation=reservations, amount=st.integers(1, 8))
    def resize(self, reservation, amount):
        given = {"RegionId": REGION, "PrivatePoolOptions.Id": reservation, "InstanceAmount": amount}
        self.api("ModifyCapacityReservation", given)

    @rule(reservation=consumes(reservations))
    def release(self, reservation):
        self.api("ReleaseCapacityReservation", {"RegionId": REGION, "PrivatePoolOptions.Id": reservation})

    @rule(target=instances, reservation=reservations, amount=st.integers(1, 3))
    def run_targeted(self, reservation, amount):
        return self.run({**self.api.target(reservation), "Amount": amount})

    @rule(target=instances, criteria=st.sampled_from(["Open", "None"]), amount=st.integers(1, 3))
    def run_elsewhere(self, criteria, amount):
        return self.run({"PrivatePoolOptions.MatchCriteria": criteria, "Amount": amount, "MinAmount": 1})

    def run(self, given):
        answer = self.api("RunInstances", {**INSTANCE, **given})
        return answer.json["InstanceIdSets"]["InstanceIdSet"][0] if answer.status == 200 else "i-none"

    @rule(instance=instances, mode=st.sampled_from(["KeepCharging", "StopCharging"]))
    def stop(self, instance, mode):
        self.api("StopInstance", InstanceId=instance, StoppedMode=mode)

    @rule(instance=instances)
    def start_again(self, instance):
        self.api("StartInstance", InstanceId=instance)

    @rule(instance=instances, reservation=reservations)
    def move(self, instance, reservation):
        given = {"RegionId": REGION, "InstanceId": instance, **self.api.target(reservation)}
        self.api("ModifyInstanceAttachmentAttributes", given)

    @rule(instance=instances, criteria=st.sampled_from(["Open", "None"]))
    def detach(self, instance, criteria):
        given = {"RegionId": REGION, "InstanceId": instance, "PrivatePoolOptions.MatchCriteria": criteria}
        self.api("ModifyInstanceAttachmentAttributes", given)

    @rule(instance=consumes(instances))
    def delete(self, instance):
        self.api("DeleteInstance", InstanceId=instance, Force="true")

    @invariant()
    def capacity_is_conserved(self):
        """Used and available make up each pool, and pools, public instances and stock all there is."""
        if not hasattr(self, "fake"):
            return
        state = self.fake.state()
        there = [each for each in state["capacity_reservations"] if each["status"] != "Released"]
        users = [each["private_pool"]["id"] for each in state["instances"]]
        for each in state["capacity_reservations"]:
            assert each["used_amount"] == users.count(each["id"])
            assert each["used_amount"] + each["available_amount"] == each["instance_amount"]
            assert each["available_amount"] >= 0
        public = sum(each.public for each in self.fake.cloud.account.instances)
        left = self.fake.settings()["stock"][KEY]
        assert left >= 0
        assert left + public + sum(each["instance_amount"] for each in there) == STOCK

    @invariant()
    def nothing_failed_inside(self):
        """No request was answered with a server error."""
        if hasattr(self, "fake"):
            assert all(each["status"] < 500 for each in self.fake.requests())


TestCloud = Cloud.TestCase
TestCloud.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
