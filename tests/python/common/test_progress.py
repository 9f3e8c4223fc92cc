"""How far a build is and how long it may still take."""

import sys
from concurrent.futures import ThreadPoolExecutor

from python_steps.common.dbt_run import run_dbt
from python_steps.common.progress import Clock, Size, read_times, write_times
from python_steps.common.settings import Settings

from ..conftest import PROJECT, SAMPLE, build


def steps_of(earlier, *events):
    """The steps that a clock reports at these seconds, each with a node that finishes then."""
    now = [0.0]
    seen = []
    clock = Clock(earlier, seen.append, lambda: now[0])
    clock.begun("a", 4)
    for second, node in events:
        now[0] = second
        clock.finished(node, 1.0)
    return seen[1:]


def test_an_earlier_build_says_what_is_still_to_come():
    # This build is twice as slow; what remained then were 70 of 80 seconds.
    steps = steps_of({"a": 5.0, "b": 10.0, "d": 80.0}, (10.0, "a"), (20.0, "b"), (21.0, "new"))
    assert [step.seconds_left for step in steps] == [150.0, 140.0, 70.0 * 21.0 / 10.0]


def test_nothing_is_said_before_anything_is_known():
    steps = steps_of({}, (10.0, "a"), (20.0, "b"), (40.0, "c"))
    assert [(step.node, step.finished, step.total, step.seconds_left) for step in steps] == [
        ("a", 1, 4, None),
        ("b", 2, 4, None),
        ("c", 3, 4, None),
    ]


def test_times_are_kept_in_the_warehouse(tmp_path):
    file = tmp_path / "work.duckdb"
    size = Size(1000, 10)
    assert read_times(file, size) == {}
    write_times(file, {"a": (1.5, 0.5), "b": (2.5, 1.0)}, size)
    assert read_times(file, Size(1400, 10)) == {"a": 1.5, "b": 2.5}
    # A build of another size says nothing of this one.
    assert read_times(file, Size(1600, 10)) == read_times(file, Size(1000, 5)) == {}
    (tmp_path / "other.duckdb").write_text("a,b\n")
    assert read_times(tmp_path / "other.duckdb", size) == {}


def test_a_build_keeps_its_times(tmp_path):
    lines = (PROJECT / "seeds/sample/customers.csv").read_text(encoding="utf-8").splitlines()[:201]
    (tmp_path / "bank.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    build(tmp_path, "bank.csv")
    size = Size((tmp_path / "bank.csv").stat().st_size, 0)
    times = read_times(tmp_path / "work.duckdb", size)
    assert {"int_churn_cube", "risk_segments", "publish"} <= set(times)
    assert max(times, key=times.get) == "publish"


def test_many_threads_may_tell_at_once():
    """Threads that change hands all the time, as those of dbt may."""
    nodes = [f"node_{number}" for number in range(2000)]
    clock = Clock(dict.fromkeys(nodes, 1.0), lambda step: None)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def tell(node):
        clock.begun(node, len(nodes))
        clock.finished(node, 0.1)

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tell, nodes))
    finally:
        sys.setswitchinterval(interval)
    assert set(clock.times) == set(nodes)


def test_what_cannot_be_shown_fails_no_node(tmp_path):
    """As where the terminal is gone."""

    def gone(step):
        raise OSError("the terminal is gone")

    settings = Settings.of({}, tmp_path)
    environment = {**settings.environment(), "CHURN_SOURCE": str(SAMPLE)}
    command = ("run", "--select", "raw_customers")
    clock = Clock({}, gone)
    run_dbt(settings.project, tmp_path / "work.duckdb", command, environment, {}, clock)
    assert "raw_customers" in clock.times
