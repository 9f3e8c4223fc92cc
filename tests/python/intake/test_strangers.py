"""Tables of shapes that nobody prepared for, built whole from their untouched drafts.

Customers, churned and the counts of every band of a nominal column equal those of pandas.
"""

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from python_steps.intake.check import MOST_ALIKE

from ..conftest import build, query, run_churn
from .test_drafts import workbook

ROWS = 600


def drawn(seed):
    """A source of chance, and who left: more of those with a first flag."""
    chance = np.random.default_rng(seed)
    flag = chance.random(ROWS) < 0.4
    left = chance.random(ROWS) < np.where(flag, 0.45, 0.15)
    return chance, flag, left


def gym(folder):
    """Semicolons, decimal commas, a fee with its sign, days as 31.12.2024."""
    chance, flag, left = drawn(1)
    joined = pd.Timestamp("2020-01-01") + pd.to_timedelta(chance.integers(0, 1500, ROWS), "D")
    table = pd.DataFrame(
        {
            "MemberNo": [f"M-{10_000 + number}" for number in range(ROWS)],
            "Joined": joined.strftime("%d.%m.%Y"),
            "Monthly fee": [
                f"{fee:.2f} €".replace(".", ",") for fee in chance.uniform(15, 90, ROWS)
            ],
            "Visits last month": chance.poisson(4, ROWS),
            "Personal trainer": np.where(flag, "yes", "no"),
            "Cancelled": np.where(left, "Yes", "No"),
        }
    )
    table.to_csv(folder / "gym.csv", sep=";", index=False)
    return "gym.csv", table, "Personal trainer", left


def telecom(folder):
    """A label and a reason that is there only for those who left."""
    chance, flag, left = drawn(2)
    table = pd.DataFrame(
        {
            "Customer ID": [f"{number:04d}-XYZ" for number in range(ROWS)],
            "Contract": np.where(flag, "Month-to-Month", "Two Year"),
            "Tenure in Months": chance.integers(1, 72, ROWS),
            "Total Refunds": np.where(
                chance.random(ROWS) < 0.9, 0, chance.uniform(1, 50, ROWS)
            ).round(2),
            "Churn Reason": np.where(left, "Price too high", None),
            "Churn Label": np.where(left, "Churned", "Stayed"),
        }
    )
    table.to_csv(folder / "telecom.csv", index=False)
    return "telecom.csv", table, "Contract", left


def insurer(folder):
    """A row for each quarter, amounts with a currency, the outcome the other way round, tabs."""
    chance, flag, left = drawn(3)
    table = pd.DataFrame(
        {
            "policy_id": np.arange(ROWS) + 500_000,
            "risk": chance.choice(["low", "medium", "high"], ROWS),
            "channel": np.where(flag, "broker", "direct"),
            "premium": [f"GBP {one:,.2f}" for one in chance.lognormal(7, 0.5, ROWS)],
            "postcode": chance.integers(10_000, 99_999, ROWS),
            "retained": (~left).astype(int),
        }
    )
    earlier = table.assign(retained=1)
    panel = [earlier.assign(quarter="2024-Q1"), table.assign(quarter="2024-Q2")]
    pd.concat(panel).to_csv(folder / "insurer.tsv", sep="\t", index=False)
    return "insurer.tsv", table, "channel", left


def employer(folder):
    """Attrition of staff, with constant and repeated columns."""
    chance, flag, left = drawn(4)
    table = pd.DataFrame(
        {
            "Age": chance.integers(18, 60, ROWS),
            "Attrition": np.where(left, "Yes", "No"),
            "BusinessTravel": chance.choice(["Non-Travel", "Travel_Rarely", "Travel_Often"], ROWS),
            "EmployeeCount": 1,
            "EmployeeNumber": np.arange(ROWS) + 1,
            "MonthlyIncome": chance.integers(1000, 20_000, ROWS),
            "OverTime": np.where(flag, "Yes", "No"),
            "Over18": "Y",
        }
    )
    table.to_csv(folder / "staff.csv", index=False)
    return "staff.csv", table, "OverTime", left


def shop(folder):
    """A Parquet file with types, and an end date instead of a word."""
    chance, flag, left = drawn(5)
    ended = pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 300, ROWS), "D")
    table = pd.DataFrame(
        {
            "account": np.arange(ROWS) + 1_000_000,
            "orders": chance.poisson(7, ROWS),
            "newsletter": flag,
            "basket": chance.gamma(2, 40, ROWS),
            "closed_date": pd.Series(ended).where(left),
        }
    )
    with duckdb.connect() as connection:
        connection.from_df(table).write_parquet(str(folder / "shop.parquet"))
    return "shop.parquet", table, "newsletter", left


