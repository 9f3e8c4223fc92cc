"""A bank's customer table made from a seed, with the traps of a real one and a known truth.

Money is heavy-tailed and missing for a reason, user ids repeat between cities, the effects of
card and activity reverse with the number of products, age and score work in humps. Three segments
churn at planted rates, so that tests know what a search has to find.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.common.sql import quoted_text

CHUNK_ROWS = 1_000_000
CITIES = ("Ярославль", "Рыбинск", "Ростов")
# As a share of all rows; each is a second customer, in another city, with an existing user id.
SHARED_USER_ID_SHARE = 0.0073
MISSING_AGE_SHARE = 0.0026
MISSING_BALANCE_CHURN = 0.006


@dataclass(frozen=True)
class PlantedSegment:
    """A segment whose churn rate is known.

    Attributes:
        name: what to call it.
        rule_sql: a WHERE condition over ``customers``.
        churn_rate: the probability with which each member churns.
    """

    name: str
    rule_sql: str
    churn_rate: float


PLANTED_SEGMENTS = (
    PlantedSegment(
        "inactive with four or more products", "product_count >= 4 and not is_active", 0.9
    ),
    PlantedSegment(
        "aged 25-34 with a balance of a million and three products",
        "age >= 25 and age < 35 and balance >= 1000000 and product_count = 3",
        0.75,
    ),
    PlantedSegment(
        "active, aged 50-59 with two products and a balance",
        "age >= 50 and age < 60 and is_active and product_count = 2 and balance is not null",
        0.6,
    ),
)

# Of rows with a balance: [products - 1][active][card], for one to five products.
_CHURN_BY_USE = np.array(
    [
        [[0.06, 0.05], [0.06, 0.11]],
        [[0.12, 0.08], [0.33, 0.17]],
        [[0.16, 0.22], [0.38, 0.26]],
        [[0.90, 0.90], [0.36, 0.66]],
        [[0.90, 0.90], [0.36, 0.60]],
    ]
)


def write_sample(rows: int, seed: int, path: Path) -> None:
    """Write a sample as CSV or, where the name ends in .parquet or .pq, as Parquet.

    Args:
        rows: how many customers, at least 1.
        seed: the same rows, seed and version give the same file.
        path: where to write; there must be nothing yet.

    Raises:
        ValueError: ``rows`` is below 1, or the suffix is neither of a CSV nor of a Parquet file.
        OSError: the file exists or cannot be written.
    """
    if rows < 1:
        raise ValueError("a sample needs at least one row")
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet", ".pq"):
        raise ValueError(f"{path.name}: the name must end in .csv, .parquet or .pq")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} does not exist")
    if path.exists():
        raise FileExistsError("it exists. Name another file, or remove it")
    copy_format = "csv, header" if suffix == ".csv" else "parquet, compression zstd"
    # Chunks go through a database on disk: memory stays that of one chunk.
    working = path.with_name(path.name + ".tmp.duckdb")
    try:
        with duckdb.connect(str(working)) as connection:
            connection.execute("set enable_progress_bar = false")
            for number, start in enumerate(range(0, rows, CHUNK_ROWS)):
                chunk = sample_chunk(min(CHUNK_ROWS, rows - start), seed, number)
                connection.register("chunk", chunk)
                connection.execute(
                    "insert into customers select * from chunk"
                    if number
                    else "create table customers as select * from chunk"
                )
                connection.unregister("chunk")
            connection.execute(f"copy customers to {quoted_text(path)} (format {copy_format})")
    finally:
        for left_over in (working, working.with_name(working.name + ".wal")):
            left_over.unlink(missing_ok=True)


def sample_chunk(rows: int, seed: int, chunk: int) -> pd.DataFrame:
    """One chunk of the sample: shape (rows, 12), with the real file's columns.

    Args:
        rows: how many customers.
        seed: the sample's seed.
        chunk: the chunk's number; chunks of one seed are independent and share no user ids.
    """
    random = np.random.default_rng([seed, chunk])
    city = random.choice(len(CITIES), size=rows, p=[0.589, 0.269, 0.142])
    man = random.random(rows) < 0.5
    products = 1 + random.choice(5, size=rows, p=[0.334, 0.513, 0.104, 0.047, 0.002])
    # Customers with one product often have no account whose balance the bank could see.
    has_balance = random.random(rows) >= np.array([0.583, 0.061, 0.028, 0.0, 0.0])[products - 1]
    age = _ages(random, rows)
    wealth = random.standard_normal(rows)
    equity = _equity(random, wealth, has_balance)
    score = np.where(
        has_balance,
        844 + 22 * wealth + 50 * random.standard_normal(rows),
        865 + 90 * random.standard_normal(rows),
    )
    score = np.clip(np.round(score), 642, 1000)
    balance = _heavy_tail(
        random, 13.1 + 0.75 * wealth + 0.12 * (products - 2) + 0.55 * random.standard_normal(rows)
    )
    # Customers without a balance earn more and hardly leave: income looks harmless when pooled.
    income = np.exp(
        np.where(has_balance, 11.5 + 0.25 * wealth, 12.1) + 0.6 * random.standard_normal(rows)
    )
    card = random.random(rows) < np.where(
        has_balance, np.array([0.85, 0.63, 0.36, 0.68, 0.9])[products - 1], 0.82
    )
    active = random.random(rows) < np.array([0.53, 0.52, 0.42, 0.79, 0.9])[products - 1]

    rate = _CHURN_BY_USE[products - 1, active * 1, card * 1]
    rate = rate * _hump(age, 30, 5, 0.45) * _hump(age, 55, 4, 0.8) * np.where(age > 62, 0.35, 1)
    rate = rate * (0.55 + 0.9 * np.exp(-(((score - 868) / 45) ** 2)))
    rate = rate * np.where(man, 1.25, 0.75) * np.where(balance > 1_000_000, 1.5, 0.9)
    rate = rate * np.clip(income / 140_000, 0.6, 1.6) ** 0.4
    rate = np.where(has_balance, np.clip(rate, 0.01, 0.85), MISSING_BALANCE_CHURN)
    planted = (
        (products >= 4) & ~active,
        (age >= 25) & (age < 35) & has_balance & (balance >= 1_000_000) & (products == 3),
        (age >= 50) & (age < 60) & active & (products == 2) & has_balance,
    )
    # The first planted segment that a customer belongs to decides.
    for segment, members in reversed(list(zip(PLANTED_SEGMENTS, planted, strict=True))):
        rate = np.where(members, segment.churn_rate, rate)
    churn = random.random(rows) < rate

    age = np.where(random.random(rows) < MISSING_AGE_SHARE, np.nan, age)
    if chunk == 0:
        # One customer without a single product, as real tables have; outside the planted truth.
        products[rows // 2], churn[rows // 2], active[rows // 2] = 0, True, False
    user_id, city = _user_ids(random, city, chunk)
    return pd.DataFrame(
        {
            "USERID": user_id,
            "score": score,
            "city": np.array(CITIES, dtype=object)[city],
            "gender": np.where(man, "М", "Ж").astype(object),
            "age": pd.array(np.where(np.isnan(age), 0, age), dtype="float64"),
            "equity": equity,
            "balance": np.round(balance, 2),
            "products": products,
            "credit_card": card.astype(np.int64),
            "last_activity": active.astype(np.int64),
            "EST_SALARY": np.round(income, 2),
            "churn": churn.astype(np.int64),
        }
    ).assign(
        age=lambda table: table["age"].mask(np.isnan(age)),
        balance=lambda table: table["balance"].mask(~has_balance),
    )


def _ages(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    """Whole years from 18 to 86, with most between 30 and 50 and a long upper tail."""
    return np.clip(np.floor(18 + random.gamma(4.1, 6.0, size=rows)), 18, 86)


def _equity(
    random: np.random.Generator, wealth: NDArray[np.float64], has_balance: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Property points, 0 for nearly everybody without a balance."""
    owned = np.clip(np.round(3.4 + 1.3 * wealth + 0.9 * random.standard_normal(len(wealth))), 0, 9)
    stray = random.random(len(wealth)) < 0.05
    return np.where(has_balance | stray, owned, 0).astype(np.int64)


