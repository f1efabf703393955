"""ClientToken: a request made twice is done once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer

Key = tuple[str, str, str]
# "The ClientToken value can contain only ASCII characters and cannot exceed 64 characters in length."
_LONGEST = 64


@dataclass(slots=True)
class _Entry:
    fingerprint: int
    since: float
    outcome: Answer | ApiError | None = None


class Tokens:
    """An account's tokens; their scope is the region and the action.

    Assumptions: a token lives 24 hours (`settings.token_life_s`); the business parameters are what is
        compared; the first answer is given again even if what it made is gone by now; a definitive refusal of
        ECS is given again ("after a 4xx change the token"), one of BSS is not kept.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def begin(
        self, key: Key, params: dict[str, str], now: float, life: float, mismatch: ApiError
    ) -> Answer | None:
        """Takes a token for a request.

        Returns:
            The first answer if the request was already made, else none: do it, then `finish`.

        Raises:
            ApiError: The token is not valid, belongs to another request or to one still under way, or the
                first request was refused.
        """
        token = key[2]
        if len(token) > _LONGEST or not token.isascii():
            raise ApiError("InvalidClientToken.ValueNotSupported")
        self._expire(now - life)
        entry = self._entries.get(key)
        # 64 bits, not the parameters: a long run has many tokens.
        fingerprint = hash(frozenset(params.items()))
        if entry is None:
            self._entries[key] = _Entry(fingerprint, now)
            return None
        if entry.fingerprint != fingerprint:
            raise mismatch
        if entry.outcome is None:
            # "403 LastTokenProcessing: The last token request is processing."
            raise ApiError("LastTokenProcessing")
        if isinstance(entry.outcome, ApiError):
            raise entry.outcome
        return entry.outcome

    def finish(self, key: Key, outcome: Answer | ApiError | None) -> None:
        """Keeps what came of a request that `begin` let through; nothing frees its token."""
        if outcome is None:
            self._entries.pop(key, None)
        elif key in self._entries:
            self._entries[key].outcome = outcome

    def _expire(self, before: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest].since > before or self._entries[oldest].outcome is None:
                return
            del self._entries[oldest]