def russian_bank(folder):
    """cp1251, Да and Нет, spaces between thousands."""
    chance, flag, left = drawn(6)
    balances = [f"{one:,.2f}" for one in chance.uniform(0, 900_000, ROWS)]
    table = pd.DataFrame(
        {
            "Номер клиента": np.arange(ROWS) + 7_000_000,
            "Город": chance.choice(["Москва", "Казань", "Тверь"], ROWS),
            "Остаток": [one.replace(",", " ").replace(".", ",") for one in balances],
            "Активен": np.where(flag, "Нет", "Да"),
            "Отток": np.where(left, "Да", "Нет"),
        }
    )
    table.to_csv(folder / "банк.csv", sep=";", index=False, encoding="cp1251")
    return "банк.csv", table, "Активен", left


def spark(folder):
    """Quotes after backslashes, words for what is missing."""
    chance, flag, left = drawn(7)
    scores = pd.Series(chance.integers(300, 850, ROWS).astype(str))
    table = pd.DataFrame(
        {
            "cid": np.arange(ROWS) + 1,
            "nickname": [f'The "{number}", or so' for number in range(ROWS)],
            "region": np.where(flag, 'North "A"', "South, B"),
            "score": scores.where(chance.random(ROWS) < 0.9, "NULL"),
            "is_churn": left.astype(str),
        }
    )
    table.to_csv(folder / "part-00000.csv", index=False, doublequote=False, escapechar="\\")
    return "part-00000.csv", table, "region", left


def spreadsheet(folder):
    """A workbook with a title above the header."""
    chance, flag, left = drawn(8)
    table = pd.DataFrame(
        {
            "Client": [f"C{number:05d}" for number in range(ROWS)],
            "Segment": np.where(flag, "retail", "private"),
            "Products": chance.integers(1, 5, ROWS),
            "Exited": left.astype(int),
        }
    )
    rows = [["Customers as of March"], [], list(table.columns), *table.values.tolist()]
    workbook(folder / "clients.xlsx", rows)
    return "clients.xlsx", table, "Segment", left


def wide(folder):
    """Forty columns, most of which say nothing."""
    chance, flag, left = drawn(9)
    columns = {"id": np.arange(ROWS) + 1, "plan": np.where(flag, "A", "B")}
    gap = chance.random(ROWS) < 0.1
    for number in range(20):
        columns[f"amount_{number}"] = chance.lognormal(3, 1, ROWS).round(2)
        columns[f"kind_{number}"] = np.where(gap, None, chance.choice([*"PQRST"], ROWS))
    columns["churn_flag"] = left.astype(int)
    table = pd.DataFrame(columns)
    table.to_csv(folder / "wide.csv", index=False)
    return "wide.csv", table, "plan", left


def nameless(folder):
    """Nothing that identifies a customer."""
    chance, flag, left = drawn(10)
    table = pd.DataFrame(
        {
            "years": chance.integers(0, 30, ROWS),
            "card": np.where(flag, "gold", "plain"),
            "left": np.where(left, "1", "0"),
        }
    )
    table.to_csv(folder / "nameless.csv", index=False)
    return "nameless.csv", table, "card", left


TABLES = [gym, telecom, insurer, employer, shop, russian_bank, spark, spreadsheet, wide, nameless]


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.__name__)
def test_an_untouched_draft_builds_to_the_right_figures(tmp_path, table):
    source, rows, column, left = table(tmp_path)
    drafted = run_churn(tmp_path, "mapping", "--source", source, "--out", "draft.yml")
    assert drafted.returncode == 0, drafted.stderr
    assert f" {left.sum()} left, {left.mean():.1%}" in drafted.stdout
    published = build(tmp_path, source, CHURN_MAPPING="draft.yml")
    overview = query(published, "select customers, churned from churn_overview")
    assert overview == [(ROWS, left.sum())]
    assert query(published, "select rows_rejected from publication") == [(0,)]
    columns = yaml.safe_load((tmp_path / "draft.yml").read_text(encoding="utf-8"))["columns"]
    (attribute,) = [ours for ours, theirs in columns.items() if theirs == column]
    found = query(
        published, f"select customers, churned from churn_rates where attribute = '{attribute}'"
    )
    expected = pd.Series(left).groupby(rows[column].to_numpy()).agg(["size", "sum"])
    # However the bands are called.
    assert sorted(one for one in found if one[0]) == sorted(map(tuple, expected.values.tolist()))


def test_of_many_attributes_a_check_says_some(tmp_path):
    source, *_ = wide(tmp_path)
    run_churn(tmp_path, "mapping", "--source", source, "--out", "draft.yml")
    checked = run_churn(tmp_path, "check", "--source", source, "--mapping", "draft.yml")
    assert checked.returncode == 0
    assert checked.stdout.count("Customers without kind_") == MOST_ALIKE
    assert f"Missing values of {20 - MOST_ALIKE} more, see data_quality: kind_" in checked.stdout
