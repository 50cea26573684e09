"""The composition root: the only place that builds real clients and reads clock and environment."""

from __future__ import annotations

import logging
import os
import secrets
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.bookkeeping import Plan
from shared.build_info import build as build_text
from shared.channels.dead_man import check_ping_url
from shared.channels.teams import check_webhook
from shared.domain.bulletins.weekly import WeeklyMoment
from shared.domain.cards.links import LinkKey
from shared.domain.cards.messages import Presentation
from shared.domain.incidents.office_hours import OfficeHours
from shared.domain.incidents.rhythm import Rhythm
from shared.domain.pair.view import Intent
from shared.domain.tenant.limits import Policy
from shared.events import emit
from shared.pages.headers import plain_headers as plain_headers
from shared.secret import redact
from shared.settings import Command, Settings
from shared.settings.table import SETTINGS
from shared.settings.types import (
    ConnectHealth,
    PageAccess,
    Problem,
    SettingsError,
)
from shared.site.answers import Request as Request  # noqa: TC001 - function_app makes them
from shared.site.door import message
from shared.sources import version_facts
from shared.watch import Watch
from shared.wiring.clients import outside_of
from shared.wiring.site import site_of
from shared.wiring.windows import check_window, windows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.site.answers import Page
    from shared.site.routes import Site
    from shared.tick_log import TickResult

DEFAULT_SCHEDULE: Final = next(s.default or "" for s in SETTINGS if s.field == "schedule")
HEALTH_CACHED_FOR: Final = timedelta(seconds=15)
CHATTY: Final = ("azure", "urllib3", "httpx", "httpcore", "msal", "kiota_http")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as JSON."""

    status: int
    body: dict[str, object]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh random id: 64 bits as lower-case letters and digits."""
    return secrets.token_hex(8)


