"""Amounts with words, dates of many forms, columns of one name, and several rows of a customer."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from python_steps.common.errors import ChurnError
from python_steps.intake.drafts.forms import units_of

from ..conftest import query
from .conftest import ROWS, agrees, taken, write


@pytest.mark.parametrize(
    ("values", "units"),
    [
        (["250 kr", "1 250 kr", "0"], ["kr"]),
        (["GBP 250", "GBP 1,250.00"], ["GBP"]),
        (["1 year", "12 years"], ["years", "year"]),
        (["1 год", "2 года", "5 лет"], ["года", "год", "лет"]),
        (["(1,234.00)", "12.50", "3.00-"], []),
        (["€250", "30 €"], []),
        # What is no amount, or not of one measure.
        (["1st", "2nd"], []),
        (["2 years", "6 months"], []),
        (["60K", "1M"], []),
        (["Plan 1", "Plan 2"], []),
        (["A1", "B2"], []),
    ],
)
def test_words_beside_numbers(values, units):
    assert [*units_of(values)] == units


def test_amounts_as_accountants_write_them(tmp_path, customers):
    signed = customers["balance"] * np.where(customers["age"] < 40, -1, 1)
    table = customers.assign(
        balance=[f"({-one:,.2f})" if one < 0 else f"{one:,.2f}" for one in signed],
        fee=[f"{-one:.2f}-" if one < 0 else f"{one:.2f}" for one in signed],
        overdraft=customers["age"].map("{} kr".format),
        tenure=[f"{one} year" + "s" * (one != 1) for one in customers["age"] % 9],
    )
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert read["balance"].astype(float).tolist() == signed.tolist()
    assert read["fee"].astype(float).tolist() == signed.tolist()
    assert read["overdraft"].astype(float).tolist() == customers["age"].tolist()
    assert read["tenure"].tolist() == (customers["age"] % 9).tolist()
    assert draft.csv == {"thousands": ",", "signs": ["years", "year", "kr"]}


@pytest.mark.parametrize(
    "written",
    [
        "%Y%m%d", "%d.%m.%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%SZ",
        "epoch",
    ],
)  # fmt: skip
def test_dates_of_many_forms(tmp_path, customers, written):
    days = pd.Timestamp("2021-03-01") + pd.to_timedelta(np.arange(ROWS) * 3, "D")
    texts = (
        days.astype("datetime64[ms]").astype("int64")
        if written == "epoch"
        else days.strftime(written)
    )
    table = customers.assign(last_login=texts).sample(frac=1, random_state=1)
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    expected = (days.max() - days).days
    assert read["last_login"].tolist() == expected[table.index].tolist()
    assert not draft.unsure


def test_a_day_that_nobody_lives_to_see_is_none(tmp_path, customers):
    ends = np.where(customers["age"] < 50, "2099-12-31", "2024-05-01")
    read, _ = taken(tmp_path, write(tmp_path, "bank.csv", customers.assign(contract_end=ends)))
    assert read["contract_end"].isna().tolist() == (customers["age"] < 50).tolist()
    assert set(read["contract_end"].dropna()) == {0}


def test_none_is_a_group_of_words_and_missing_among_numbers(tmp_path, customers):
    table = customers.assign(
        insurance=np.where(customers["age"] < 50, "None", "Full"),
        visits=np.where(customers["age"] < 50, "None", customers["age"].astype(str)),
    )
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert read["insurance"].tolist() == table["insurance"].tolist()
    assert read["visits"].isna().tolist() == (customers["age"] < 50).tolist()
    assert draft.unsure == [
        "whether None in insurance is a group or means missing; it is a group here. "
        'Else say under values: insurance: {None: ""}.'
    ]


def test_columns_of_one_name_are_told_apart(tmp_path, customers):
    table = customers.assign(fee=customers["age"] * 2, fee_=customers["age"] * 3, empty="")
    table.columns = [*customers.columns, "fee", "Fee", "fee"]
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    agrees(read, customers)
    assert read["fee"].tolist() == (customers["age"] * 2).tolist()
    assert read["fee_2"].tolist() == (customers["age"] * 3).tolist()
    assert draft.keep_out == ["fee_3"]
    # One of several is never taken in silence.
    mapping = "key: [user_id]\ncolumns: {user_id: customer_id, has_churned: churn, age: age}\n"
    mapping += "attributes: []\n"
    (tmp_path / "fees.yml").write_text(mapping.replace("age: age", "balance: fee"))
    with pytest.raises(ChurnError, match=r"has two columns named Fee.*name both in"):
        taken(tmp_path, "bank.csv", mapping="fees.yml")


@pytest.mark.parametrize(
    ("months", "taken_month"),
    [
        (["2024-01", "2024-02", "2024-03"], "latest"),
        (["9", "10", "11"], "latest"),
        (["2024-03-31", "2024-06-30"], "latest"),
        (["31.01.2024", "28.02.2024"], "28.02.2024"),
    ],
    ids=str,
)
def test_of_several_rows_of_a_customer_the_latest_is_taken(
    tmp_path, customers, months, taken_month
):
    earlier = [customers.assign(month=month, churn=0, age=0) for month in months[:-1]]
    panel = pd.concat([customers.assign(month=months[-1]), *earlier])
    read, draft = taken(tmp_path, write(tmp_path, "panel.csv", panel))
    agrees(read, customers)
    assert draft.rows_of == {"month": taken_month} and draft.key == ["user_id"]
    assert f"The latest is taken, {months[-1]}, " in draft.unsure[0]
    assert draft.churned == customers["churn"].sum()


def test_which_rows_are_meant_can_be_said(tmp_path, customers):
    panel = pd.concat([customers.assign(month=month) for month in ("Jan", "Feb")])
    write(tmp_path, "panel.csv", panel)
    mapping = (
        "key: [user_id]\nrows: {month: MONTH}\n"
        "columns: {user_id: customer_id, has_churned: churn, age: age, balance: balance}\n"
    )

    def read_month(month):
        (tmp_path / "said.yml").write_text(mapping.replace("MONTH", month))
        return taken(tmp_path, "panel.csv", mapping="said.yml")[0]

    agrees(read_month("Jan"), customers.drop(columns="gender"))
    with pytest.raises(
        ChurnError, match=r"no row whose month is Mar .rows.. It has values from Feb to Jan"
    ):
        read_month("Mar")
    with pytest.raises(ChurnError, match="Which month is the latest cannot be told"):
        read_month("latest")
    with pytest.raises(ChurnError, match=r"has no column moth .rows."):
        mapping = mapping.replace("{month:", "{moth:")
        read_month("Jan")


def test_rows_of_a_draft_are_those_of_a_typed_table(tmp_path, customers):
    """Numbers and dates of Parquet have the same latest one."""
    with duckdb.connect() as connection:
        connection.sql(
            "select customers.*, day from customers cross join "
            "(values (date '2024-01-31'), (date '2024-02-29')) as days (day)"
        ).write_parquet(str(tmp_path / "panel.parquet"))
    read, draft = taken(tmp_path, "panel.parquet")
    assert len(read) == ROWS and draft.rows_of == {"day": "latest"}
    assert query(tmp_path / "taken.duckdb", "select count(*) from raw_customers") == [(2 * ROWS,)]
