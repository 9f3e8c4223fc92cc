"""Python steps in processes of their own, so that they and dbt need not wait for each other.

dbt works in threads, of which Python runs one at a time. A step that computes for a second would
hold up all models meanwhile; so would importing what it computes with.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any

from threadpoolctl import threadpool_limits

WORKERS = 2
# What takes long to import.
_HEAVY = ("python_steps.clusters.assignment", "python_steps.segments.stability")

_pool: ProcessPoolExecutor | None = None


@contextmanager
def workers() -> Iterator[None]:
    """Processes that are there for ``apart`` as long as the context lasts."""
    global _pool  # noqa: PLW0603 - the models that dbt imports have no other way to it
    with ProcessPoolExecutor(
        WORKERS, mp_context=get_context("spawn"), initializer=_prepare
    ) as _pool:
        # They begin with their imports while dbt does with its own.
        for _ in range(WORKERS):
            _pool.submit(os.getpid)
        try:
            yield
        finally:
            _pool.shutdown(cancel_futures=True)
            _pool = None


def apart(step: str, *args: Any, **kwargs: Any) -> Any:
    """Run a step in a process of its own, or here where there is none, as with plain dbt.

    Args:
        step: module and function, as in ``clusters.choice.choose_clusters``: dbt's process does not
            import it.
        args, kwargs: those of the function; like its result they are copied between processes.

    Returns:
        What the function returns; what it raises is raised.
    """
    return (
        _run(step, *args, **kwargs)
        if _pool is None
        else _pool.submit(_run, step, *args, **kwargs).result()
    )


def _run(step: str, *args: Any, **kwargs: Any) -> Any:
    module, function = step.rsplit(".", 1)
    return getattr(import_module(f"python_steps.{module}"), function)(*args, **kwargs)


def _prepare() -> None:
    # The parent answers Ctrl-C; when it is killed, nobody else would end this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    for module in _HEAVY:
        import_module(module)
    # The other processes need the cores too.
    threadpool_limits(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
