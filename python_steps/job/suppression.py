"""Rows that count too few customers to be published."""

from python_steps.common.sql import quoted_name
from python_steps.job.marts import Mart


def kept_rows(mart: Mart, source: str, minimum_cell: int) -> str:
    """The rows of a mart that are published, as SQL.

    Rows that count too few customers are left out. Where the rows add up to a total that is known,
    a single such row could be computed from the others: the smallest of these is left out too.
    """
    if not mart.counts or minimum_cell <= 1:
        return f"from {source}"
    small = " or ".join(
        f"coalesce({quoted_name(count)} between 1 and {minimum_cell - 1}, false)"
        for count in mart.counts
    )
    if mart.within is None:
        return f"from {source} where not ({small})"
    partition = f"partition by {quoted_name(mart.within)}" if mart.within else ""
    # Counting over windows loses the order of the rows; their places bring it back.
    first = quoted_name(mart.counts[0])
    return f"""
        select * exclude (place)
        from (select *, row_number() over () as place from {source})
        qualify not ({small}) and not (
            count(*) filter (where {small}) over ({partition}) = 1
            and row_number() over ({partition} order by ({small}), {first}) = 1
        )
        order by place
    """