def load_settings(environ: Mapping[str, str], command: Command = "watch") -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: With every problem at once, by name.
    """
    return Settings.from_environ(
        environ,
        command=command,
        check_webhook=check_webhook,
        check_ping=check_ping_url,
        check_window=check_window,
    )


def build(environ: Mapping[str, str], *, now: Callable[[], datetime] = utc_now) -> Watch:
    """A watch with real clients.

    Raises:
        SettingsError: With every problem at once, by name, or what a client refuses.
    """
    return build_from(load_settings(environ), now=now)


def build_from(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> Watch:
    """A watch with real clients, from settings that were read already.

    Raises:
        SettingsError: A client refuses what the settings let through.
    """
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        outside = outside_of(settings)
    except ValueError as wrong:
        problem = Problem("settings", redact(str(wrong)), "see docs/settings.md")
        raise SettingsError([problem]) from None
    return Watch(plan_of(settings), outside, now=now, new_id=new_id, build=build_text())


def plan_of(settings: Settings) -> Plan:
    """What the settings say about judging, speaking and showing."""
    return Plan(
        tenant_id=settings.tenant_id,
        policy=Policy(
            silent_after=settings.silent_after,
            stalled_after=settings.stalled_after,
            password_stalled_after=settings.password_stalled_after,
            blind_after=settings.blind_after,
            sync_interval=settings.sync_interval,
        ),
        rhythm=Rhythm(
            remind_every=settings.remind_every,
            escalate_after=settings.escalate_after,
            ack_lapses_after=settings.ack_lapses_after,
            office=OfficeHours(
                days=settings.office_hours.days,
                opens=settings.office_hours.opens,
                closes=settings.office_hours.closes,
                zone=settings.time_zone,
            ),
        ),
        presentation=Presentation(
            tenant_id=settings.tenant_id,
            tenant_name=settings.tenant_name or "",
            on_call=settings.on_call,
            escalate_to=settings.escalate_to,
            active_server=settings.active_server or "",
            standby_servers=settings.standby_servers,
            public_url=_page_base(settings),
            runbook_url=settings.runbook_url or "",
            cloud_portal=settings.hosts.portal,
            link_key=_link_key(settings),
        ),
        retention=settings.retention,
        schedule_period=settings.schedule_period,
        intent=Intent(settings.active_server or "", settings.standby_servers),
        facts=version_facts.load(),
        health_required=settings.connect_health is ConnectHealth.ON,
        windows=windows_of(settings),
        digest=WeeklyMoment(settings.digest.day, settings.digest.at, settings.time_zone),
    )


def _page_base(settings: Settings) -> str:
    """Where cards link to; nowhere while nobody could open the page, so that cards say it all."""
    closed = settings.page_access is PageAccess.ENTRA and not settings.auth_enabled
    return "" if closed else settings.public_url or ""


def _link_key(settings: Settings) -> LinkKey | None:
    """The newest signing key, where a signed link is what opens a page."""
    if settings.page_access is not PageAccess.LINK or not settings.signing_keys:
        return None
    newest = settings.signing_keys[0]
    return LinkKey(newest.id, newest.reveal())


class Application:
    """What the triggers call: settings are read once, clients are built when first needed."""

    def __init__(
        self, environ: Mapping[str, str], *, now: Callable[[], datetime] = utc_now
    ) -> None:
        """Read the settings. Wrong ones are kept, to be told by every trigger; nothing raises."""
        self._now, self._environ = now, environ
        self._watch: Watch | None = None
        self._settings: Settings | None = None
        self._site: Site | None = None
        self._wrong: SettingsError | None = None
        self._health: tuple[datetime, Answer] | None = None
        try:
            self._settings = load_settings(environ)
        except SettingsError as wrong:
            self._wrong = wrong

    @classmethod
    def from_process(cls) -> Application:
        """The application of this process' environment."""
        return cls(dict(os.environ))

    @property
    def schedule(self) -> str:
        """The timer's NCRONTAB; the default while the settings are wrong, so that they are told."""
        return self._settings.schedule if self._settings else DEFAULT_SCHEDULE

    def ready(self) -> Watch | None:
        """The watch with its clients; None while the settings are wrong."""
        if self._watch is None and self._settings is not None:
            try:
                self._watch = build_from(self._settings, now=self._now)
            except SettingsError as wrong:
                self._wrong, self._settings = wrong, None
        return self._watch

    async def tick(self, *, past_due: bool = False) -> TickResult | None:
        """One tick; None when the settings are wrong, which is logged by name."""
        watch = self.ready()
        if watch is None:
            problems = [str(problem) for problem in self._wrong.problems] if self._wrong else []
            emit("watchdog.misconfigured", level=logging.ERROR, problems=problems)
            return None
        if past_due:
            emit("watchdog.past_due", tenant=watch.plan.tenant_id)
        try:
            return await watch.tick()
        except Exception as problem:  # noqa: BLE001 - the one boundary: told redacted, then raised
            text = redact("".join(traceback.format_exception(problem)))
            emit("watchdog.failed", level=logging.ERROR, error=type(problem).__name__, trace=text)
            name = type(problem).__name__
            raise RuntimeError(f"The tick failed ({name}); see watchdog.failed.") from None

    async def run(self) -> Answer:
        """One tick, answered as JSON (`POST /api/run`)."""
        result = await self.tick()
        if result is None:
            names = [problem.name for problem in self._wrong.problems] if self._wrong else []
            return Answer(503, {"status": "misconfigured", "settings": names})
        body = {"verdict": str(result.verdict), "committed": result.committed}
        return Answer(200, {"tick_id": result.tick_id, **body})

    async def health(self) -> Answer:
        """Whether the watchdog works (`GET /api/health`), remembered for 15 s."""
        at = self._now()
        if self._health is not None and timedelta(0) <= at - self._health[0] < HEALTH_CACHED_FOR:
            return self._health[1]
        watch = self.ready()
        if watch is None:
            answer = Answer(503, {"status": "misconfigured", "last_success_age_seconds": None})
        else:
            health = await watch.health()
            age = health.last_success_age
            seconds = None if age is None else int(age.total_seconds())
            body: dict[str, object] = {"status": health.status, "last_success_age_seconds": seconds}
            answer = Answer(200 if health.ok else 503, body)
        self._health = (at, answer)
        return answer

    async def doctor(self, body: bytes) -> Answer:
        """What is between this configuration and a working alert (`POST /api/doctor`).

        Args:
            body: Empty, or `{"send_card": true}` as JSON.
        """
        # here, because ticks and pages must not wait for what only the doctor needs
        from shared.doctor.wire import as_json  # noqa: PLC0415 - as above
        from shared.wiring import doctor  # noqa: PLC0415 - as above

        try:
            send_card = doctor.wants_card(body)
        except doctor.WrongBodyError:
            return Answer(400, {"status": "bad_request", "right": doctor.RIGHT})
        self.ready()
        settings, wrong = self._settings, self._wrong
        if settings is None:
            problems = wrong or SettingsError([])
            return Answer(503, as_json(doctor.misconfigured(problems, self._environ)))
        report = await doctor.look(
            settings,
            build_from(settings, now=self._now),
            self._environ,
            send_card=send_card,
            now=self._now,
            new_id=new_id,
        )
        return Answer(200, as_json(report))

    async def page(self, route: str, request: Request) -> Page:
        """The answer to a visitor of the pages.

        Args:
            route: The function's name.
            request: The request.
        """
        watch, settings = self.ready(), self._settings
        if watch is None or settings is None:
            text = "A setting is missing or wrong. The log event watchdog.misconfigured names it."
            return message(503, "The watchdog is not configured", text)
        if self._site is None:
            self._site = site_of(settings, watch, new_id)
        return await self._site.answer(route, request, self._now())

    async def aclose(self) -> None:
        """Release every client."""
        if self._watch is not None:
            await self._watch.aclose()
