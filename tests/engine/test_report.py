"""The workflows of examples/ci, step by step on the real engine: the comments are those in tests/report/stored.

`STORE=1` in the environment writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness import REPOSITORY, Stack
from runners import GitHub, environ_of, gitlab

STORED = REPOSITORY / "tests" / "report" / "stored"
PAGE = REPOSITORY / "docs" / "pull-requests.md"

PROGRAM = """
    import pulumi
    from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    step = {step}


    class Provider(ResourceProvider):
        def create(self, props):
            return CreateResult("vsw-1", props)

        def diff(self, id, olds, news):
            return DiffResult(changes=olds["cidr"] != news["cidr"])


    class VSwitch(Resource):
        def __init__(self, name, cidr):
            super().__init__(Provider(), name, {{"cidr": cidr}})


    first, second, retired = step == 1, step == 2, step == 3
    password = pulumi.Output.secret("Passw0rd!1" if first else "Passw0rd!2")
    common = dict(
        instance_type="ecs.g6.large", image_id="aliyun_3", security_group_ids=["sg-1"], zone_id="cn-hangzhou-h"
    )
    vswitch = VSwitch("network", "10.0.0.0/24" if first else "10.0.0.0/20")
    if not retired:
        pool = CapacityReservation(
            "pool", instance_type="ecs.g6.xlarge", instance_amount=3 if first else 2, zone_id="cn-hangzhou-h",
            match_criteria="Target", tags={{"team": "batch"}},
        )
        fleet = pulumi.ComponentResource("acme:index:Fleet", "fleet")
        for number in (1, 2):
            EcsInstance(
                f"worker-{{number}}", **{{**common, "instance_type": "ecs.g6.xlarge"}}, vswitch_id=vswitch.id,
                private_pool=pool, opts=pulumi.ResourceOptions(parent=fleet), tags={{"number": str(number)}},
            )
        EcsInstance(
            "database", **{{**common, "image_id": "aliyun_3" if first else "aliyun_4"}}, vswitch_id="vsw-1",
            private_ip_address="172.16.5.5", password=password, user_data="#!/bin/sh\\necho topsecret",
            system_disk={{"category": "cloud_essd", "size": 60}},
            data_disks=[
                {{"category": "cloud_essd", "size": 500, "disk_name": "tables"}},
                {{"category": "cloud_efficiency", "size": 200, "disk_name": "backups", "delete_with_instance": False}},
            ],
        )
        EcsInstance(
            "web", **{{**common, "instance_type": "ecs.g6.large" if first else "ecs.g6.xlarge"}}, vswitch_id="vsw-1",
            password=password, internet_max_bandwidth_out=5,
            tags={{"team": "web", **({{}} if first else {{"a|b": "`c`"}})}},
        )
    if not second:
        EcsInstance(
            "kept", **common, vswitch_id="vsw-1", opts=pulumi.ResourceOptions(retain_on_delete=first),
        )
    if first:
        EcsInstance("paid", **common, vswitch_id="vsw-1", instance_charge_type="PrePaid", period=1)
    BssInstance(
        "firewall", product_code="waf", subscription_type="Subscription", period=12, renew_status="NotRenewal",
        on_delete="refund", parameters={{"Region": "cn-hangzhou", "License": password}},
    )
    if first:
        BssInstance("retired", product_code="waf", subscription_type="Subscription", period=1)
"""
REFUSED = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    CapacityReservation(
        "pool", instance_type="ecs.g6.xlarge", instance_amount=0, zone_id="cn-hangzhou-h", match_criteria="Traget"
    )
    EcsInstance(
        "web", instance_type="ecs.g6.large", image_id="aliyun_3", vswitch_id="vsw-1", security_group_ids=["sg-1"],
        password="hunter2", data_disks=[{"size": -1, "category": "cloud_essd"}], tags={"acs:owner": "@everyone"},
    )
    pulumi.log.warn("the image aliyun_2 is used no more")
"""
# What a stranger may try: to notify, to link, to hide, to end a list, a code span, a block or the marker.
HOSTILE = """
    import pulumi
    from pulumi_aliyun import CapacityReservation

    nasty = "@acme/everyone <!-- --> #1 `` ``` </details><script> [x](http://evil) www.evil \\n# big | a\\u202eb"
    pulumi.log.warn(nasty)
    CapacityReservation(
        f"pool {nasty}", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h",
        tags={"`key` | @acme/everyone": nasty.replace("http://", "")},
    )
"""
OF_COMMIT = "\nThis is the preview of commit c0ffee.\n"
PULL_REQUEST = {
    "github.event.pull_request.head.sha": "c0ffee",
    "github.event.pull_request.number": "7",
    "vars.PULUMI_BACKEND_URL": "",
    "secrets.PULUMI_ACCESS_TOKEN": "",
    "secrets.PULUMI_CONFIG_PASSPHRASE": "test",
}
FORK = {
    "vars.PULUMI_ALIYUN": "pulumi-aliyun",
    "github.event.workflow_run.head_repository.owner.login": "stranger",
    "github.event.workflow_run.head_repository.full_name": "stranger/infrastructure",
    "github.event.workflow_run.head_branch": "patch&1",
    "github.event.workflow_run.head_sha": "c0ffee",
}


def compare(comment: str, name: str) -> None:
    """Hold a comment against the stored one; ids, addresses and times are another every time, and the commit."""
    comment = comment.removesuffix(OF_COMMIT)
    for pattern, stands in (
        (r"\b(i|crp|waf)-bp\w{18,}", r"\1-…"),
        (r"\b(172\.16|198\.18)\.0\.\d+", r"\1.0.…"),
        (r"\b20\d\d-\d\d-\d\dT[\d:]+Z", "20…Z"),
    ):
        comment = re.sub(pattern, stands, comment)
    stored = STORED / f"{name}.md"
    if os.environ.get("STORE"):
        stored.write_text(comment)
    assert comment == stored.read_text()
    for secret in ("Passw0rd", "topsecret", "hunter2"):
        assert secret not in comment


