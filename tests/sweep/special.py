"""Cases with a point of their own: what is edited, renamed, forced, retained or shared around a kill."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trial import Resources, Trial, instance, order, reservation, whole

TAGS = {f"tag-{number}": "x" for number in range(20)}
_BUY = {
    "CapacityReservation": "CreateCapacityReservation",
    "EcsInstance": "RunInstances",
    "BssInstance": "CreateInstance",
}

Case = Callable[[Trial], None]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    """Add a case to the sweep."""
    CASES[function.__name__.replace("_", " ")] = function
    return function


def run(title: str) -> Trial:
    """Try one case."""
    return whole(lambda: _tried(title))


def _tried(title: str) -> Trial:
    trial = Trial(title)
    try:
        CASES[title](trial)
    except Exception as error:  # noqa: BLE001 - the sweep goes on, and shows it
        trial.fault(f"{type(error).__name__}: {error}")
    finally:
        trial.close()
    return trial


def killed(
    trial: Trial, action: str, *command: str, death: str = "all", times: int = 1, **fault: Any
) -> None:
    """Kill a command when a call is done and its answer is on its way."""
    trial.fake.faults.add(action, **{"after_action": True, "stall_s": 2.0, "times": times, **fault})
    process = trial.start(*(command or ("up",)))
    if not trial.reaches_faults(process):
        trial.fault(f"the command ended without {action}\n{trial.stack.printed()}")
    time.sleep(0.1)
    trial.kill(process, death)
    trial.count.moments += 1


def up_and_gone(trial: Trial) -> None:
    """An undisturbed up puts all right, and a destroy leaves nothing."""
    trial.run("up")
    trial.judge("after up")
    trial.run("destroy")
    trial.destroyed()


@case
def forced_replacement_killed_then_plain_up(trial: Trial) -> None:
    """The new half, which nothing but its mark speaks of, is let go."""
    trial.program({"a": reservation(), "b": instance()})
    trial.run("up")
    for name, action in (("a", "CreateCapacityReservation"), ("b", "RunInstances")):
        urn = next(each["urn"] for each in trial.recorded().values() if each["urn"].endswith(f"::{name}"))
        killed(trial, action, "up", "--replace", urn)
        trial.stack.cancel()
    up_and_gone(trial)


@case
def forced_replacement_after_a_kill(trial: Trial) -> None:
    """What the killed run bought isn't taken for its own replacement."""
    trial.program({"a": reservation(), "b": reservation()})
    killed(trial, "UntagResources")
    trial.stack.cancel()
    ids = set(trial.recorded())
    urn = next(each["urn"] for each in trial.recorded().values() if each["urn"].endswith("::a"))
    trial.run("up", "--replace", urn)
    if len(ids & set(trial.recorded())) != 1:
        trial.fault("the replacement is not a new one")
    trial.judge("after --replace")
    trial.run("up", "--replace", urn)
    up_and_gone(trial)


@case
def renamed_with_alias_and_the_old_name_used_again(trial: Trial) -> None:
    """The new resource of the old name isn't taken for the one that has moved on."""
    trial.program({"a": reservation(name="first"), "b": order()})
    trial.run("up")
    alias = "aliases=[pulumi.Alias(name={!r})]"
    trial.program(
        {
            "a2": reservation(name="first", opts=alias.format("a")),
            "b2": order(opts=alias.format("b")),
        }
    )
    trial.run("up")
    trial.program(
        {
            "a2": reservation(name="first"),
            "b2": order(),
            "a": reservation(name="second"),
            "b": order(),
        }
    )
    killed(trial, "CreateCapacityReservation")
    up_and_gone(trial)


@case
def edited_in_place_after_a_kill(trial: Trial) -> None:
    """What was bought is found and brought in line."""
    trial.program({"a": reservation(instance_amount=1, tags={"x": "1"}), "b": instance(instance_name="one")})
    killed(trial, "CreateCapacityReservation")
    trial.program({"a": reservation(instance_amount=2, tags={"x": "2"}), "b": instance(instance_name="two")})
    up_and_gone(trial)


