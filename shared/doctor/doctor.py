"""The doctor: every probe at once, each under its own deadline, then every check judged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from shared.doctor.checks import CHECKS
from shared.doctor.claims import claims_of
from shared.doctor.facts import Address, Audience, Door, Facts, Gone, Place, Token
from shared.doctor.judging import judged
from shared.doctor.network import Ask, Asks, Resolves
from shared.doctor.probe_row import probe
from shared.doctor.report import Report
from shared.domain.cards.messages import check_message
from shared.domain.pair.readings import Source
from shared.settings.types import Cloud, ConnectHealth, CredentialKind, SqliteFile
from shared.sources.failures import Ended
from shared.sources.permissions import GRAPH_ROLES
from shared.sources.tokens import TokenSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shared.domain.readings import Unavailable
    from shared.ports import Receipt
    from shared.settings import Settings
    from shared.watch import Watch

K = TypeVar("K")
T = TypeVar("T")

NAME_SECONDS: Final = 10.0
WEB_SECONDS: Final = 25.0
TOKEN_SECONDS: Final = 35.0
"""A cold managed identity endpoint needs up to a minute; a second doctor finds it warm."""
READ_SECONDS: Final = 35.0
STORE_SECONDS: Final = 35.0
CARD_SECONDS: Final = 30.0
LONGEST: Final = timedelta(seconds=45)
"""All probes run at once, so the whole takes as long as the slowest, and judging nothing."""

NOT_JSON: Final = b'{"send_card": "this request only asks whether a key is wanted"}'
"""A doctor that wants no key would refuse this body instead of asking itself again, for ever."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a look needs beside the watch's own clients.

    Attributes:
        tokens: For each audience that is used, where tokens come from.
        resolve: Looks a name up.
        ask: Sends one request.
        build: The running build.
        place: Where this runs.
    """

    tokens: Mapping[Audience, TokenSource]
    resolve: Resolves
    ask: Asks
    build: str
    place: Place


class Doctor:
    """Looks at everything between the settings and a card. Changes nothing but the probe row."""

    def __init__(
        self,
        settings: Settings,
        watch: Watch,
        tools: Tools,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Make a doctor.

        Args:
            settings: What the team configured.
            watch: The clients of ticks; not shared with ticks, so that these count their own calls.
            tools: See there.
            now: Our clock, aware UTC.
            new_id: A fresh random id.
        """
        self._settings, self._watch, self._tools = settings, watch, tools
        self._now, self._new_id = now, new_id

    async def look(self, *, send_card: bool = False) -> Report:
        """Probe everything at once, then judge. Total: every check has its row, whatever happens.

        Args:
            send_card: Whether to post a test card, the only proof that the workflow accepts one.
        """
        facts = await self._facts(send_card=send_card)
        return Report(self._tools.build, whose(self._settings), judged(CHECKS, facts))

    async def _facts(self, *, send_card: bool) -> Facts:
        at, outside, tools = self._now(), self._watch.outside, self._tools
        hosts, doors = hosts_of(self._settings), self._doors()
        sources: list[Source] = [
            *(role.source for role in GRAPH_ROLES if role.source is not Source.GRAPH),
            Source.CONNECT_HEALTH,
        ]
        graph = f"{self._settings.hosts.graph_url}/v1.0/organization"
        store = probe(outside.store, self._settings.tenant_id, at, self._new_id)
        (
            (tokens, names, read, web),
            (graph_answer, tenant, probed, health, card),
        ) = await asyncio.gather(
            asyncio.gather(
                each({to: self._token(to, at) for to in tools.tokens}, TOKEN_SECONDS),
                each({to: tools.resolve(host) for to, host in hosts.items()}, NAME_SECONDS),
                each({of: outside.sources[of].read(at) for of in sources}, READ_SECONDS),
                each({at: tools.ask(what) for at, what in doors.items()}, WEB_SECONDS),
            ),
            asyncio.gather(
                guarded(tools.ask(Ask("GET", graph)), WEB_SECONDS),
                guarded(outside.tenant.read(at), READ_SECONDS),
                guarded(store, STORE_SECONDS),
                guarded(self._watch.health(), STORE_SECONDS),
                guarded(self._card(at, send=send_card), CARD_SECONDS),
            ),
        )
        return Facts(
            settings=self._settings,
            place=tools.place,
            now=at,
            build=tools.build,
            tokens=tokens,
            names=names,
            sources=read,
            web=web,
            graph_answer=graph_answer,
            tenant=tenant,
            store=probed,
            health=health,
            card=card,
            facts_age=_age(at, self._watch),
        )

    async def _token(self, audience: Audience, at: datetime) -> Token | Unavailable:
        try:
            token = await self._tools.tokens[audience].get(at)
        except Ended as ended:
            return ended.outcome
        return Token(claims_of(token.token), datetime.fromtimestamp(token.expires_on, UTC))

    async def _card(self, at: datetime, *, send: bool) -> Receipt | None:
        channel = self._watch.outside.channel
        if not send or channel is None:
            return None
        return await channel.post(check_message(at, self._watch.plan.presentation))

    def _doors(self) -> dict[Door, Ask]:
        return doors_of(self._settings.public_url) if self._settings.public_url else {}


