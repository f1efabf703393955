"""What users install: the wheel, and the sdist it can be built from."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from harness import LOWEST, NEWEST, REPOSITORY, Stack

VERSION = importlib.metadata.version("pulumi-aliyun")


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
        f"pulumi_aliyun-{VERSION}.dist-info",
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


@pytest.mark.engine
def test_an_installed_wheel_serves_the_engine(installed: Path, fake_aliyun: Any, tmp_path: Path) -> None:
    """With its dependencies beside it, it previews, buys and gives back, and nothing comes from the repository."""
    site_packages = run(installed, "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(site_packages, "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (installed / ".complete").touch()
    stack = Stack(tmp_path / "stack", environ=fake_aliyun.environ, venv=installed)
    stack.program("""
        import pulumi
        import pulumi_aliyun

        pulumi_aliyun.CapacityReservation(
            "capacity", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h"
        )
        pulumi.export("file", pulumi_aliyun.__file__)
    """)
    try:
        stack.up()
        assert stack.outputs()["file"].startswith(site_packages)
        stack.destroy()
    finally:
        stack.kill_all()
    (reservation,) = fake_aliyun.state()["capacity_reservations"]
    assert reservation["status"] == "Released"


def test_a_git_tag_can_be_installed(tmp_path: Path) -> None:
    """`pip install git+…@v1.2.3` takes what was tagged, though the branch has gone on since."""
    source = tmp_path / "source"
    shutil.copytree(
        REPOSITORY / "provider", source / "provider", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(REPOSITORY / name, source)
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    git = [
        "git",
        "-C",
        str(source),
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b.example",
        "-c",
        "tag.gpgSign=false",
    ]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for version in ("1.2.3", "1.2.4"):
        released = re.sub(r'^version = ".*"$', f'version = "{version}"', project, count=1, flags=re.MULTILINE)
        (source / "pyproject.toml").write_text(released, encoding="utf-8")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "--quiet", "--no-gpg-sign", "-m", f"Release {version}"], check=True)
        subprocess.run([*git, "tag", f"v{version}"], check=True)
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", target, f"git+{source.as_uri()}@v1.2.3"], check=True)
    (distribution,) = importlib.metadata.distributions(name="pulumi-aliyun", path=[str(target)])
    assert distribution.version == "1.2.3"
    assert (target / "pulumi_aliyun" / "pulumi-plugin.json").exists()


def test_the_version_stands_in_one_place() -> None:
    """No module and no script repeats it."""
    sources = [*REPOSITORY.glob("provider/**/*.py"), *REPOSITORY.glob("scripts/*")]
    assert [
        path for path in sources if path.is_file() and f'"{VERSION}"' in path.read_text(encoding="utf-8")
    ] == []


def test_both_ends_of_the_dependencies_are_tested() -> None:
    """`.venv-lowest` has the lowest version that is allowed of each, and `.venv` one that is allowed."""
    for text in importlib.metadata.requires("pulumi-aliyun") or ():
        requirement = Requirement(text)
        lowest, newest = (installed_version(venv, requirement.name) for venv in (LOWEST, NEWEST))
        (bound,) = [each.version for each in requirement.specifier if each.operator == ">="]
        assert lowest == Version(bound), requirement.name
        assert requirement.specifier.contains(newest), requirement.name
        assert newest >= lowest, requirement.name


def installed_version(venv: Path, name: str) -> Version:
    """The version of a distribution that an environment has."""
    (site_packages,) = venv.glob("lib/python*/site-packages")
    (distribution,) = importlib.metadata.distributions(name=name, path=[str(site_packages)])
    return Version(distribution.version)
