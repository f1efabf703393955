"""The workflows of examples/ci and our own: their shape, their rights, and that none trusts what a fork sends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CI = REPOSITORY / "examples" / "ci"
HOUSE = REPOSITORY / ".github"
OURS = sorted((HOUSE / "workflows").glob("*.yml"))
WORKFLOWS = [*sorted((CI / "github").glob("*.yml")), *OURS]
COMMAND = Path(sys.executable).parent


def job_of(workflow: str) -> dict[str, Any]:
    (job,) = yaml.safe_load((CI / "github" / workflow).read_text())["jobs"].values()
    return job


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("gitlab-ci", [CI / "gitlab" / ".gitlab-ci.yml"]),
        ("github-issue-forms", sorted(HOUSE.glob("ISSUE_TEMPLATE/[!c]*.yml"))),
        ("github-issue-config", [HOUSE / "ISSUE_TEMPLATE" / "config.yml"]),
        ("dependabot", [HOUSE / "dependabot.yml"]),
    ],
    ids=["github", "gitlab", "issue forms", "issues", "dependabot"],
)
def test_each_file_has_the_shape_that_its_host_reads(schema: str, files: list[Path]) -> None:
    """The hosts' own schemas accept the files."""
    command = [COMMAND / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_auditor_finds_nothing_in_the_workflows() -> None:
    """No injection by an expression, no action that isn't pinned, no right that isn't needed."""
    command = [COMMAND / "zizmor", "--offline", "--persona", "pedantic", "--no-progress"]
    ended = subprocess.run([*command, *WORKFLOWS, HOUSE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_workflows_to_copy_pin_the_actions_that_our_own_are_tried_with() -> None:
    """What is updated in one is updated in all: an action is pinned to one commit everywhere."""
    pins: dict[str, set[str]] = {}
    for each in WORKFLOWS:
        for action, pin in re.findall(r"uses: (\S+)@(.+)", each.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert {action: used for action, used in pins.items() if len(used) > 1} == {}


def test_the_comment_is_found_and_written_in_one_way() -> None:
    """Both workflows that comment have the very same step for it, apart from how they know the number."""
    mine, forks = (job_of(name)["steps"] for name in ("preview.yml", "preview-fork-comment.yml"))
    (one,), (other,) = ([step for step in steps if step.get("name") == "Comment"] for steps in (mine, forks))
    assert one["run"] == other["run"]


def test_what_a_fork_sends_meets_no_right_and_no_secret() -> None:
    """The job that runs a fork's code may only read it; the one that may comment neither checks out nor runs it."""
    fork, comment = job_of("preview-fork.yml"), job_of("preview-fork-comment.yml")
    assert fork["permissions"] == {"contents": "read"}
    assert "{{ secrets" not in (CI / "github" / "preview-fork.yml").read_text()
    assert "{{ secrets" not in (CI / "github" / "preview-fork-comment.yml").read_text()
    assert comment["permissions"] == {"actions": "read", "pull-requests": "write"}
    used = [step["uses"].split("@")[0] for step in comment["steps"] if "uses" in step]
    assert used == ["actions/download-artifact", "actions/setup-python"]
    (touching,) = (step["run"] for step in comment["steps"] if "/fork" in step.get("run", ""))
    commands = [line.split()[0] for line in touching.replace("\\\n", "").splitlines()]
    assert commands == ["find", "pulumi-aliyun", "printf"], (
        "links are removed, and the report reads what is left"
    )
