from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared import ledger, past, tidying
from shared.domain.history.past import Past
from shared.domain.incidents.days import Day, VerdictChange
from shared.domain.incidents.incident import Event, Incident, State, Transition
from shared.domain.incidents.notifications import Message, Notification
from shared.domain.readings import Reason, Unavailable
from shared.domain.tenant.heartbeats import Heartbeat, Memory, WidestGap
from shared.domain.verdicts import Evidence, Kind, PasswordSync, Verdict, Why
from shared.ledger import Archived, TenantState
from shared.ports import MAX_DOCUMENT, MAX_WRITES, Delete, Insert, Replace, Row, Write
from shared.stores.contract import check_commit

AT = datetime(2026, 3, 14, 3, 0, 0, 123456, tzinfo=UTC)
EVIDENCE = Evidence(
    Why.BOTH_SILENT, AT, AT, AT, PasswordSync.USED, timedelta(hours=1), detail='"é" \U0001f600'
)
BEATS = Heartbeat(AT, AT, 3, AT, 2, (1800, 1801), (WidestGap(date(2026, 3, 1), 1900),))
MEMORY = Memory(AT, AT, "Contoso", BEATS, BEATS, True, Unavailable(Reason.TIMEOUT, "No."))
STATE = TenantState(MEMORY, "t1", AT, Verdict.SERVER_SILENT, EVIDENCE, AT)
ID = ledger.incident_id(AT, "abcdef0123")
INCIDENT = Incident(
    id=ID,
    kind=Kind.SYNC,
    verdict=Verdict.SERVER_SILENT,
    worst=Verdict.SERVER_SILENT,
    state=State.OPEN,
    opened_at=AT,
    since=AT,
    evidence=EVIDENCE,
    announced_at=AT,
    remind_at=AT,
    transitions=1,
    gone_at=AT,
    snoozed_until=AT,
)
CARD = Notification(ID, 0, Message.FIRST, AT, "t1", AT, 1, 2, AT, "No.", True, AT, AT)
CHANGE = Transition(ID, 0, Event.OPENED, None, State.OPEN, AT, Verdict.SERVER_SILENT, "both")
DAY = Day(date(2026, 3, 14), (-3, 5), (7,), (VerdictChange(0, Verdict.LATE),))
ARCHIVED = Archived(INCIDENT, (CARD, CARD))
WRONG_HOUR = "2026-03-14T03:00:00"


def row(key: str, value: object, etag: str = "e") -> Row:
    """A row as the store would return it."""
    return Row(key, value if isinstance(value, str) else ledger.encode(value), etag, {})


def live(*cards: Notification, incident: Incident = INCIDENT) -> ledger.Snapshot:
    """A snapshot of one incident with its cards."""
    rows = [row(ledger.incident_key(incident.id), incident)]
    return ledger.snapshot(rows + [row(ledger.notification_key(card), card) for card in cards])


def keep(snap: ledger.Snapshot, *writes: Write) -> list[Write]:
    """The writes of a commit that replaces the state and sets damaged rows aside."""
    put: list[Write] = [ledger.put(snap, ledger.STATE_KEY, STATE), *writes]
    return tidying.set_aside(snap, put, AT, "12345678901")


@pytest.mark.parametrize("value", [STATE, INCIDENT, CARD, CHANGE, DAY, ARCHIVED], ids=str)
def test_what_is_stored_comes_back_equal(value: object) -> None:
    """Every document, with every field set, survives the round trip to the microsecond."""
    assert ledger.decode(ledger.encode(value), type(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "not json",
        "null",
        "[]",
        "7",
        "{}",
        "[" * 100_000,
        '{"memory":' * 20_000,
        '{"a": "\ud800"}',
        '{"a": ' + "9" * 5_000 + "}",
        ledger.encode(DAY),
        ledger.encode(STATE).replace("2026-03-14T03:00:00.123456Z", WRONG_HOUR),
        ledger.encode(STATE).replace("2026-03-14T03", "9999-12-31T23"),
        ledger.encode(STATE).replace("2026-03-14T03", "0001-01-01T00"),
        ledger.encode(STATE).replace('"beats":3', '"beats":"three"'),
        ledger.encode(STATE).replace("SERVER_SILENT", "SOMETHING_ELSE"),
        ledger.encode(STATE) + "x" * 40_000,
    ],
    ids=range(18),
)
def test_a_damaged_state_is_listed_and_not_raised(text: str) -> None:
    """Not JSON, another type, a time without a zone or beyond reason, deep or endless text."""
    snap = ledger.snapshot([row(ledger.STATE_KEY, text)])

    assert snap.state is None
    assert [item.row.document for item in snap.damaged] == [text]


