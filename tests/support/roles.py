"""How the fused roles of a pair are said in the tables of the tests, in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.pair.exports import PairMemory
from shared.domain.pair.readings import Source
from shared.domain.pair.roles import fuse
from tests.support.pairs import acted, member, view

if TYPE_CHECKING:
    from shared.domain.pair.exports import Handover
    from shared.domain.pair.readings import HealthMember
    from shared.domain.pair.view import PairView, TwoActive

HEALTH: Final = Source.CONNECT_HEALTH
CONFIGURATION: Final = Source.SYNC_CONFIGURATION
AUDITS: Final = Source.AUDITS


@dataclass(frozen=True)
class Says:
    """What fusing gives: each server as "name role", the active one's basis, what disagrees."""

    servers: str
    basis: Source | None = None
    disagrees: tuple[str, ...] = ()


def said(pair: PairView) -> Says:
    """The same of a pair; `servers` begins with "-" when none is taken as the active one."""
    roles = fuse(pair)
    servers = ", ".join(f"{each.name} {each.role}" for each in roles.servers)
    return Says(
        servers if roles.active else f"- {servers}".rstrip(),
        roles.active.basis if roles.active else None,
        tuple(each.text for each in roles.disagreements),
    )


def active(
    name: str,
    *,
    configured: str | None = "1h",
    updated: str = "=",
    exported: str | None = None,
) -> HealthMember:
    """A server that is not in staging mode."""
    return member(name, staging=False, configured=configured, updated=updated, exported=exported)


Run = tuple[str, str, str]


def turns(
    *runs: Run,
    cadence: str = "30m",
    active: str = "",
    handovers: tuple[Handover, ...] = (),
    members: tuple[HealthMember, ...] = (),
    others: tuple[Run, ...] = (),
    exports: tuple[Run, ...] = (),
) -> PairView:
    """What `sync_configuration` showed, oldest first, the audits (`others`) and Connect Health."""
    memory = PairMemory(
        configuration=tuple(acted(*run) for run in runs),
        audits=tuple(acted(*run) for run in others),
        exports=tuple(acted(*run) for run in exports),
        handovers=handovers,
    )
    return view(*members, memory=memory, cadence=cadence, active=active, objects=runs[-1][2])


def outcome(pair: PairView) -> str:
    """Say who exports and whom to put into staging, as "A B: staging B"; "-" is nobody."""
    found = fuse(pair).two_active
    if found is None:
        return "-"
    names = " ".join(name.removeprefix("SYNC-") for name in found.servers)
    came = "returned, " if found.returned else ""
    return f"{names}: {came}staging {found.to_staging.removeprefix('SYNC-') or '?'}"


def found(pair: PairView) -> TwoActive:
    """The finding, which must be there."""
    two = fuse(pair).two_active
    assert two is not None
    return two
