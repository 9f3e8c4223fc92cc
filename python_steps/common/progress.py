"""How far a build is, how long it may still take, and where its time went."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

# Where a warehouse keeps how long its build took, for the next one's estimate and for people.
TABLE = "build_times"


@dataclass(frozen=True)
class Step:
    """A node that has begun or finished.

    Attributes:
        node: its name.
        finished, total: how many nodes are finished, of how many.
        seconds_left: an estimate of the time until all are; None while there is none.
    """

    node: str
    finished: int
    total: int
    seconds_left: float | None


class Clock:
    """Times the nodes of a build and estimates when the last will be finished.

    What an earlier build of the same warehouse took to come to a node, against now, says how much
    slower or faster this one is. Without one, nodes are taken to last equally long, which is worth
    something once half of them are finished: it was then right to a factor of two.
    """

    def __init__(
        self,
        earlier: Mapping[str, float],
        progress: Callable[[Step], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock.

        Args:
            earlier: for each node, after how many seconds an earlier build had finished it.
            progress: called with each step.
            now: the time in seconds.
        """
        self._earlier = earlier
        self._progress = progress
        self._now = now
        self._started = now()
        self._total = 0
        # dbt's threads tell of their nodes side by side.
        self._turn = Lock()
        self.times: dict[str, tuple[float, float]] = {}

    def begun(self, node: str, total: int) -> None:
        """One of so many nodes has begun."""
        with self._turn:
            self._total = total
            self._say(node)

    def finished(self, node: str, seconds: float) -> None:
        """A node is finished, which took so many seconds."""
        with self._turn:
            self.times[node] = (self._now() - self._started, seconds)
            self._say(node)

    @contextmanager
    def timed(self, node: str) -> Iterator[None]:
        """Something after the last of dbt's nodes, timed like one."""
        self.begun(node, len(self.times) + 1)
        started = self._now()
        yield
        self.finished(node, self._now() - started)

    def _say(self, node: str) -> None:
        self._progress(Step(node, len(self.times), self._total, self._left()))

    def _left(self) -> float | None:
        if not self.times:
            return None
        passed = self._now() - self._started
        known = [self._earlier[node] for node in self.times if node in self._earlier]
        if known and max(known) > 0:
            last = max(self._earlier.values())
            return max(last - max(known), 0.0) * passed / max(known)
        if 2 * len(self.times) < self._total:
            return None
        return passed * (self._total - len(self.times)) / len(self.times)


def read_times(warehouse: Path) -> dict[str, float]:
    """When a build had finished each node, in seconds; empty where the warehouse does not say."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            found = connection.execute(f"select node, finished_after from {TABLE}").fetchall()
    except duckdb.Error:
        return {}
    return dict(found)


def write_times(warehouse: Path, times: Mapping[str, tuple[float, float]]) -> None:
    """Keep in a warehouse when each node was finished, and how long it took, in seconds.

    They serve the next estimate only: where they cannot be written, as while somebody reads the
    warehouse, that one does without.
    """
    rows = [(node, *both) for node, both in times.items()]
    with suppress(duckdb.Error), duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            f"create or replace table {TABLE} (node varchar, finished_after double, seconds double)"
        )
        if rows:
            connection.executemany(f"insert into {TABLE} values (?, ?, ?)", rows)
