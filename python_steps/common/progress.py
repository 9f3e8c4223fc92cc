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
# An earlier build says how long this one takes where they were of about the same size.
_ALIKE = 1.5


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
    slower or faster this one is. Without one nothing is said: nodes counted as if they lasted
    equally long were wrong by a factor of up to six.
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
        passed = self._now() - self._started
        known = [self._earlier[node] for node in self.times if node in self._earlier]
        if not known or max(known) <= 0:
            return None
        last = max(self._earlier.values())
        return max(last - max(known), 0.0) * passed / max(known)


@dataclass(frozen=True)
class Size:
    """How much a build has to do: a build of another size takes another time.

    Attributes:
        source_bytes: of the source's files.
        attributes: of the bank's own mapping; 0 without one.
    """

    source_bytes: int
    attributes: int

    def is_like(self, other: "Size") -> bool:
        """Whether neither is much more than the other."""
        pairs = (
            (self.source_bytes, other.source_bytes),
            (self.attributes, other.attributes),
        )
        return all(max(pair) <= _ALIKE * min(pair) for pair in pairs)


def read_times(warehouse: Path, size: Size) -> dict[str, float]:
    """When a build of about this size had finished each node, in seconds.

    Empty where the warehouse does not say, or its build was of another size.
    """
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            found = connection.execute(
                f"select node, finished_after, source_bytes, attributes from {TABLE}"
            ).fetchall()
    except duckdb.Error:
        return {}
    return {node: after for node, after, *earlier in found if size.is_like(Size(*earlier))}


def write_times(warehouse: Path, times: Mapping[str, tuple[float, float]], size: Size) -> None:
    """Keep in a warehouse when each node was finished, and how long it took, in seconds.

    They serve the next estimate only: where they cannot be written, as while somebody reads the
    warehouse, that one does without.
    """
    rows = [(node, *both, size.source_bytes, size.attributes) for node, both in times.items()]
    with suppress(duckdb.Error), duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            f"create or replace table {TABLE} (node varchar, finished_after double, "
            "seconds double, source_bytes bigint, attributes bigint)"
        )
        if rows:
            connection.executemany(f"insert into {TABLE} values (?, ?, ?, ?, ?)", rows)
