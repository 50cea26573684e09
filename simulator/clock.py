"""Virtual time: it moves only when the story moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def minutes(count: float) -> timedelta:
    """A duration of `count` minutes; stories read better with it."""
    return timedelta(minutes=count)


class VirtualClock:
    """A clock that stands still until `advance_to`. Nothing here reads real time.

    Args:
        start: The first moment; must be aware.

    Raises:
        ValueError: `start` has no time zone.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the clock needs an aware datetime, got {start!r}: add tzinfo=UTC")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The present virtual moment, aware UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move on to `moment`, which may be the present one.

        Raises:
            ValueError: `moment` lies in the past; clock faults belong to the model, not here.
        """
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now} and cannot go back to {moment}")
        self._now = moment.astimezone(UTC)
