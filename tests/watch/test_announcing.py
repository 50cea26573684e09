"""Announcing and ending maintenance windows in the store: once, by whom, and with faults."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import maintaining
from shared.domain.maintenance.window import MAX_WINDOWS, Window
from shared.maintaining import Announced
from shared.ports import StoreUnavailableError
from shared.recurrence import new_window
from tests.support.scheduler import Fault, run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import START, World

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.support.scheduler import Step


def window(begins: float, ends: float, name: str = "w", **more: Any) -> Window:
    """A window once, told in minutes after `START`."""
    start = START + begins * MINUTE
    lasts = timedelta(minutes=ends - begins)
    return new_window(f"{start:%Y-%m-%dT%H:%M}", lasts, "UTC", id=name, **more)


def ask(world: World, work: Coroutine[Any, Any, Any]) -> Any:
    """Run one call of a process."""
    return run_in(world.loop, {"A": work})["A"]


def announce(world: World, announced: Window) -> maintaining.Change:
    """Somebody announces a window in the store."""
    store = world.watch().outside.store
    found: maintaining.Change = ask(
        world, maintaining.announce(store, TENANT, announced, world.now())
    )
    return found


def end(world: World, name: str = "w", by: str = "on call") -> maintaining.Change:
    """Somebody ends a stored window."""
    store = world.watch().outside.store
    found: maintaining.Change = ask(
        world, maintaining.end(store, TENANT, name, world.now(), by=by, via="test")
    )
    return found


def test_a_window_is_announced_once_and_says_so_when_asked_again(world: World) -> None:
    """The same form is harmless; another form announces another window."""
    first = announce(world, window(30, 90, "a", form="f1"))
    again = announce(world, window(30, 90, "b", form="f1"))
    other = announce(world, window(30, 90, "c", form="f2"))

    assert [each.outcome for each in (first, again, other)] == ["announced", "already", "announced"]
    assert again.window == first.window
    assert {each.id for each in _stored(world)} == {"a", "c"}


def test_a_form_that_is_sent_again_after_the_end_does_not_announce_anew(world: World) -> None:
    """Somebody reloads the page after a colleague ended the window."""
    announce(world, window(0, 90, "a", form="f1"))

    assert end(world, "a", "first").outcome is Announced.ENDED
    assert end(world, "a", "second").outcome is Announced.ALREADY
    assert announce(world, window(0, 90, "b", form="f1")).outcome is Announced.ALREADY

    (kept,) = _stored(world)
    assert (kept.ended_by, kept.ended_at is not None) == ("first", True)


def test_who_announced_and_who_ended_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Who, when, from where."""
    with caplog.at_level("INFO", "watchdog"):
        announce(world, window(0, 90, "a", by="SYNC team", via="command line", title="Patch"))
        end(world, "a", "on call")

    found = [json.loads(record.message.split(" ", 1)[1]) for record in caplog.records]
    assert [(each["what"], each["by"], each["via"]) for each in found] == [
        ("announced", "SYNC team", "command line"),
        ("ended", "on call", "test"),
    ]


def test_there_is_room_for_so_many_windows(world: World) -> None:
    """One more is refused until one is ended; what is long over is tidied away."""
    for number in range(MAX_WINDOWS):
        announce(world, window(30, 90, f"w{number}"))
    assert announce(world, window(30, 90, "more")).outcome is Announced.FULL

    end(world, "w3")

    assert announce(world, window(30, 90, "more")).outcome is Announced.ANNOUNCED
    world.until(START + timedelta(days=2))
    assert announce(world, window(3_000, 3_100, "new")).outcome is Announced.ANNOUNCED
    assert [each.id for each in _stored(world)] == ["new"]


def test_ending_what_is_not_there_is_unknown(world: World) -> None:
    """And changes nothing."""
    assert end(world, "setting-1").outcome is Announced.UNKNOWN


def test_a_window_that_would_never_be_on_is_not_stored(world: World) -> None:
    """Its end lies in the past."""
    world.until(START + 90 * MINUTE)

    assert announce(world, window(30, 90)).outcome is Announced.OVER
    assert _stored(world) == []


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.UNKNOWN, Fault.IN_DOUBT])
def test_a_lost_answer_announces_and_ends_once(world: World, fault: Fault) -> None:
    """It is read again, never replayed blindly."""
    coming = iter([fault])

    def strike(step: Step) -> Fault | None:
        return next(coming, None) if step.operation == "commit" else None

    world.io.faults = strike
    first = _or_unknown(world, announce, window(0, 90, "a"))
    coming = iter([fault])
    second = _or_unknown(world, end, "a")

    assert first in {"announced", "unavailable"}
    assert second in {"ended", "unknown", "unavailable"}
    assert len(_stored(world)) <= 1
    if first == "announced":
        assert [each.id for each in _stored(world)] == ["a"]
    if second == "ended":
        assert _stored(world)[0].ended_by == "on call"


def _or_unknown(world: World, what: Any, argument: Any) -> str:
    try:
        return str(what(world, argument).outcome)
    except StoreUnavailableError:
        return "unavailable"


def _stored(world: World) -> list[Window]:
    store = world.watch().outside.store
    found: list[Window] = ask(world, maintaining.announced(store, TENANT))
    return found