@case
def edited_to_something_else_after_a_kill(trial: Trial) -> None:
    """What was bought is given back, and the other one bought."""
    keeper: Resources = {"keeper": order()}
    trial.program(keeper)
    trial.run("up")
    trial.program({**keeper, "a": reservation(), "b": instance()})
    killed(trial, "RunInstances")
    trial.program({**keeper, "a": reservation(zone_id="cn-hangzhou-i"), "b": instance(image_id="other")})
    up_and_gone(trial)


@case
def twenty_tags(trial: Trial) -> None:
    """Without room for a mark the token protects, and nothing is bought again for lack of it."""
    trial.program({"keeper": order()})
    trial.run("up")
    trial.program({"keeper": order(), "a": reservation(tags=TAGS), "b": instance(tags=TAGS)})
    killed(trial, "RunInstances")
    trial.run("up")
    trial.judge("after up")
    trial.program({"keeper": order(), "c": reservation(tags=TAGS), "d": instance(tags=TAGS)})
    up_and_gone(trial)


@case
def made_destroyed_and_made_again(trial: Trial) -> None:
    """A token that is remembered doesn't bring back what is gone."""
    kept: Resources = {"keeper": order()}
    for _ in range(2):
        trial.program({**kept, "a": reservation(), "b": instance(), "c": order()})
        trial.run("up")
        trial.judge("after up")
        trial.program(kept)
        trial.run("up")
        trial.judge("after removal")
    trial.run("destroy")
    trial.program({"a": reservation(), "b": instance(), "c": order()})
    up_and_gone(trial)


def _skipping_checkpoints(trial: Trial) -> None:
    trial.stack.environ |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "true"}


def _killed_in_the_middle(trial: Trial, living: int) -> None:
    process = trial.start("up", "--parallel", "4")
    deadline = time.monotonic() + 60
    while len(trial.live()) < living and time.monotonic() < deadline:
        time.sleep(0.01)
    trial.kill(process, "engine")
    trial.count.moments += 1
    if trial.recorded().keys() >= trial.live().keys():
        trial.fault("the kill has lost nothing")


@case
def without_checkpoints(trial: Trial) -> None:
    """A kill that loses the whole run's state: the next run finds all of it, and buys the rest."""
    trial.program({"keeper": reservation()})
    trial.run("up")
    _skipping_checkpoints(trial)
    many = {f"a{n}": reservation() for n in range(50)} | {f"b{n}": instance() for n in range(50)}
    trial.program({"keeper": reservation(), **many})
    _killed_in_the_middle(trial, 50)
    trial.run("up", "--parallel", "32")
    trial.judge("after up", unmarked=False)
    bought = [each for each in trial.fake.requests() if each["action"] in _BUY.values() and not each["code"]]
    if len(trial.live()) != 101 or len(bought) > 110:
        trial.fault(f"{len(trial.live())} are alive after {len(bought)} purchases")
    trial.run("up")
    trial.judge("after a second up")
    trial.run("destroy", "--parallel", "32")
    trial.destroyed()


@case
def most_of_a_killed_run_leaves_the_program(trial: Trial) -> None:
    """What a killed run has bought by the dozen, and nobody wants any more, is let go together."""
    trial.fake.settings(profile="realistic")
    trial.program({"keeper": reservation()})
    trial.run("up")
    many = {f"a{n}": reservation() for n in range(15)} | {f"b{n}": instance() for n in range(30)}
    many |= {f"c{n}": order() for n in range(15)}
    trial.program({"keeper": reservation(), **many})
    process = trial.start("up", "--parallel", "64")
    deadline = time.monotonic() + 60
    while len(trial.live()) <= len(many) and time.monotonic() < deadline:
        time.sleep(0.01)
    trial.kill(process, "all")
    trial.count.moments += 1
    trial.program({"keeper": reservation(), "b0": instance()})
    up_and_gone(trial)


