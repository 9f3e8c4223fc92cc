import duckdb
import numpy as np
import pytest

from python_steps.intake.sample import PLANTED_SEGMENTS, sample_chunk, write_sample

from ..conftest import SAMPLE

ROWS = 200_000


@pytest.fixture(scope="module")
def customers():
    """A connection to a large sample, under our column names."""
    connection = duckdb.connect()
    chunk = sample_chunk(ROWS, seed=3, chunk=0)
    connection.register("chunk", chunk)
    connection.execute(
        """
        create table customers as
        select USERID as user_id, score as credit_score, city::varchar as city, age, balance,
            equity as equity_points, products as product_count, credit_card = 1 as has_credit_card,
            last_activity = 1 as is_active, EST_SALARY as estimated_income,
            churn = 1 as has_churned,
            case when gender = 'М' then 'male' else 'female' end as gender
        from chunk
        """
    )
    yield connection
    connection.close()


def one(connection, sql):
    return connection.execute(sql).fetchone()


def rate(connection, condition):
    return one(connection, f"select avg(has_churned::int) from customers where {condition}")[0]


def test_same_seed_same_file(tmp_path):
    for name, seed in (("a.csv", 5), ("b.csv", 5), ("c.csv", 6)):
        write_sample(1_000, seed, tmp_path / name)
    contents = [(tmp_path / name).read_bytes() for name in ("a.csv", "b.csv", "c.csv")]
    assert contents[0] == contents[1] != contents[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.csv"]


def test_shipped_sample_is_the_one_that_the_command_writes(tmp_path):
    write_sample(10_000, 1, tmp_path / "sample.csv")
    assert (tmp_path / "sample.csv").read_bytes() == SAMPLE.read_bytes()


def test_parquet_holds_the_same_rows(tmp_path):
    write_sample(500, 5, tmp_path / "a.csv")
    write_sample(500, 5, tmp_path / "a.parquet")
    csv, parquet = (
        duckdb.sql(f"select * from '{tmp_path / name}'").fetchall()
        for name in ("a.csv", "a.parquet")
    )
    assert csv == parquet


def test_chunks_share_no_user_ids():
    first = sample_chunk(20_000, seed=1, chunk=0)["USERID"]
    second = sample_chunk(20_000, seed=1, chunk=1)["USERID"]
    assert not set(first) & set(second)


@pytest.mark.parametrize("segment", PLANTED_SEGMENTS, ids=lambda segment: segment.name)
def test_planted_segments_churn_at_their_rate(customers, segment):
    members, churned = one(
        customers,
        f"select count(*), sum(has_churned::int) from customers where {segment.rule_sql}",
    )
    assert members > 100
    error = np.sqrt(segment.churn_rate * (1 - segment.churn_rate) / members)
    # Planted segments overlap a little, and the first one's rate holds where they do.
    assert churned / members == pytest.approx(segment.churn_rate, abs=4 * error + 0.005)


def test_has_the_traps_of_a_real_table(customers):
    count, missing, ages, largest = one(
        customers,
        "select count(*), avg((balance is null)::int), avg((age is null)::int), max(balance) "
        "from customers",
    )
    assert count == ROWS
    assert missing == pytest.approx(0.23, abs=0.01)
    assert ages == pytest.approx(0.0026, abs=0.0006)
    assert largest > 20_000_000
    assert rate(customers, "balance is null") < 0.01
    assert rate(customers, "balance > 0") > 0.2
    assert one(customers, "select count(*) from customers where product_count = 0") == (1,)
    shared = one(customers, "select count(*) - count(distinct user_id) from customers")[0]
    assert shared == round(ROWS * 0.0073)
    assert one(customers, "select count(distinct (user_id, city)) from customers") == (ROWS,)
    pairs = customers.execute(
        "select distinct string_agg(city, ',' order by city) from customers "
        "group by user_id having count(*) > 1"
    ).fetchall()
    assert pairs == [("Рыбинск,Ярославль",)]


def test_effects_reverse_and_humps_are_there(customers):
    for attribute in ("has_credit_card", "is_active"):
        few, many = "balance is not null and product_count < 4", "product_count >= 4"
        below = rate(customers, f"{few} and {attribute}") - rate(
            customers, f"{few} and not {attribute}"
        )
        above = rate(customers, f"{many} and {attribute}") - rate(
            customers, f"{many} and not {attribute}"
        )
        assert below * above < 0
    known = "balance is not null"
    ages = [rate(customers, f"{known} and age between {low} and {low + 4}") for low in (28, 42, 53)]
    assert ages[0] > ages[1] < ages[2]
    scores = [
        rate(customers, f"{known} and credit_score between {low} and {low + 20}")
        for low in (740, 858, 960)
    ]
    assert scores[0] < scores[1] > scores[2]


def test_income_misleads_when_pooled(customers):
    def gap(condition):
        left, stayed = one(
            customers,
            "select avg(estimated_income) filter (has_churned), "
            f"avg(estimated_income) filter (not has_churned) from customers where {condition}",
        )
        return left / stayed - 1

    assert gap("balance is not null") > 0.08
    assert gap("true") < gap("balance is not null") - 0.08


@pytest.mark.parametrize(
    ("rows", "name", "error"),
    [(0, "a.csv", ValueError), (1, "a.xls", ValueError), (1, "no/a.csv", OSError)],
)
def test_refuses_what_it_cannot_write(tmp_path, rows, name, error):
    with pytest.raises(error):
        write_sample(rows, 1, tmp_path / name)
