"""The engine test harness itself, on a provider that needs no cloud."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import LOWEST, PulumiError, Stack

TINY = """
    import time
    import pulumi
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider

    class Provider(ResourceProvider):
        def create(self, props):
            time.sleep(props.get("seconds", 0))
            return CreateResult("tiny-1", props)

    class Tiny(Resource):
        def __init__(self, name, **props):
            super().__init__(Provider(), name, props)

    config = pulumi.Config()
    Tiny("tiny", word=config.get("word"), seconds=config.get_float("seconds"))
    pulumi.export("secret", config.get_secret("hidden"))
"""


@pytest.fixture
def tiny(bare_stack: Callable[..., Stack]) -> Stack:
    """A stack with one resource that needs no cloud."""
    stack = bare_stack()
    stack.program(TINY)
    return stack


@pytest.mark.every_sdk
def test_a_stack_lives_its_whole_life(tiny: Stack) -> None:
    """Preview, up, refresh and destroy tell by their events what they did."""
    assert tiny.preview().operations == {"tiny": ["create"]}
    assert tiny.up().changes == {"create": 2}
    assert tiny.resources()["tiny"]["id"] == "tiny-1"
    assert tiny.refresh().changes == {"same": 2}
    assert tiny.up("--expect-no-changes").changes == {"same": 2}
    assert tiny.destroy().changes == {"delete": 2}
    assert tiny.resources() == {}


def test_the_lowest_sdk_is_really_lower(bare_stack: Callable[..., Stack]) -> None:
    """The environment of `every_sdk` has the very version that pyproject.toml starts from."""
    stack = bare_stack(venv=LOWEST)
    stack.program("""
        import importlib.metadata
        import pulumi
        pulumi.export("version", importlib.metadata.version("pulumi"))
    """)
    stack.up()
    assert stack.outputs() == {"version": "3.218.0"}


def test_configuration_reaches_the_program(tiny: Stack) -> None:
    """Plain and secret values are set, and secrets don't stand in the exported state."""
    tiny.config("word", "-dash-first")
    tiny.config("hidden", "s3cret", secret=True)
    tiny.up()
    assert tiny.resources()["tiny"]["inputs"]["word"] == "-dash-first"
    assert tiny.outputs() == {"secret": "s3cret"}
    assert "s3cret" not in str(tiny.export())


def test_a_failure_shows_what_pulumi_said(tiny: Stack) -> None:
    """The error of an unexpected end carries the output; an expected one is a result like any other."""
    tiny.program("raise ValueError('no such luck')")
    with pytest.raises(PulumiError, match="no such luck"):
        tiny.up()
    result = tiny.up(fails=True)
    assert any("no such luck" in line for line in result.diagnostics)
    with pytest.raises(PulumiError, match="ended with 0"):
        tiny.pulumi("stack", "export", fails=True)


def test_stacks_know_nothing_of_each_other(tiny: Stack, bare_stack: Callable[..., Stack]) -> None:
    """The same project and stack name in another folder is another stack."""
    tiny.up()
    other = bare_stack("other")
    other.program(TINY)
    assert other.preview().changes == {"create": 2}


def test_a_shared_backend_allows_references(bare_stack: Callable[..., Stack]) -> None:
    """Two projects on one backend can refer to each other's outputs."""
    network = bare_stack("network", project="network")
    network.program("import pulumi; pulumi.export('id', 'vsw-1')")
    network.up()
    user = bare_stack("user", project="user", backend=network.backend)
    user.program("""
        import pulumi
        pulumi.export("seen", pulumi.StackReference("organization/network/dev").get_output("id"))
    """)
    user.up()
    assert user.outputs() == {"seen": "vsw-1"}


def test_the_users_own_pulumi_is_not_touched(
    bare_stack: Callable[..., Stack], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a user's home folder nor their environment variables play a part."""
    home = tmp_path / "home of the user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PULUMI_HOME", str(home / ".pulumi"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{home}")
    monkeypatch.setenv("PULUMI_STACK", "production")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "of the user")
    stack = bare_stack()
    stack.program("""
        import os
        import pulumi
        pulumi.export("names", sorted(name for name in os.environ if name.startswith("ALIBABA_CLOUD")))
    """)
    stack.up()
    assert stack.outputs() == {"names": []}
    assert list(home.iterdir()) == []


def test_the_engine_looks_for_no_plugin_of_ours(tiny: Stack) -> None:
    """The package says that it has no plugin, or each run would try to download one named `aliyun`."""
    listing = tiny.pulumi("plugin", "ls", "--project", "--json")
    assert "aliyun" not in listing.output


def test_a_killed_up_can_be_followed(tiny: Stack) -> None:
    """A killed engine leaves its provider and its lock; both can be cleared, and the next `up` goes on."""
    tiny.config("seconds", "60")
    process = tiny.start_up()
    while "tiny creating" not in tiny.printed():
        time.sleep(0.05)
    while not tiny.provider_processes():
        time.sleep(0.05)
    tiny.kill(process)
    assert tiny.provider_processes() != []
    tiny.kill_all()
    assert tiny.processes() == []
    assert "currently locked" in tiny.up(fails=True).output
    tiny.cancel()
    tiny.config("seconds", "0")
    result = tiny.up()
    assert any("pending operations" in line for line in result.diagnostics)
    assert "tiny" in tiny.resources()
