"""What holds for all tests."""

from __future__ import annotations

import os

import hypothesis

# A test never fails for being slow on a busy machine, and the same commit has the same examples everywhere: new ones
# come with `pytest --hypothesis-profile=wander`.
hypothesis.settings.register_profile("wander", deadline=None)
hypothesis.settings.register_profile("repository", deadline=None, derandomize=True)
hypothesis.settings.load_profile("repository")


def pytest_configure() -> None:
    """Forget the credentials and settings of whoever runs the tests: none may ever reach a real account."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "ALICLOUD_", "PULUMI_")):
            del os.environ[name]