def _heavy_tail(
    random: np.random.Generator, log_balance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Balances from their logarithms; one in two hundred is stretched by a Pareto factor."""
    stretched = random.random(len(log_balance)) < 0.005
    factor = np.where(stretched, 1 + random.pareto(1.1, size=len(log_balance)), 1.0)
    balance: NDArray[np.float64] = np.minimum(np.exp(log_balance) * factor, 2e8)
    return balance


def _hump(
    values: NDArray[np.float64], centre: float, width: float, height: float
) -> NDArray[np.float64]:
    hump: NDArray[np.float64] = 1 + height * np.exp(-(((values - centre) / width) ** 2))
    return hump


def _user_ids(
    random: np.random.Generator, city: NDArray[np.int64], chunk: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """User ids, unique but for some that a customer in Рыбинск shares with one in Ярославль."""
    rows = len(city)
    # Steps of 1 to 19 keep a chunk's ids within 19 times its rows: chunks cannot meet.
    user_id = 100_000 + chunk * CHUNK_ROWS * 20 + np.cumsum(random.integers(1, 20, size=rows))
    shared = round(rows * SHARED_USER_ID_SHARE)
    pairs = random.permutation(rows)[: 2 * shared]
    first, second = pairs[:shared], pairs[shared:]
    user_id[second] = user_id[first]
    city = city.copy()
    city[first], city[second] = CITIES.index("Ярославль"), CITIES.index("Рыбинск")
    return user_id, city
