"""Ids as the cloud writes them, drawn from a seed."""

from __future__ import annotations

import random

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
# The first letters of an id tell the region, as in `i-bp67acfmxazb4p…`. Assumption for regions not listed:
# bp1.
_REGION_MARKS = {
    "cn-hangzhou": "bp1",
    "cn-beijing": "2ze",
    "cn-shanghai": "uf6",
    "cn-shenzhen": "wz9",
    "cn-zhangjiakou": "8vb",
    "cn-qingdao": "m5e",
    "cn-hongkong": "j6c",
    "ap-southeast-1": "t4n",
    "us-west-1": "rj9",
    "us-east-1": "0xi",
    "eu-central-1": "gw8",
}


class Ids:
    """Draws ids; the same seed gives the same ids in the same order.

    Resource ids and request ids come from separate streams, so that a read more or less does not change the
    ids of what is created.
    """

    def __init__(self, seed: int) -> None:
        self._resources = random.Random(seed)
        self._requests = random.Random(seed + 1)

    def resource(self, prefix: str, region_id: str = "") -> str:
        """Draws an id such as `i-bp1…`: the prefix, the region's mark and 17 letters and digits."""
        letters = self._resources.choices(_ALPHABET, k=17)
        return f"{prefix}-{_REGION_MARKS.get(region_id, 'bp1')}{''.join(letters)}"

    def order(self) -> str:
        """Draws an order number: 15 digits."""
        return str(200_000_000_000_000 + self._resources.getrandbits(46))

    def request(self) -> str:
        """Draws a RequestId: a UUID in capitals."""
        digits = f"{self._requests.getrandbits(128):032X}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