def test_a_row_under_another_rows_key_is_damaged() -> None:
    """A copied incident or card would otherwise be written back under its own key."""
    other = ledger.incident_id(AT, "0000000000")
    rows = [
        row(ledger.incident_key(other), INCIDENT),
        row(ledger.notification_key(replace(CARD, sequence=4)), CARD),
        row("live|incident|x", replace(INCIDENT, id="x")),
    ]

    snap = ledger.snapshot(rows)

    assert sorted(item.row.key for item in snap.damaged) == sorted(r.key for r in rows)
    assert not snap.incidents
    assert not snap.notifications


def test_an_orphaned_card_is_set_aside_whole() -> None:
    """With the text and the further properties that were found, fields of later releases too."""
    text = ledger.encode(CARD)[:-1] + ',"later":"release"}'
    found = Row(ledger.notification_key(CARD), text, "e", {"by": "hand"})

    snap = ledger.snapshot([found])

    assert [item.row for item in snap.damaged] == [found]
    assert found.key not in snap.etags


def test_what_is_set_aside_can_be_put_together_again() -> None:
    """A row of 40,000 characters is kept in parts, whole, and its own row is deleted."""
    text = '{"\u00e9\\' * 10_000
    snap = ledger.snapshot([row("live|incident|x", text)])

    writes = keep(snap)

    check_commit("p", writes, "w")
    parts = [w.document for w in writes if isinstance(w, Insert) and w.key.startswith("set-aside|")]
    kept = json.loads("".join(parts))
    assert (kept["key"], kept["document"]) == ("live|incident|x", text)
    assert Delete("live|incident|x", "e") in writes
    assert len(parts) > 1


def test_a_damaged_row_that_is_replaced_is_kept_first_however_many_others_there_are() -> None:
    """The state is overwritten by every commit: without room for its copy it would be lost."""
    rows = [row(f"live|incident|{number:03}", "{") for number in range(200)]
    snap = ledger.snapshot([*rows, row(ledger.STATE_KEY, "damaged state", "e-state")])

    writes = keep(snap)

    check_commit("p", writes, "w")
    assert isinstance(writes[0], Replace)
    assert writes[0].etag == "e-state"
    kept = [w.document for w in writes if isinstance(w, Insert)]
    assert any("damaged state" in text for text in kept)
    assert ledger.STATE_KEY in {item.row.key for item in snap.moved}
    assert len(snap.moved) == len(kept) < 200


def test_a_damaged_card_whose_number_is_used_again_is_written_once() -> None:
    """The new card replaces the row that is set aside; it is not deleted as well."""
    key = ledger.notification_key(CARD)
    snap = ledger.snapshot([row(ledger.incident_key(ID), INCIDENT), row(key, "{", "e-old")])

    writes = keep(snap, ledger.put(snap, key, CARD))

    check_commit("p", writes, "w")
    assert [w for w in writes if w.key == key] == [Replace(key, ledger.encode(CARD), "e-old")]
    assert [item.row.key for item in snap.moved] == [key]


def test_many_large_damaged_rows_do_not_exceed_one_transaction() -> None:
    """4 MiB on the wire, where each quote is escaped twice: the rest waits for the next tick."""
    rows = [row(f"live|incident|{number:03}", '"' * 29_000) for number in range(80)]
    snap = ledger.snapshot(rows)

    writes = keep(snap)

    check_commit("p", writes, "w")
    assert 0 < len(snap.moved) < 80


def test_a_key_that_no_commit_may_name_is_left_where_it_is() -> None:
    """It is damaged, but it cannot be moved; the tick goes on without it."""
    snap = ledger.snapshot([row("live|incident|50%", "{")])

    assert [w.key for w in keep(snap)] == [ledger.STATE_KEY]
    assert not snap.moved


