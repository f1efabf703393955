"""What the tests of the fake share."""

from typing import Any

import pytest
from wire import Api


@pytest.fixture
def api(fake_aliyun: Any) -> Api:
    """A client of a cloud in which everything happens at once."""
    fake_aliyun.settings(profile="instant")
    return Api(fake_aliyun)