def doors_of(base: str) -> dict[Door, Ask]:
    """What a stranger asks for, by door.

    Args:
        base: The app's address, without trailing slash.
    """
    return {
        Door.HEALTH: Ask("GET", f"{base}/api/health", want_body=True),
        Door.STATUS: Ask("GET", f"{base}/api/status"),
        Door.RUN: Ask("POST", f"{base}/api/run"),
        Door.DOCTOR: Ask("POST", f"{base}/api/doctor", NOT_JSON),
    }


def whose(settings: Settings) -> str:
    """Whose rights a look shows."""
    if settings.credential is CredentialKind.DEVELOPER:
        return "you, signed in on this machine"
    if settings.credential is CredentialKind.LOOPBACK:
        return "the simulator"
    return "the app's identity" if settings.inside_azure else "this machine's managed identity"


def hosts_of(settings: Settings) -> dict[Address, str]:
    """The host names that are used, by what they are for."""
    hosts, store = settings.hosts, settings.store
    secret = (settings.teams_url, settings.dead_man_url)
    teams, monitor = (each.reveal() if each else None for each in secret)
    signs_in = settings.credential is not CredentialKind.LOOPBACK
    urls = {
        Address.GRAPH: hosts.graph_url,
        Address.ARM: hosts.arm_url if reads_connect_health(settings) else None,
        Address.LOGIN: f"https://{hosts.authority}" if signs_in else None,
        Address.STORE: None if isinstance(store, SqliteFile) else store.endpoint,
        Address.WEBHOOK: teams,
        Address.PAGES: settings.public_url,
        Address.MONITOR: monitor,
    }
    return {each: host for each, url in urls.items() if url and (host := _host(url))}


def reads_connect_health(settings: Settings) -> bool:
    """Whether Resource Manager is asked at all."""
    off = settings.connect_health is ConnectHealth.OFF or settings.cloud is Cloud.CHINA
    return not off and settings.hosts.arm_url is not None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _age(at: datetime, watch: Watch) -> timedelta:
    return timedelta(days=(at.date() - watch.plan.facts.checked_on).days)


async def each(works: Mapping[K, Awaitable[T]], seconds: float) -> dict[K, T | Gone]:
    """What each work brings, as `guarded`, all at once."""
    found = await asyncio.gather(*(guarded(work, seconds) for work in works.values()))
    return dict(zip(works, found, strict=True))


async def guarded(work: Awaitable[T], seconds: float) -> T | Gone:
    """What the work brings within its time; what it does after that nobody waits for."""
    task: asyncio.Future[T] = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not task.done():
        return Gone(f"did not end within {seconds:.0f} s")
    error = task.exception()
    if error is not None:
        return Gone("failed in an unexpected way", type(error).__name__)
    return task.result()
