"""What is remembered of who exported: one test per rule of the three sequences."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.pair.exports import PairMemory, remember
from shared.domain.pair.readings import CloudSync, Known, PairReadings
from tests.support.exports import shown, tick, trail
from tests.support.judging import NOW, at
from tests.support.pairs import (
    A,
    B,
    C,
    Tick,
    acted,
    known,
    member,
    named,
    readings,
    recall,
)

# -- sync_configuration ---------------------------------------------------------------------------


def test_the_first_exporter_named_exported_at_the_tenants_last_sync() -> None:
    """The source has no time of its own, so the tenant's sync time dates the export."""
    memory = recall(tick("0m", A, "20m"))

    assert memory.configuration == (acted(A, "20m"),)


def test_without_a_sync_time_the_read_dates_the_first_exporter() -> None:
    """The name is known to be of that moment or before."""
    assert recall(tick("3m", A, None)).configuration == (acted(A, "3m"),)


def test_an_exporter_who_stays_is_a_run_that_grows_with_the_syncs() -> None:
    """One run from the first sync to the newest, however many reads there were."""
    memory = recall(tick("60m", A, "70m"), tick("30m", A, "40m"), tick("0m", A, "10m"))

    assert memory.configuration == (acted(A, "70m", "10m"),)


def test_reads_without_a_new_sync_prove_no_export() -> None:
    """A dead server stays named; its newest export does not move with our reads."""
    memory = recall(tick("60m", A, "70m"), tick("30m", A, "70m"), tick("0m", A, "70m"))

    assert memory.configuration == (acted(A, "70m"),)


def test_a_sync_of_the_last_minutes_is_not_yet_credited_to_the_server_that_stays_named() -> None:
    """The name follows a sync with a lag: the next read says whose sync it was."""
    hesitant = recall(tick("60m", A, "70m"), tick("10m", A, "11m"))
    sure = recall(tick("5m", A, "11m"), memory=hesitant)
    other = recall(tick("5m", B, "11m"), memory=hesitant)

    assert hesitant.configuration == (acted(A, "70m"),)
    assert sure.configuration == (acted(A, "70m", "11m"),)
    assert other.configuration == (acted(A, "70m"), acted(B, "11m"))


def test_reads_that_always_follow_a_sync_closely_credit_the_sync_before() -> None:
    """A read interval equal to the cadence must not leave the run without end."""
    memory = recall(tick("61m", A, "62m"), tick("31m", A, "32m"), tick("1m", A, "2m"))

    assert memory.configuration == (acted(A, "62m", "32m"),)


def test_an_old_replica_that_names_the_server_before_again_is_not_believed() -> None:
    """Without a newer sync nobody exported since, so the name is an older answer."""
    memory = recall(
        tick("60m", A, "70m"), tick("10m", B, "12m"), tick("5m", A, "12m"), tick("0m", B, "12m")
    )

    assert memory.configuration == (acted(A, "70m"), acted(B, "12m"))
    assert [each.after for each in memory.handovers] == [B]


def test_a_new_name_that_lasts_is_believed_although_the_sync_time_stands_still() -> None:
    """Graph's sync time may be unreadable while the pair fails over."""
    memory = recall(tick("60m", A, "70m"), tick("0m", B, "70m"))

    assert memory.configuration == (acted(A, "70m"), acted(B, "0m"))


def test_a_reading_is_taken_in_once_however_often_it_is_known() -> None:
    """A later sync is nothing that an older reading could have known of."""
    said = readings(exporter=named(A, "30m"))
    memory = recall(tick("60m", A, "70m"), Tick("30m", said, "31m"), Tick("10m", said, "9m"))
    later = recall(tick("5m", A, "6m"), memory=memory)

    assert memory.configuration == (acted(A, "70m"),)
    assert later.configuration == (acted(A, "70m", "31m"),)


def test_cloud_sync_moves_the_tenants_time_and_so_dates_no_export() -> None:
    """A dead server would else seem to export for as long as Cloud Sync runs."""
    cloud = known(CloudSync(jobs=1, running=1))

    def both(ago: str, server: str, objects: str) -> Tick:
        return Tick(ago, readings(exporter=named(server, ago), cloud_sync=cloud), objects)

    memory = recall(both("60m", A, "61m"), both("30m", A, "40m"), both("0m", B, "10m"))

    assert memory.configuration == (acted(A, "60m"), acted(B, "0m"))


def test_a_reading_that_names_nobody_says_nothing() -> None:
    """Neither a missing name nor one without characters is a server."""
    assert recall(tick("5m", None, "6m"), tick("0m", " .", "6m")).configuration == ()


def test_two_spellings_of_a_name_are_one_server() -> None:
    """The domain suffix and the case differ between sources and releases."""
    memory = recall(tick("60m", "sync-a.contoso.com", "70m"), tick("0m", A, "10m"))

    assert memory.configuration == (acted(A, "70m", "10m"),)
    assert memory.handovers == ()