@case
def a_first_run_without_checkpoints(trial: Trial) -> None:
    """A kill loses the stack's identity too: the command lists what is left, and how to take it over."""
    _skipping_checkpoints(trial)
    trial.program({f"a{n}": reservation() for n in range(8)} | {f"b{n}": instance() for n in range(8)})
    _killed_in_the_middle(trial, 8)
    trial.quiet()
    program = [str(Path(sys.executable).parent / "pulumi-aliyun"), "leftovers"]
    listed = subprocess.run(program, env=trial.stack.environ, capture_output=True, text=True, check=False)
    if not all(key in listed.stdout for key in trial.live()) or "adopt_id" not in listed.stdout:
        trial.fault(
            f"`pulumi-aliyun leftovers` doesn't list {sorted(trial.live())}:\n{listed.stdout}{listed.stderr}"
        )


@case
def a_replacement_on_its_way_when_destroyed(trial: Trial) -> None:
    """What a killed run has asked for is waited for, also where the state held its predecessor."""
    trial.program({"a": reservation(), "b": instance()})
    trial.run("up")
    trial.program({"a": reservation(zone_id="cn-hangzhou-i"), "b": instance(image_id="other")})
    trial.fake.faults.add("CreateCapacityReservation", stall_s=7.0)
    killed(trial, "RunInstances", after_action=False, stall_s=7.0)
    trial.run("destroy")
    trial.quiet(7.0)
    trial.destroyed()


@case
def protected_and_gone(trial: Trial) -> None:
    """What is protected can't be made anew: the run says that it is gone, and doesn't fail."""
    trial.program({"a": reservation(opts="protect=True"), "b": reservation()})
    trial.run("up")
    for key in trial.live():
        trial.outside("ReleaseCapacityReservation", PrivatePoolOptions={"Id": key})
    if "vanished" not in trial.run("up"):
        trial.fault("nobody is told that the protected one is gone")
    trial.run("up", "--refresh")
    trial.judge("after up --refresh")


@case
def no_stock_once(trial: Trial) -> None:
    """A refusal that the token would repeat doesn't stand in the way when the stock comes back."""
    trial.program({"keeper": order()})
    trial.run("up")
    trial.program({"keeper": order(), "a": reservation(), "b": instance()})
    trial.fake.settings(stock={"cn-hangzhou-h/ecs.g6.large": 0})
    trial.run("up", fails=True)
    trial.fake.settings(stock={})
    killed(trial, "CreateCapacityReservation")
    up_and_gone(trial)


@case
def retained_and_protected(trial: Trial) -> None:
    """What a killed run bought under retain_on_delete is taken over; gone from the program, it stays."""
    trial.program({"a": reservation(opts="retain_on_delete=True"), "b": reservation(opts="protect=True")})
    killed(trial, "CreateCapacityReservation", times=2)
    trial.run("up")
    trial.judge("after up")
    trial.program({"a": reservation(opts="retain_on_delete=True"), "b": reservation()})
    trial.run("up")
    trial.run("destroy")
    left = trial.live()
    if len(left) != 1:
        trial.fault(f"{len(left)} are alive, not the retained one")


@case
def retained_then_gone_from_the_program(trial: Trial) -> None:
    """What was to be retained is never released without being asked for."""
    trial.program({"keeper": order(), "a": reservation(opts="retain_on_delete=True")})
    trial.run("up")
    trial.program({"keeper": order(), "b": reservation(opts="retain_on_delete=True")})
    killed(trial, "CreateCapacityReservation")
    trial.program({"keeper": order()})
    trial.run("up")
    trial.run("destroy")
    if len(trial.live()) != 2:
        trial.fault(f"{len(trial.live())} are alive, not the two retained ones")


