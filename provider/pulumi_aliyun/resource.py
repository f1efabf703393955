"""What the three resources share in a program: the constructor, and reading an existing one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
from pulumi.resource import create_urn

from . import outputs, program, rules
from ._entry import serialized
from .hidden import IDENTITY, RUN
from .rules import keyword, optional, output, positional, required

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Read by type checkers."""
        return lambda cls: cls


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(required, optional, output, positional, keyword)
)
class Base(pulumi.CustomResource):
    """Turns the declarations of a class into its constructor's signature, for type checkers."""

    kind: ClassVar[str]
    """The name of the resource's type, a user's subclass included."""
    regional: ClassVar[bool] = True
    """Whether the API needs a region to know the resource."""
    marked: ClassVar[bool] = True
    """Whether the call that buys it can tag it."""
    options: pulumi.ResourceOptions


class Resource(Base):
    """A resource of this provider."""

    if TYPE_CHECKING:
        resource_name: str = positional(kw_only=False)
        opts: pulumi.ResourceOptions | None = keyword(default=None)

    else:

        def __init__(
            self, resource_name: str, *, opts: pulumi.ResourceOptions | None = None, **arguments: Any
        ) -> None:
            self.options = opts or pulumi.ResourceOptions()
            run = program.current()
            asked = program.Asked(self, resource_name, type(self), *_arguments(arguments))
            hidden = {IDENTITY: run.identity(), RUN: run.run_hint(asked)}
            # Inputs are serialised in their order: the judgement comes before any that can't be.
            self._register(resource_name, {"__judged": run.judged(), **asked.arguments, **hidden}, opts)
            asked.urn = self._urn = create_urn(resource_name, self._token(), _named(self.options.parent))
            asked.final = not _may_change(self)
            run.asked.append(asked)

    def __init_subclass__(
        cls, *, kind: str = "", regional: bool = True, marked: bool = True, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.kind, cls.regional, cls.marked = kind, regional, marked
            rules.document(cls)
        # Pulumi's SDK takes a class's annotations for the types of its outputs: whole numbers are all it needs
        # to be told, and what describes the constructor would only confuse it.
        whole = dict.fromkeys(rules.whole_numbers(cls), pulumi.Output[int])
        inherited = {} if kind else inspect.get_annotations(cls)
        cls.__annotations__ = {**whole, **inherited}

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Read an existing one without managing it.

        Args:
            resource_name: The name by which the program knows it.
            id: Its id in the cloud; one that doesn't exist is an error.
            opts: Pulumi's options.
        """
        existing = cls.__new__(cls)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        existing.options = options
        existing._register(resource_name, {}, options)  # noqa: SLF001 - our own
        return existing

    def _register(
        self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None
    ) -> None:
        declared: type = type(self)
        nothing = dict.fromkeys([*rules.arguments(declared), *rules.outputs(declared)])
        properties = {**dict.fromkeys(inputs), **nothing, **inputs, "__provider": serialized(self.kind)}
        pulumi.CustomResource.__init__(self, self._token(), resource_name, properties, opts)

    @classmethod
    def _token(cls) -> str:
        return f"pulumi-python:dynamic/aliyun:{cls.kind}"


outputs.make_late(Resource)


def _named(parent: pulumi.Resource | None) -> Any:
    """The parent, or the URN that it will have, if it is ours: it may be registered only after its child."""
    return getattr(parent, "_urn", parent) if isinstance(parent, Resource) else parent


def _arguments(given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The arguments that are set; a reservation given as `private_pool` stands for its own pool."""
    arguments = {name: value for name, value in given.items() if value is not None}
    pool = arguments.get("private_pool")
    if isinstance(pool, pulumi.Output):  # of a reservation, perhaps
        arguments["private_pool"] = pool.apply(lambda it: _pool_of(it) if isinstance(it, Resource) else it)
    if not isinstance(pool, Resource):
        return arguments, ""
    arguments["private_pool"] = _pool_of(pool)
    return arguments, pool.pulumi_resource_name


def _pool_of(reservation: Resource) -> pulumi.Output[dict[str, Any]]:
    criteria = getattr(reservation, "match_criteria")  # noqa: B009 - not every resource has it
    return pulumi.Output.all(reservation.id, criteria).apply(_own_pool)


def _own_pool(reservation: list[Any]) -> dict[str, Any]:
    pool_id, criteria = reservation
    return {"match_criteria": "Target", "id": pool_id} if criteria == "Target" else {"match_criteria": "Open"}


def _may_change(resource: Resource) -> bool:
    """Whether transforms or ignore_changes may still replace what the constructor was given."""
    options = resource.options
    own = options.ignore_changes or options.transforms or resource._transformations  # noqa: SLF001
    return bool(own) or program.has_transforms()
