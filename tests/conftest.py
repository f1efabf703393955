"""What holds for all tests."""

from __future__ import annotations

import os

import hypothesis

# A test never fails for being slow on a busy machine.
hypothesis.settings.register_profile("repository", deadline=None)
hypothesis.settings.load_profile("repository")


def pytest_configure() -> None:
    """Forget the credentials and settings of whoever runs the tests: none may ever reach a real account."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "ALICLOUD_", "PULUMI_")):
            del os.environ[name]
