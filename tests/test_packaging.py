"""What users install: the wheel, and the sdist it can be built from."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, just built."""
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return folder


@pytest.fixture(scope="module")
def installed(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but the wheel, without its dependencies."""
    environment = tmp_path_factory.mktemp("installed")
    venv.create(environment, with_pip=False, symlinks=True)
    (wheel,) = packages.glob("*.whl")
    target = ["--python", str(environment / "bin" / "python")]
    subprocess.run(
        [sys.executable, "-m", "pip", *target, "install", "--no-deps", "--quiet", wheel], check=True
    )
    return environment


def run(environment: Path, *command: str) -> str:
    """Run a command of an environment, away from the repository, and return what it says."""
    words = [str(environment / "bin" / command[0]), *command[1:]]
    return subprocess.run(words, cwd=environment, check=True, capture_output=True, text=True).stdout.strip()


def test_the_wheel_holds_both_packages_and_nothing_else(packages: Path) -> None:
    """Two typed packages and their metadata: no tests, no scripts of the repository."""
    (wheel,) = packages.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "pulumi_aliyun",
        "fake_aliyun",
        "pulumi_aliyun-0.1.0.dist-info",
    }
    assert {"pulumi_aliyun/py.typed", "fake_aliyun/py.typed"} <= set(names)
    assert not [name for name in names if Path(name).name.startswith("test") or "tests" in name]


def test_the_wheel_says_that_it_has_no_plugin(packages: Path) -> None:
    """Pulumi looks for this file in a package, and takes its absence for a plugin to be downloaded."""
    (wheel,) = packages.glob("*.whl")
    assert json.loads(zipfile.ZipFile(wheel).read("pulumi_aliyun/pulumi-plugin.json")) == {"resource": False}


def test_a_wheel_built_from_the_sdist_is_the_same(packages: Path, tmp_path: Path) -> None:
    """The sdist lacks nothing that the wheel needs."""
    (sdist,) = packages.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True)
    (wheel,) = packages.glob("*.whl")
    (again,) = tmp_path.glob("*.whl")
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_the_fake_cloud_needs_no_other_package(installed: Path) -> None:
    """It can be imported and started where nothing else is installed."""
    imported = run(installed, "python", "-c", "import fake_aliyun; print(fake_aliyun.__file__)")
    assert imported.startswith(str(installed))
    assert "serve" in run(installed, "fake-aliyun", "--help")
    assert "serve" in run(installed, "python", "-m", "fake_aliyun", "--help")


def test_the_resources_can_be_imported_from_the_wheel(installed: Path) -> None:
    """With its dependencies beside it, the installed package gives the three resources."""
    site_packages = run(installed, "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    dependencies = Path(site_packages, "dependencies.pth")
    dependencies.write_text(sysconfig.get_path("purelib"))
    program = """
import pulumi_aliyun
from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance
print(pulumi_aliyun.__file__)
"""
    assert run(installed, "python", "-c", program).startswith(site_packages)
