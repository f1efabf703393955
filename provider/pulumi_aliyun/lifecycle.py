"""What all three resources share in their life: check, diff, and the way of each call of the engine.

Each resource's module has the rest, in the API's own terms: create → read → update → delete.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from pulumi import dynamic

from . import adoption, bridge, cloud, configuration, redaction, rules, run, wire
from .errors import AliyunError, InvalidInput, NoAnswer, NoCredentials, NotThere, vanished
from .hidden import ATTEMPT, ID, IDENTITY, UNSURE

if TYPE_CHECKING:
    from .attempts import Attempt
    from .bridge import Operation

Properties = dict[str, Any]
"""Inputs, or outputs, by their names in the program."""


@dataclass(frozen=True)
class Created:
    """What a creation came to."""

    id: str
    attempt: Attempt | None = None
    found: bool = False
    """True where it existed already: adopted, or left by an interrupted run."""


class Provider(dynamic.ResourceProvider):
    """Serves one kind of resource to the engine; it has no state of its own."""

    serialize_as_secret_always = False

    resource: ClassVar[Any]
    """The resource's class, which declares arguments and outputs."""
    noun: ClassVar[str]
    """What a person calls one of it."""
    delete_before_replace: ClassVar[frozenset[str]] = frozenset()
    """Arguments that only one resource can have at a time."""

    # ---- what each resource says of itself -------------------------------------------------------------------

    @abstractmethod
    def buy(self, operation: Operation, region_id: str, wanted: Properties, attempt: Attempt) -> Created:
        """Make one, exactly once."""

    @abstractmethod
    def look(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        known: Properties,
        item: cloud.Item | None = None,
    ) -> Properties | None:
        """Its arguments and outputs as the cloud has them now; None if it is gone.

        Args:
            operation: The engine's call.
            region_id: Where it is.
            id_: Its id.
            known: What the program or the state says of it: what costs a call more is read only if named there.
            item: What Describe has just said of it, if it was asked already.
        """

    @abstractmethod
    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait until it is as a new one should be; returns what Describe said last."""

    @abstractmethod
    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """Change in place what differs."""

    @abstractmethod
    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """Delete it, and wait until it is gone; gone already is fine."""

    @abstractmethod
    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Why it can't be deleted, as far as the state knows; each with the way out."""

    @abstractmethod
    def over(self, state: Mapping[str, Any], *, now: datetime) -> bool:
        """Whether it has ended at its own time, by its last known outputs and the clock."""

    def adoptable(self, live: Properties, id_: str) -> None:
        """Raise if an existing one can't be taken over."""

    def before_buying(self, wanted: Mapping[str, Any]) -> list[str]:
        """What a person should know before one is bought."""
        return []

    def changeable(self, olds: Properties, news: Properties, changed: list[str]) -> None:
        """Raise if a change in place is known to be refused."""

    told_once: ClassVar[frozenset[str]] = frozenset()
    """Outputs that only the creating call tells."""
    repaired: ClassVar[frozenset[str]] = frozenset()
    """Arguments that a change from outside is undone of even where the program never named them."""

    # ---- the engine's calls ------------------------------------------------------------------------------------

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Set the provider's process up, once."""
        bridge.prepare()
        cloud.configure(req.config.get)

    @bridge.guarded
    def check(self, operation: Operation, olds: Properties, news: Properties) -> dynamic.CheckResult:
        """Hold the inputs against the documented rules; mark secrets; write values as the API has them."""
        cloud.refuse_misconfiguration()
        run.take_hint(operation.urn, news)
        before, given = _visible(olds), _visible(news)
        for name in run.hidden(operation.urn):
            redaction.keep(given.get(name), ids=False)  # it may be a secret, or another resource's id
        asked = given
        if self.resource.regional and not before and not given.get("region_id"):
            asked = {**given, "region_id": cloud.region() or None}
        failures = rules.failures(
            self.resource,
            _without_none(asked),
            now=datetime.now(timezone.utc),
            olds=before,
            hidden=run.hidden(operation.urn),
        )
        if self.resource.regional and not before and not asked.get("region_id"):
            failures.append(configuration.NO_REGION)
        if failures:
            failures[-1] += "".join(f"\n  see {page}" for page in rules.pages(self.resource, failures))
        if isinstance(adopt_id := given.get("adopt_id"), str) and not failures:
            failures += self._check_adoption(operation, before, asked, adopt_id)
        elif not before and not failures:
            for note in self.before_buying(given):
                operation.tell(note)
        inputs = self._with_secrets(rules.normalised(self.resource, given))
        if IDENTITY in news:
            inputs[IDENTITY] = news[IDENTITY]
        if not self.resource.marked:
            inputs |= run.passed(olds)
        return dynamic.CheckResult(inputs, [dynamic.CheckFailure("", failure) for failure in failures])

    @bridge.guarded
    def diff(self, operation: Operation, id_: str, olds: Properties, news: Properties) -> dynamic.DiffResult:
        """What differs, and whether the API can change it in place."""
        run.held(id_, operation, olds)
        adopted = id_ in {news.get("adopt_id"), olds.get("adopt_id")}
        adoption.has(self.noun, operation.urn, id_, adopted=adopted)
        adopt_id = news.get("adopt_id")
        if isinstance(adopt_id, str) and adopt_id not in {id_, olds.get("adopt_id")}:
            raise InvalidInput(
                f"adopt_id: {adopt_id!r} is another {self.noun} than the one in the state, {id_!r}; "
                f"give the other one a resource of its own, or remove adopt_id"
            )
        unknown = self._unknown_to_state(operation, id_, olds, news)
        if unknown is None:
            return self._made_anew(operation, id_)
        before = bridge.old_inputs(operation)
        changed = self.changes(olds, news, before)
        if unknown:
            olds = {**olds, **unknown}
            # What only the state has otherwise is as it should be already, and still has to be recorded.
            changed += [name for name in self.changes(olds, news, before) if name not in changed]
        replaces = sorted(name for name in changed if self.replaces(name, olds, news))
        if replaces:
            adoption.leaves(operation.urn)
            certain = [name for name in replaces if not rules.partly_unknown(news.get(name))]
            if certain and not run.is_kept(operation.urn):
                self._can_be_replaced(olds, certain)
        elif changed:
            self.changeable(_visible(olds), _visible(news), changed)
            for note in self.notes(_visible(olds), _visible(news), changed):
                operation.tell(note)
        if self.over(_visible(olds), now=wire.now()):
            operation.tell(self._ended(id_), "WARNING")
        deletes_first = bool(replaces) and self.deletes_first(operation, olds, news)
        if deletes_first:
            operation.tell(
                f"the old {self.noun} is deleted before the new one is made: both can't be at a time"
            )
        bridge.detail(operation, changed, replaces, sealed=run.sealed(operation.urn))
        waited_for = self._was_never_listed(olds)  # after a refresh, the engine doesn't know that it failed
        return dynamic.DiffResult(
            changes=bool(changed) or waited_for,
            replaces=replaces,
            delete_before_replace=deletes_first,
        )

    @bridge.guarded
    def create(self, operation: Operation, props: Properties) -> dynamic.CreateResult:
        """Adopt, find or buy; from the moment it has an id, a failure keeps it in the state."""
        wanted = self._wanted(props)
        region_id = self._region(wanted)
        attempt = run.attempt(operation, props)
        while True:
            adopt_id = str(wanted.get("adopt_id") or "")
            if adopt_id and adoption.wanted(self.noun, operation.urn, adopt_id):
                created = Created(adopt_id, None, found=True)
                operation.tell(self._adoption(operation, region_id, adopt_id, wanted))
                adoption.done(self.noun, operation.urn, adopt_id)
                run.adopted(adopt_id)
            else:
                adoption.leaves(operation.urn)
                created = self.buy(operation, region_id, wanted, attempt)
            if not created.found or not self._outgrown(operation, region_id, created, wanted):
                break
            attempt = (created.attempt or attempt).next()
        carried = {
            IDENTITY: props.get(IDENTITY),
            ATTEMPT: created.attempt.name if created.attempt else None,
            ID: created.id,
            **operation.outputs,
        }
        home = {"region_id": region_id} if self.resource.regional else {}
        half_made = self._outputs({**wanted, **home, **carried, UNSURE: True}, None)
        operation.id, operation.outputs = created.id, half_made
        run.named(created.id)
        adoption.made(self.noun, operation.urn, created.id)
        if created.found:
            self._catch_up(operation, region_id, created.id, wanted)
        live = self._settled(operation, region_id, created.id, wanted)
        return dynamic.CreateResult(created.id, self._outputs({**wanted, **carried}, live))

    @bridge.guarded
    def read(self, operation: Operation, id_: str, props: Properties) -> dynamic.ReadResult:
        """The resource as it is; one that has vanished leaves the state, unless it was asked for by id."""
        run.held(id_, operation, props)
        known = self._wanted(props)
        was_read = not rules.outputs(self.resource).keys().isdisjoint(known)
        region_id = self._region(known)
        live = self.look(operation, region_id, id_, known)
        if live is None:
            if self._was_never_listed(props):
                operation.tell(
                    f"{self.noun} {id_} isn't listed yet, and stays in the state: run `pulumi up` to wait on",
                    "WARNING",
                )
                return dynamic.ReadResult(id_, self._outputs(props, None))
            if not was_read:
                raise NotThere(
                    f"{self.noun} {id_} does not exist in {region_id}\n"
                    f"  what to do: check the id, the region and the account"
                )
            return dynamic.ReadResult("", {})
        if self.over(live, now=wire.now()):
            operation.tell(self._ended(id_), "WARNING")
        managed = {ID: id_} if props.get(IDENTITY) else {}
        outputs = self._outputs({**props, **managed}, live)
        given = bridge.old_inputs(operation, hidden=True) or {}
        declared = rules.arguments(self.resource)
        drifted = {
            name
            for name in self.repaired - given.keys()
            if given and not rules.same(declared[name], known.get(name), live.get(name))
        }
        inputs = {key: given[key] for key in given if key.startswith("__")}
        inputs |= {key: outputs[key] for key in {*_visible(given), *drifted} if key in outputs}
        return dynamic.ReadResult(id_, outputs, inputs if inputs != given else None)

    @bridge.guarded
    def update(
        self, operation: Operation, id_: str, olds: Properties, news: Properties
    ) -> dynamic.UpdateResult:
        """Change what differs, and go on with what an earlier run couldn't finish."""
        run.held(id_, operation, olds)
        operation.id, operation.outputs = id_, self._outputs({**olds, UNSURE: True}, None)
        wanted = self._wanted(news)
        region_id = self._region(olds)
        settled = self._settled(operation, region_id, id_, wanted) if self._was_never_listed(olds) else None
        if olds.get(UNSURE):
            olds = {**olds, **(settled or self._live(operation, region_id, id_, wanted))}
        olds = {**olds, **run.unknown_to_state(id_)}
        changed = self.changes(olds, news, bridge.old_inputs(operation))
        if changed:
            self.change(operation, id_, self._wanted(olds), wanted, frozenset(changed))
        live = settled if settled and not changed else self._settled(operation, region_id, id_, wanted)
        told = {name: olds[name] for name in self.told_once if name in olds}
        carried = {IDENTITY: news.get(IDENTITY), ATTEMPT: olds.get(ATTEMPT), ID: id_, **told}
        return dynamic.UpdateResult(self._outputs({**wanted, **carried}, live))

    @bridge.guarded
    def delete(self, operation: Operation, id_: str, props: Properties) -> None:
        """Give it back, and come back when it is gone."""
        run.held(id_, operation, props)
        if holder := adoption.taken_by(self.noun, operation.urn, id_):
            operation.tell(f"{self.noun} {id_} stays: {holder!r} has taken it over")
            return
        self.give_back(operation, self._region(props), id_, self._wanted(props))

    # ---- differences -------------------------------------------------------------------------------------------

    def changes(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], before: Properties | None
    ) -> list[str]:
        """The arguments whose wanted value is not what the state has.

        An argument that is not given (any more) is wanted at its documented default if the program gave it
        before; if it never did, the server's own value stands.
        """
        changed = []
        for name, argument in rules.arguments(self.resource).items():
            if name in self.never_differs:
                continue
            old, new = olds.get(name), news.get(name)
            if new is None:
                if name not in self.kept_at_default and not (before and before.get(name) is not None):
                    continue
                new = argument.default
                if new is None and (name == "region_id" or not old):
                    continue
            if not rules.same(argument, self.comparable(name, old), new):
                changed.append(name)
        return changed

    never_differs: ClassVar[frozenset[str]] = frozenset({"adopt_id"})
    """Arguments of ours that say how, and not what."""
    kept_at_default: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose documented default is wanted even where the program never named them."""

    def comparable(self, name: str, old: Any) -> Any:
        """A state's value, as far as the program has a say in it."""
        return old

    def replaces(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether a change of an argument needs a new resource."""
        return rules.arguments(self.resource)[name].replaces

    def deletes_first(self, operation: Operation, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether the old one must go before the new one can be made."""
        return any(olds.get(name) and olds.get(name) == news.get(name) for name in self.delete_before_replace)

    def notes(self, olds: Properties, news: Properties, changed: list[str]) -> list[str]:
        """What a reader of the preview should know of a change in place."""
        return []

    # ---- what interrupted runs have done -----------------------------------------------------------------------

    changed_by_delete: ClassVar[frozenset[str]] = frozenset()
    """Arguments that deleting one changes before it is gone."""

    def _unknown_to_state(
        self, operation: Operation, id_: str, olds: Properties, news: Properties
    ) -> Properties | None:
        """What an interrupted run has made of the arguments, unknown to the state; None if it is gone.

        Always asked is what a delete leaves behind, for a `destroy` that is killed leaves no trace. The rest is
        compared only if the last run didn't come to its end: what is changed outside is the business of refresh.
        """
        try:
            item = run.seen(operation, self.resource.kind, self._region(olds), id_)
        except KeyError:
            return {}
        if self.over(_visible(olds), now=wire.now()):
            return {}
        everything = run.is_after_interruption()
        known = self._wanted(news) if everything else {key: olds[key] for key in _LIFETIME if key in olds}
        live = self.look(operation, self._region(olds), id_, known, item)
        if live is None:
            if self._was_never_listed(olds):
                return {}  # it may be yet, and the same is never ordered twice
            if not run.is_protected(operation.urn):
                return None
            operation.tell(f"{self.noun} {id_} has vanished; run `pulumi up --refresh`", "WARNING")
            return {}
        names = (rules.arguments(self.resource).keys() if everything else self.changed_by_delete) - {
            path.split(".")[0].split("[")[0] for path in bridge.ignored(operation)
        }
        unknown = {name: live[name] for name in names if name in live and not self.replaces(name, live, news)}
        run.remember_unknown(id_, unknown)
        return unknown

    def _was_never_listed(self, olds: Properties) -> bool:
        """Whether an order named it, and the run that placed the order ended before it showed up."""
        return not self.resource.marked and bool(olds.get(UNSURE)) and "status" not in olds

    def _made_anew(self, operation: Operation, id_: str) -> dynamic.DiffResult:
        operation.tell(f"{self.noun} {id_} is gone, and made anew", "WARNING")
        adoption.leaves(operation.urn)
        return dynamic.DiffResult(changes=True, replaces=["id"], delete_before_replace=False)

    # ---- pieces of the above -----------------------------------------------------------------------------------

    def _wanted(self, properties: Mapping[str, Any]) -> Properties:
        """The user's part of the properties; the engine hands every number over as a float."""
        return rules.normalised(self.resource, _visible(properties))

    def _region(self, properties: Mapping[str, Any]) -> str:
        region_id = str(properties.get("region_id") or cloud.region())
        if self.resource.regional and not region_id:
            raise InvalidInput(configuration.NO_REGION)
        return region_id

    def _can_be_replaced(self, olds: Properties, replaces: Iterable[str]) -> None:
        reasons = self.undeletable(_visible(olds), now=wire.now())
        if reasons:
            raise InvalidInput(
                f"{', '.join(replaces)}: this change replaces the {self.noun}, and the old one can't be deleted:\n"
                + "\n".join(f"  {reason}" for reason in reasons)
            )

    def _check_adoption(
        self, operation: Operation, before: Properties, asked: Properties, adopt_id: str
    ) -> list[str]:
        """What is wrong with taking it over; a preview also says what will be changed."""
        if before or run.is_known(operation.urn):
            if before.get("adopt_id", adopt_id) == adopt_id:
                adoption.settled(operation.urn, adopt_id)
            return []
        if failure := adoption.asked(self.noun, operation.urn, adopt_id):
            return [failure]
        if not run.is_preview(operation.urn) or not adoption.wanted(self.noun, operation.urn, adopt_id):
            return []
        if rules.partly_unknown(asked.get("region_id")):
            return []  # nobody knows yet where to look
        try:
            operation.tell(self._adoption(operation, self._region(asked), adopt_id, self._wanted(asked)))
        except (NoAnswer, NoCredentials) as error:
            reason = str(error).split("\n", maxsplit=1)[0]
            operation.tell(f"adopt_id: {adopt_id} can't be looked at now ({reason}); `pulumi up` does")
        except AliyunError as error:
            return [str(error)]
        return []

    def _adoption(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> str:
        """What taking an existing one over comes to.

        Raises:
            NotThere: There is none.
            InvalidInput: It can't be taken over.
        """
        known = {key: value for key, value in wanted.items() if not rules.partly_unknown(value)}
        live = self.look(operation, region_id, id_, known)
        if live is None:
            raise NotThere(
                f"adopt_id: there is no {self.noun} {id_}{f' in {region_id}' if region_id else ''}\n"
                f"  what to do: check the id, the region and the account; to make a new one, remove adopt_id"
            )
        self.adoptable(live, id_)
        declared = rules.arguments(self.resource)
        secret = {*run.hidden(operation.urn), *(name for name in declared if declared[name].secret)}

        def changed(name: str, shape: str) -> str:
            values = (repr(of.get(name, declared[name].default)) for of in (live, known))
            return name if name in secret else f"{name}: {shape.format(*values)}"

        differs = self.changes(live, known, None)
        if replacing := [name for name in differs if self.replaces(name, live, known)]:
            raise InvalidInput(
                f"adopt_id: {id_} differs from the program in what can't be changed in place:\n"
                + "\n".join(f"  {changed(name, 'it has {}, not {}')}" for name in replacing)
                + "\n  write the program as the resource is, or leave adopt_id out to make a new one"
            )
        changes = ", ".join(changed(name, "{} → {}") for name in differs)
        return f"{self.noun} {id_} is taken over " + (f"and changed: {changes}" if changes else "as it is")

    def _ended(self, id_: str) -> str:
        return (
            f"{self.noun} {id_} has ended by itself and is not bought again; remove it from the program, or "
            f"give what follows it a new name"
        )

    def _outgrown(self, operation: Operation, region_id: str, created: Created, wanted: Properties) -> bool:
        """Give back what an interrupted run bought, if the program now wants something else altogether."""
        if created.attempt is None:
            return False
        live = self.look(operation, region_id, created.id, wanted)
        if live is not None and not any(
            self.replaces(name, live, wanted) for name in self.changes(live, wanted, None)
        ):
            return False
        self.give_back(operation, region_id, created.id, live or {})
        return True

    def _catch_up(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
        live = self._live(operation, region_id, id_, wanted)
        if changed := self.changes(live, wanted, None):
            self.change(operation, id_, live, wanted, frozenset(changed))

    def _live(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        wanted: Properties,
        item: cloud.Item | None = None,
    ) -> Properties:
        live = self.look(operation, region_id, id_, wanted, item)
        if live is None:
            raise vanished(f"{self.noun} {id_}", region_id)
        return live

    def _settled(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> Properties:
        """Its arguments and outputs when it is as a new one should be."""
        item = self.settle(operation, region_id, id_, wanted)
        return self._live(operation, region_id, id_, wanted, item)

    def _outputs(self, wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> Properties:
        """What goes into the state: the live values, in the program's spelling where they mean the same."""
        outputs = {key: value for key, value in wanted.items() if key != "__provider"}
        for key, value in (live or {}).items():
            argument = rules.arguments(self.resource).get(key)
            if argument is None or key not in outputs or not rules.same(argument, value, outputs[key]):
                outputs[key] = value
        return self._with_secrets({key: value for key, value in outputs.items() if value is not None})

    def _with_secrets(self, properties: Properties) -> Properties:
        declared = rules.arguments(self.resource)
        return {
            key: bridge.secret(value) if key in declared and declared[key].secret else value
            for key, value in properties.items()
        }


_LIFETIME = ("end_time", "end_time_type", "expired_time", "subscription_type")
"""What tells one that has ended at its own time from one that is gone."""


def _visible(properties: Mapping[str, Any]) -> Properties:
    """The user's part of the properties."""
    return {key: value for key, value in properties.items() if not key.startswith("__")}


def _without_none(properties: Mapping[str, Any]) -> Properties:
    return {key: value for key, value in properties.items() if value is not None}
