"""The page for people tells all there is."""

import dataclasses
import re
from pathlib import Path

import pytest

from fake_aliyun import hooks
from fake_aliyun.faults import Fault
from fake_aliyun.settings import PROFILES, Settings
from fake_aliyun.table import MODULES, find, whole

PAGE = (Path(__file__).parents[2] / "docs" / "fake.md").read_text()
NAMES = {
    *(each.name for each in dataclasses.fields(Fault)),
    *(each.name for each in dataclasses.fields(Settings)),
    *PROFILES,
    *PROFILES["realistic"],
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_fault_field_and_setting_is_described(name):
    """By its name, as it is written."""
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("hook", hooks.HOOKS)
def test_every_hook_is_described(hook):
    """In the table of the control plane."""
    assert f"`POST {hook}" in PAGE


def test_the_three_ways_in_take_ten_lines_each():
    """Fixture, decorator and server."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["python", "python", "console"]
    for kind, block in blocks:
        assert len([line for line in block.splitlines() if line.strip()]) <= 10
        if kind == "python":
            compile(block, "fake.md", "exec")


def test_the_example_of_the_fixture_does_what_it_says(fake_aliyun, monkeypatch):
    """Its code, with a program that makes one reservation."""
    code = re.search(r"```python\n(def .*?)```", PAGE, re.DOTALL)[1]

    class my_program:  # noqa: N801 - as the page names it
        @staticmethod
        def main():
            from wire import Api

            Api(fake_aliyun).reserve()

    names = {"my_program": my_program}
    exec(code, names)
    names["test_my_program_reserves"](fake_aliyun, monkeypatch)


def test_the_table_lists_what_the_modules_declare():
    """Each operation under its product and module, and nothing else."""
    listed = {(product, action) for (product, _), actions in MODULES.items() for action in actions.split()}
    assert listed == set(whole())
    for (product, module), actions in MODULES.items():
        assert {find(product, action).function.__module__ for action in actions.split()} == {module}