def block(language: str) -> str:
    """The one block of a language in docs/pull-requests.md."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return found


def on_the_page() -> str:
    """The comment that docs/pull-requests.md shows."""
    if os.environ.get("STORE"):
        page = PAGE.read_text()
        PAGE.write_text(page.replace(block("markdown"), (STORED / "refused.md").read_text()))
    return block("markdown")


def typed(project: Stack) -> str:
    """What the commands of docs/pull-requests.md print, typed by hand."""
    commands = block("sh")
    return subprocess.check_output(
        ["bash", "-e", "-c", commands], cwd=project.project, env=project.environ, text=True
    )


@pytest.fixture
def project(stack: Stack, fake_aliyun: Any) -> Stack:
    """A repository with a stack, as a workflow finds it."""
    fake_aliyun.settings(profile="instant")
    stack.write("requirements.txt", "pulumi-aliyun\n")
    stack.write("Pulumi.dev.yaml", "config:\n  aliyun:region: cn-hangzhou\n")
    return stack


def test_one_comment_is_kept_up_to_date_on_github(project: Stack, tmp_path: Path) -> None:
    """Each push's preview is the same comment anew, without a key of the cloud; a refused one fails the job."""
    environ = environ_of(project, tmp_path / "runner")
    github = GitHub(
        tmp_path / "github", {**PULL_REQUEST, "vars.PULUMI_BACKEND_URL": project.backend.as_uri()}
    )
    marker = "<!-- pulumi-aliyun report: dev -->"
    github.comments = [{"id": 1, "user": {"login": "somebody"}, "body": f"{marker}\nnot the workflow's"}]

    project.program(PROGRAM.format(step=1))
    assert github.run("preview.yml", environ, project.project) == 0
    compare(github.comments[-1]["body"], "created")
    assert github.summary + OF_COMMIT == github.comments[-1]["body"]

    project.up()
    for step, name in ((2, "changed"), (3, "deleted")):
        project.program(PROGRAM.format(step=step))
        assert github.run("preview.yml", environ, project.project) == 0
        compare(github.comments[-1]["body"], name)

    assert typed(project) + OF_COMMIT == github.comments[-1]["body"]

    project.program(REFUSED)
    assert github.run("preview.yml", environ, project.project) != 0
    compare(github.comments[-1]["body"], "refused")
    assert github.comments[-1]["body"] == on_the_page() + OF_COMMIT
    assert [comment["id"] for comment in github.comments] == [1, 101]
    assert github.comments[0]["body"].endswith("not the workflow's")


def test_a_fork_is_validated_without_secrets_and_its_report_is_harmless(
    project: Stack, tmp_path: Path
) -> None:
    """An empty local stack judges the program; the job with rights takes its JSON as data, whatever it holds."""
    project.write("Pulumi.validate.yaml", "config:\n  aliyun:region: cn-hangzhou\n")
    project.program(HOSTILE)
    environ = environ_of(project, tmp_path / "runner")
    github = GitHub(tmp_path / "github", {})
    assert github.run("preview-fork.yml", environ, project.project) == 0
    compare(github.summary, "fork")
    assert github.skipped[-1] == "actions/upload-artifact"

    empty = tmp_path / "nothing is checked out"
    empty.mkdir()
    privileged = GitHub(tmp_path / "privileged", FORK)
    head = {"label": "stranger:patch&1", "sha": "c0ffee", "repo": {"full_name": "stranger/infrastructure"}}
    older = {**head, "sha": "0dd"}
    privileged.pulls = [{"number": 6, "head": older}, {"number": 7, "head": head}]
    assert privileged.run("preview-fork-comment.yml", environ, empty) == 0
    assert [comment["body"] for comment in privileged.comments] == [github.summary + OF_COMMIT]
    assert "actions/checkout" not in privileged.skipped

    privileged.pulls.pop()  # pushed to since: the newer run comments
    privileged.comments.clear()
    assert privileged.run("preview-fork-comment.yml", environ, empty) == 0
    assert privileged.comments == []


def test_one_note_is_kept_up_to_date_on_gitlab(project: Stack, tmp_path: Path) -> None:
    """A refused preview, then one that failed before it began, are one note; a fork's needs no variable."""
    project.write("Pulumi.validate.yaml", "config:\n  aliyun:region: cn-hangzhou\n")
    project.program(REFUSED)
    environ = environ_of(project, tmp_path / "runner")
    secrets = {"PULUMI_BACKEND_URL": project.backend.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "test"}
    marker = "<!-- pulumi-aliyun report: dev -->"
    with gitlab([{"id": 1, "author": {"id": 1}, "body": f"{marker}\nnot the job's"}]) as runner:
        assert runner.run("preview", {**environ, **secrets}, project.project) != 0
        compare(runner.notes[-1]["body"].replace("\r\n", "\n"), "refused")
        assert runner.notes[-1]["body"].replace("\r\n", "\n").endswith(OF_COMMIT)
        elsewhere = {**secrets, "PULUMI_BACKEND_URL": (tmp_path / "runner").as_uri()}
        assert runner.run("preview", {**environ, **elsewhere}, project.project) != 0
        assert "no stack named" in runner.notes[-1]["body"]
        assert [note["id"] for note in runner.notes] == [1, 2]
        assert runner.run("validate", environ, project.project) != 0
    assert "match_criteria" in (project.project / "comment.md").read_text()
