"""The table of operations: (product, action) → a plain function of account, parameters and the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fake_aliyun.parameters import Parameter, Params, declared

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

Answer = dict[str, Any]
Function = Callable[["Account", Params, float], Answer]

VERSIONS = {
    "2014-05-26": "Ecs",
    "2017-12-14": "BssOpenApi",
    "2015-04-01": "Sts",
    "2016-04-28": "Vpc",
    "2015-06-12": "Location",
    "2020-01-10": "ResourceSharing",
}


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    Attributes:
        product: The product, as in `VERSIONS`.
        action: The action's name.
        spec: Its parameters; see `fake_aliyun.parameters`.
        function: What it does.
        unused: Declared parameters that are accepted and have no effect.
        mismatch: The sentence of IdempotenceParamNotMatch, which some answer where most answer
            IdempotentParameterMismatch.
    """

    product: str
    action: str
    spec: str
    function: Function
    unused: str
    mismatch: str = ""

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The declared parameters by name."""
        return declared(f"{self.spec} {self.unused}")

    @cached_property
    def has_token(self) -> bool:
        """Whether the operation is idempotent by ClientToken."""
        return "ClientToken" in self.spec.split()


class Operations:
    """The operations of one module, to be found by the table.

    Args:
        product: The product of those that don't name another.
    """

    def __init__(self, product: str) -> None:
        self._product = product
        self.rows: dict[tuple[str, str], Operation] = {}

    def __call__(
        self, spec: str, *, unused: str = "", product: str = "", mismatch: str = ""
    ) -> Callable[[Function], Function]:
        """Declares an operation; its action is the function's name in the API's spelling."""

        def declare(function: Function) -> Function:
            action = "".join(word.capitalize() for word in function.__name__.split("_"))
            owner = product or self._product
            self.rows[owner, action] = Operation(owner, action, spec, function, unused, mismatch)
            return function

        return declare