# -- audits and exportstatus ----------------------------------------------------------------------


def test_the_same_window_read_again_adds_nothing() -> None:
    """Every tick reads most of the entries that the tick before read."""
    first = trail("5m", (A, "3h", "30m"), (B, "20m", "10m"))
    once = recall(first)

    assert recall(first, first).audits == once.audits
    assert once.audits == (acted(A, "3h", "30m"), acted(B, "20m", "10m"))


def test_an_overlapping_window_extends_the_runs() -> None:
    """The window moves on: its oldest entries leave, newer ones come."""
    memory = recall(trail("40m", (A, "3h", "50m")), trail("0m", (A, "90m", "20m"), (B, "9m", "1m")))

    assert memory.audits == (acted(A, "3h", "20m"), acted(B, "9m", "1m"))


def test_an_entry_that_arrives_late_parts_the_run_it_falls_into() -> None:
    """What was one server's run turns out to hold another's export."""
    memory = recall(trail("40m", (A, "3h", "50m")), trail("0m", (B, "100m", "100m")))

    assert memory.audits == (acted(A, "3h"), acted(B, "100m"), acted(A, "50m"))


def test_two_servers_in_the_same_instant_are_one_change() -> None:
    """The order of equal times is the one that needs the fewest changes, whatever the names."""
    memory = recall(trail("0m", ("Z", "3h", "1h"), (B, "1h", "5m")))

    assert memory.audits == (acted("Z", "3h", "1h"), acted(B, "1h", "5m"))


def test_export_status_keeps_the_newest_export_of_each_server() -> None:
    """A standby's last export from when it was active comes before the active one's."""
    memory = recall(shown("30m", SYNC_A="40m", SYNC_B="20h"), shown("0m", SYNC_A="10m"))

    assert memory.exports == (acted(B, "20h"), acted(A, "40m", "10m"))


def test_a_rebuilt_server_is_one_server() -> None:
    """Two entries of one name are two registrations, and nobody took over from itself."""
    entries = [member(A, exported="5m", key="new"), member(A, exported="9h", key="old")]
    memory = recall(Tick("0m", readings(*entries)))

    assert memory.exports == (acted(A, "9h", "5m"),)


def test_sources_are_never_mixed() -> None:
    """What one source shows does not stand in another's sequence."""
    said = readings(member(C, exported="7m"), exporter=A, audits=[acted(B, "9m")])
    memory = recall(Tick("0m", said, "8m"))

    assert memory.configuration == (acted(A, "8m"),)
    assert memory.audits == (acted(B, "9m"),)
    assert memory.exports == (acted(C, "7m"),)


# -- bounds and clocks ----------------------------------------------------------------------------


def test_a_sequence_keeps_its_twelve_newest_runs() -> None:
    """Two servers that take turns all day do not grow the state."""
    turns = [(A if n % 2 else B, f"{n * 10}m", f"{n * 10}m") for n in range(20, 0, -1)]
    memory = recall(trail("0m", *turns))

    assert len(memory.audits) == 12
    assert memory.audits[-1] == acted(A, "10m")


def test_runs_of_more_than_a_day_ago_are_dropped() -> None:
    """They explain nothing of today."""
    memory = recall(trail("0m", (A, "30h", "25h"), (B, "23h", "1h")))

    assert memory.audits == (acted(B, "23h", "1h"),)


def test_the_newest_run_is_kept_however_old() -> None:
    """Without it the next exporter would not be known to be another one."""
    memory = recall(trail("0m", (B, "60d", "50d"), (A, "40d", "30d")))

    assert memory.audits == (acted(A, "40d", "30d"),)


def test_times_ahead_of_the_tick_are_not_believed() -> None:
    """Two minutes are rounding and clocks; more is a wrong clock."""
    memory = recall(trail("0m", (A, "1h", "5m"), (B, "-2m", "-2m"), (C, "-121s", "-3d")))

    assert memory.audits == (acted(A, "1h", "5m"), acted(B, "-2m"))


def test_a_clock_that_goes_back_forgets_only_what_is_ahead_of_it() -> None:
    """What was remembered from before stays, and nothing of the future names the exporter."""
    memory = recall(trail("0m", (A, "3h", "2h"), (B, "1h", "5m")))
    back = remember(memory, PairReadings(), at=at("90m"), object_sync_at=None, silent=False)

    assert back.audits == (acted(A, "3h", "2h"),)
    assert back.handovers == ()


def test_a_state_of_an_older_release_is_taken_on() -> None:
    """A state row without any memory of the pair decodes to the empty one."""
    assert recall(Tick("0m", PairReadings())) == PairMemory()


def test_a_source_that_cannot_be_read_leaves_its_sequence_as_it_was() -> None:
    """Unavailable is neither silence nor an export."""
    memory = recall(tick("60m", A, "70m"))
    lost = replace(readings(), sync_configuration=Known(tried_at=NOW))

    assert recall(Tick("0m", lost, "5m"), memory=memory) == memory