@case
def an_order_edited_after_a_kill(trial: Trial) -> None:
    """BSS can't say what the killed run bought: the run stops and names it, and nothing is bought."""
    trial.program({"a": order(parameters={"Seats": "1"})})
    killed(trial, "CreateInstance")
    [bought] = trial.live()
    trial.program({"a": order(parameters={"Seats": "2"})})
    output = trial.run("up", fails=True)
    if bought not in output or "adopt_id" not in output:
        trial.fault(f"the run doesn't name {bought} and adopt_id:\n{output}")
    if list(trial.live()) != [bought]:
        trial.fault("something was bought or released")
    trial.program({"a": order(parameters={"Seats": "1"})})
    up_and_gone(trial)


@case
def an_order_after_its_tokens_life(trial: Trial) -> None:
    """When the token may be forgotten, and a candidate stands there, the run stops and names it."""
    trial.program({"a": order()})
    killed(trial, "CreateInstance")
    [bought] = trial.live()
    trial.fake.clock.advance(3 * 24 * 3600)
    output = trial.run("up", fails=None)
    if len(trial.live()) != 1:
        trial.fault("bought twice")
    if bought not in output or "adopt_id" not in output:
        trial.fault(f"the run doesn't name {bought} and adopt_id:\n{output}")
    trial.program({"a": order(adopt_id=bought)})
    up_and_gone(trial)


@case
def only_the_targets_after_a_kill(trial: Trial) -> None:
    """What is in the state, still marked, and not in the run, stays."""
    trial.program({"a": reservation(), "b": instance()})
    killed(trial, "UntagResources")
    trial.stack.cancel()
    urn = next(each["urn"] for each in trial.recorded().values() if each["urn"].endswith("::a"))
    trial.run("up", "--target", urn)
    trial.judge("after the targeted up", unmarked=False)
    up_and_gone(trial)


@case
def a_program_that_breaks_after_a_kill(trial: Trial) -> None:
    """What the program didn't come to name isn't given back."""
    trial.program({"a": reservation(), "b": instance()})
    killed(trial, "UntagResources")
    trial.stack.program(
        "import pulumi\nfrom pulumi_aliyun import CapacityReservation\n"
        "CapacityReservation('z', instance_type='ecs.g6.large', instance_amount=1, zone_id='cn-hangzhou-h')\n"
        "raise ValueError('broken')\n"
    )
    trial.run("up", fails=True)
    trial.program({"a": reservation(), "b": instance()})
    up_and_gone(trial)


@case
def the_program_is_taken_back_after_a_failed_update(trial: Trial) -> None:
    """An update that failed half-way, and then isn't wanted any more, is undone."""
    trial.program({"a": reservation(instance_amount=2), "b": instance()})
    trial.run("up")
    trial.program(
        {"a": reservation(instance_amount=3, tags={"x": "1"}), "b": instance(instance_type="ecs.g6.xlarge")}
    )
    trial.fake.faults.add("TagResources", code="Forbidden.RAM")
    trial.fake.faults.add("ModifyInstanceSpec", code="Forbidden.RAM")
    trial.run("up", fails=True)
    trial.program({"a": reservation(instance_amount=2), "b": instance()})
    up_and_gone(trial)


def _interleaved(trial: Trial, other: Trial) -> None:
    both: Resources = {"a": reservation(), "b": instance(), "c": order()}
    for each in (trial, other):
        each.program({"c": order()})
        each.run("up")
        each.program(both)
    killed(trial, "RunInstances")
    killed(other, "CreateCapacityReservation")
    trial.run("up")
    other.run("up")
    trial.judge("both, first", [other])
    other.judge("both, second", [trial])
    killed(other, "DeleteInstance", "destroy")
    trial.run("destroy")
    other.run("destroy")
    trial.destroyed()
    other.destroyed()
    trial.count.add(other.count)


@case
def two_stacks_of_the_same_names(trial: Trial) -> None:
    """Two backends, one account: nobody takes the other's, whoever is killed and destroyed first."""
    with Trial(trial.title, fake=trial.fake) as other:
        _interleaved(trial, other)


@case
def two_stacks_of_one_project(trial: Trial) -> None:
    """One backend and one account: nobody takes the other's."""
    with Trial(trial.title, fake=trial.fake, name="prod", backend=trial.stack.backend) as other:
        _interleaved(trial, other)