@pytest.mark.parametrize("key", ["live|note|x", "live|zzz", "live|today2"])
def test_rows_of_a_later_release_are_left_alone(key: str) -> None:
    """An unknown kind of live row is neither read, nor damaged, nor deleted."""
    snap = ledger.snapshot([row(key, "{")])

    assert not snap.damaged
    assert not snap.expired


@pytest.mark.parametrize("key", ["i|x", "index", "h|zzz|x", "h}", "kept|2026", "live"])
def test_only_history_is_ever_pruned(key: str) -> None:
    """Rows of a later release may sort between the history and the live rows."""
    assert tidying.prune(ledger.snapshot([row(key, "{}")])) == []


def test_the_history_of_a_live_incident_is_kept_however_old() -> None:
    """Its row is the fold of its transitions; without them nobody could tell what happened."""
    mine = ledger.put_transition(CHANGE)
    foreign = ledger.put_transition(replace(CHANGE, incident=ledger.incident_id(AT, "zz")))
    rows = [row(w.key, w.document) for w in (mine, foreign)]
    day = past.put_day(DAY)

    snap = ledger.snapshot([*rows, row(ledger.incident_key(ID), INCIDENT)])
    snap.expired.append(row(day.key, day.document))  # as the first tick of a day adds the past

    assert tidying.prune(snap) == [[Delete(foreign.key, "e")], [Delete(day.key, "e")]]


def test_the_range_of_a_tick_begins_where_the_retention_ends() -> None:
    """Younger history is not read, older is, and the live rows always are."""
    start, end = ledger.tick_range(AT, timedelta(days=30))
    young, old = (
        ledger.put_transition(replace(CHANGE, incident=ledger.incident_id(opened, "ab"))).key
        for opened in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    )

    assert not start <= young < end
    assert start <= old < end
    assert not start <= past.put_day(replace(DAY, day=date(2026, 2, 1))).key < end
    assert all(
        start <= k < end
        for k in (ledger.STATE_KEY, ledger.TODAY_KEY, ledger.incident_key(ID), "live|zzz")
    )
    assert not start <= "set-aside|x" < end


@pytest.mark.parametrize("cards", [0, 1, 60, 61, 150, 400])
def test_a_resolved_incident_is_archived_however_many_cards_it_had(cards: int) -> None:
    """In as many transactions as it takes; each fits, and the incident itself is never lost."""
    resolved = replace(INCIDENT, state=State.RESOLVED)
    told = [replace(CARD, sequence=n, problem="é" * 300) for n in range(cards)]
    stored = {ledger.notification_key(card): card for card in told}
    writes: list[Write] = []
    for _ in range(10):
        snap = live(*stored.values(), incident=resolved)
        writes = tidying.fill([ledger.put(snap, ledger.STATE_KEY, STATE)], tidying.archive(snap))
        check_commit("p", writes, "w")
        for write in writes:
            stored.pop(write.key, None)
        if Delete(ledger.incident_key(ID), "e") in writes:
            break
    (text,) = [w.document for w in writes if isinstance(w, Insert) and w.key.startswith("h|")]
    (brief,) = [w.document for w in writes if isinstance(w, Insert) and w.key.startswith("past|")]

    assert not stored
    assert ledger.decode(text, Archived).incident == resolved
    assert ledger.decode(brief, Past).id == resolved.id
    assert len(text) <= MAX_DOCUMENT


def test_an_incident_with_a_card_to_send_is_not_archived() -> None:
    """It stays until everybody was told."""
    unsent = replace(CARD, sent_at=None, superseded_at=None)

    assert tidying.archive(live(unsent, incident=replace(INCIDENT, state=State.RESOLVED))) == []


def test_groups_are_added_whole_or_not_at_all() -> None:
    """A row is never moved by halves; what does not fit waits, what is smaller may still go."""
    groups: list[list[Write]] = [[Delete(f"{n}-{i}", "e") for i in range(60)] for n in range(2)]

    writes = tidying.fill([Insert("a", "{}")], [*groups, [Delete("last", "e")]])

    assert len(writes) == 62 <= MAX_WRITES
    assert writes[-1].key == "last"


@pytest.mark.parametrize("identifier", ["", "x", "20260314-0300-", "20261314-0300-ab", "a-b-c"])
def test_what_is_no_incident_id_is_refused(identifier: str) -> None:
    """Whatever a visitor types is not a key."""
    with pytest.raises(ValueError, match=r".+"):
        ledger.opened_at(identifier)
