"""Ticks in which one source was read, for tests of what is remembered of exports."""

from __future__ import annotations

from tests.support.pairs import Tick, acted, member, named, readings


def tick(ago: str, server: str | None, objects: str | None, *, silent: bool = False) -> Tick:
    """A tick in which only `sync_configuration` was read, and named the exporter."""
    return Tick(ago, readings(exporter=named(server, ago)), objects, silent)


def trail(ago: str, *runs: tuple[str, str, str]) -> Tick:
    """A tick in which only the audits were read."""
    return Tick(ago, readings(audits=[acted(*run) for run in runs]))


def shown(ago: str, **exported: str) -> Tick:
    """A tick in which only Connect Health was read: `SYNC_A="5m"` exported 5 min before `NOW`."""
    servers = {name.replace("_", "-"): time for name, time in exported.items()}
    members = [member(name, exported=time, configured=None) for name, time in servers.items()]
    return Tick(ago, readings(*members))
