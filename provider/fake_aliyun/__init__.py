"""A fake Alibaba Cloud: a real HTTP server for ECS, BSS and what stands around them.

`FakeAliyun` is one in this process, `mock_aliyun` the decorator and context manager, `fake_aliyun` the pytest
fixture, and the command `fake-aliyun serve` one for everybody.
"""

from __future__ import annotations

from fake_aliyun.inprocess import FakeAliyun, mock_aliyun

__all__ = ["FakeAliyun", "mock_aliyun"]
