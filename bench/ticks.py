"""CPU of a warm tick against a bare script that sends the same requests."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import TYPE_CHECKING, Final

import httpx
from azure.core import MatchConditions
from azure.data.tables import TableClient, TransactionOperation, UpdateMode

from bench.figures import Figure, ratio
from bench.servers import environment, serving
from shared import wiring
from shared.sources.organization import BETA_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.data.tables import TableEntity

    from shared.watch import Watch

WARM: Final = 20


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the parts share one shape
    """Both sides in turn, round by round; the medians of CPU time, all threads included."""
    rounds, each = (3, 30) if quick else (9, 60)
    with serving() as (graph, teams, store):
        watch = wiring.build(environment(graph, teams, store))
        bare = Bare(graph, store, watch.plan.tenant_id)
        with asyncio.Runner() as runner:
            calls, requests = _costs(runner, watch)

            def tick() -> None:
                runner.run(watch.tick())

            _spend(tick, WARM)
            _spend(bare.run, WARM)
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(_spend(tick, each))
                theirs.append(_spend(bare.run, each))
            runner.run(watch.aclose())
        bare.close()
    return [
        ratio("CPU of a warm tick / bare script", _median(ours), _median(theirs), 3),
        Figure("storage calls of a healthy tick", str(calls), "at most 3", calls <= 3),  # noqa: PLR2004 - the aim
        Figure("Graph requests of a healthy tick", str(requests), "1", requests == 1),
    ]


def _costs(runner: asyncio.Runner, watch: Watch) -> tuple[int, int]:
    runner.run(watch.tick())
    healthy = runner.run(watch.tick())
    return healthy.store_calls, healthy.http_requests


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _spend(action: Callable[[], None], times: int) -> float:
    """Milliseconds of CPU per call."""
    started = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - started) * 1000 / times


class Bare:
    """What a script without any of our code would do: one GET, query, transaction, query."""

    def __init__(self, graph: str, store: str, partition: str) -> None:
        """Open both clients once, as a warm process has them."""
        self._http = httpx.Client(timeout=10, headers={"Authorization": "Bearer loopback"})
        self._url = f"{graph}/beta/organization"
        self._table = TableClient.from_connection_string(store, "bare")
        self._table.create_table()
        self._partition = partition
        for key in ("live|state", "live|today"):
            self._table.create_entity(self._entity(key, {"n": 0}))

    def run(self) -> None:
        """One round."""
        answer = self._http.get(self._url, params={"$select": ",".join(BETA_PROPERTIES)})
        document = answer.json()
        rows = self._query()
        writes: list[tuple[TransactionOperation, object, dict[str, object]]] = [
            (
                TransactionOperation.UPDATE,
                self._entity(row["RowKey"], document),
                {
                    "mode": UpdateMode.REPLACE,
                    "etag": row.metadata["etag"],
                    "match_condition": MatchConditions.IfNotModified,
                },
            )
            for row in rows
        ]
        self._table.submit_transaction(writes)  # type: ignore[arg-type]  # the stub wants more
        self._query()

    def close(self) -> None:
        """Close both clients."""
        self._http.close()
        self._table.close()

    def _query(self) -> list[TableEntity]:
        where = "PartitionKey eq @p and RowKey ge @a and RowKey lt @b"
        values = {"p": self._partition, "a": "live|", "b": "live}"}
        return list(self._table.query_entities(where, parameters=values))

    def _entity(self, key: str, document: object) -> dict[str, object]:
        text = json.dumps(document)
        return {"PartitionKey": self._partition, "RowKey": key, "document": text}
