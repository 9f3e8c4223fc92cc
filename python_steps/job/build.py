"""The main job: a plan, then dbt, then publishing."""

from collections.abc import Callable, Sequence
from pathlib import Path

from python_steps.common.dbt_run import run_dbt
from python_steps.common.progress import Clock, Size, Step, read_times, write_times
from python_steps.common.settings import Settings
from python_steps.job.permissions import give, permissions, private
from python_steps.job.plan import planned
from python_steps.job.publish import publish_warehouse
from python_steps.job.workers import workers

# Unit tests and those tagged `code` test the code on rows of their own, not this bank's data.
_COMMAND = ("build", "--exclude-resource-type", "unit_test", "--exclude", "tag:code")


def build(settings: Settings, given: str | None, progress: Callable[[Step], None]) -> Sequence[str]:
    """Build the warehouse from the source and publish its marts.

    Args:
        settings: of this build.
        given: dbt vars as YAML, or None.
        progress: called as nodes begin and finish.

    Returns:
        What stepped aside, in sentences.

    Raises:
        ChurnError: the mapping, the source, the warehouse or the published file cannot be used.
        BuildFailedError: a model or a data test failed.
    """
    with planned(settings, given) as plan:
        warehouse = settings.warehouse
        size = Size(
            sum(Path(file).stat().st_size for file in plan.source.files),
            len(plan.variables.values.get("attributes", ())),
        )
        clock = Clock(read_times(warehouse, size), progress)
        before = permissions(warehouse)
        # Nothing stale stays, and dbt has nothing to rename.
        warehouse.unlink(missing_ok=True)
        with private(), workers(), plan.source.readable(warehouse.parent) as source:
            environment = {**settings.environment(), **source.environment()}
            run_dbt(
                settings.project,
                warehouse,
                _COMMAND,
                environment,
                plan.variables.values,
                clock,
            )
        if before is not None:
            give(warehouse, before)
        with clock.timed("publish"):
            publish_warehouse(settings)
        write_times(warehouse, clock.times, size)
    return plan.variables.aside
