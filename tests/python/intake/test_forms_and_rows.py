"""Amounts with words, dates of many forms, columns of one name, and several rows of a customer."""

import re

import duckdb
import numpy as np
import pandas as pd
import pytest

from python_steps.common.errors import ChurnError
from python_steps.intake.drafts.forms import units_of
from python_steps.intake.drafts.make import draft_mapping
from python_steps.intake.drafts.table import TOTALS

from ..conftest import PROJECT, query
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


def test_days_count_from_the_last_date_of_the_table(tmp_path, customers):
    age = pd.to_timedelta(customers["age"], "D")
    table = customers.assign(
        joined=pd.Timestamp("2020-01-01") - age,
        seen=pd.Timestamp("2024-05-01") + age,
        contract_end=pd.Timestamp("2090-01-01") + age,
    )
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    last = table["seen"].max()
    for name in ("joined", "seen", "contract_end"):
        assert read[name].tolist() == (last - table[name]).dt.days.tolist()
    labels = [entry["label"] for entry in draft.attributes]
    assert labels == ["days since joined", "days since seen", "days past contract end"]


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
    assert f"The latest, {months[-1]}, is taken" in draft.unsure[0]
    assert draft.churned == customers["churn"].sum()
    # Where the months are days or months that a build reads, they date the table.
    assert draft.as_of == ("month" if months[0].startswith("2024-") else "")


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("gone", r"has no column gone .as_of.. Write a day there as 2024-03-31"),
        ("day", r"as_of: day has values that are no day, such as soon. Days are written as"),
    ],
)
def test_a_date_that_cannot_be_read_is_said_at_once(tmp_path, customers, as_of, said):
    write(
        tmp_path, "bank.csv", customers.assign(day=["2024-01-31", "soon"] * (len(customers) // 2))
    )
    (tmp_path / "said.yml").write_text(
        f"key: [user_id]\nas_of: {as_of}\n"
        "columns: {user_id: customer_id, has_churned: churn, age: age, balance: balance}\n"
    )
    with pytest.raises(ChurnError, match=said):
        taken(tmp_path, "bank.csv", mapping="said.yml")


def test_what_moves_with_the_month_tells_nobody(tmp_path, customers):
    """Who left has no later row: a date of the export would tell it."""
    months = {"2024-01": "2024-01-31", "2024-02": "2024-02-29"}
    panel = pd.concat([
        customers[(customers["churn"] == 0) | (month == "2024-01")].assign(month=month, export=day)
        for month, day in months.items()
    ])  # fmt: skip
    _, draft = taken(tmp_path, write(tmp_path, "panel.csv", panel))
    assert "it says of when a row is" in draft.left_out["export"]
    assert "export" not in draft.columns.values()


def test_scores_with_a_decimal_comma_say_nobody_left(tmp_path, customers):
    scores = [f"{number % 11},0" for number in range(len(customers))]
    _, draft = taken(tmp_path, write(tmp_path, "bank.csv", customers.assign(nps=scores), sep=";"))
    assert draft.columns["has_churned"] == "churn"


def test_a_word_like_the_header_is_a_word(tmp_path, customers):
    table = customers.assign(lost=customers["churn"].map({0: "active", 1: "lost"}))
    _, draft = taken(tmp_path, write(tmp_path, "bank.csv", table.drop(columns="churn")))
    assert draft.columns["has_churned"] == "lost"
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


def test_customers_who_drop_out_of_a_panel_are_taken_by_their_last_row(tmp_path, customers):
    months = ["202401", "202402", "202403"]
    left = customers["churn"] == 1
    panel = pd.concat(
        [
            customers.assign(month=months[0], churn=0),
            customers.assign(month=months[1]),
            customers[~left].assign(month=months[2]),
        ]
    ).rename(columns={"customer_id": "account_no"})
    # Rows have numbers of their own, which are no customers.
    panel.insert(0, "record_id", np.arange(len(panel)) + 10_000)
    read, draft = taken(tmp_path, write(tmp_path, "panel.csv", panel))
    assert draft.rows_of == {"month": "latest_of_each"}
    assert f"{left.sum()} customers have no row of 202403; {left.sum()} of them" in draft.unsure[0]
    assert len(read) == ROWS and read["has_churned"].sum() == left.sum() == draft.churned


def test_a_month_is_of_a_year(tmp_path, customers):
    times = [(2023, 11), (2023, 12), (2024, 1), (2024, 2)]
    panel = pd.concat(
        [customers.assign(year=year, month=month, churn=0) for year, month in times[:-1]]
        + [customers.assign(year=2024, month=2)]
    )
    read, draft = taken(tmp_path, write(tmp_path, "panel.csv", panel))
    assert draft.rows_of == {"year": "latest", "month": "latest"}
    agrees(read, customers)


def test_months_with_names_are_in_their_order_and_repeated_rows_are_no_hindrance(
    tmp_path, customers
):
    earlier = [customers.assign(month=month, churn=0) for month in ("Oct-2023", "Jan-2024")]
    panel = pd.concat([*earlier, customers.assign(month="Mar-2024"), earlier[0].head(2)])
    read, draft = taken(tmp_path, write(tmp_path, "panel.csv", panel))
    assert draft.rows_of == {"month": "Mar-2024"}
    agrees(read, customers)


def test_points_between_thousands_are_asked_about(tmp_path, customers):
    whole = (customers["balance"] + 1000).astype(int)
    points = whole.map(lambda number: f"{number:,}".replace(",", "."))
    table = customers.assign(balance=points)
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table, sep=";"))
    assert read["balance"].astype(int).tolist() == whole.tolist()
    assert draft.csv == {"decimal": ",", "thousands": "."} and "12.345" in draft.unsure[0]


def test_a_way_of_writing_that_only_some_columns_have_is_said(tmp_path, customers):
    table = customers.assign(
        balance=customers["balance"].map(lambda number: f"{number:,.2f}".replace(",", "’")),
        rate=[f"{age / 10:.1f} %".replace(".", ",") for age in customers["age"]],
    )
    write(tmp_path, "bank.csv", table, sep=";")
    draft = draft_mapping(str(tmp_path / "bank.csv"))
    assert any("how the numbers of balance are written" in one for one in draft.unsure)


def test_a_line_of_totals_is_no_customer(tmp_path, customers):
    table = customers.assign(closed_date=np.where(customers["churn"] == 1, "2024-03-01", "")).drop(
        columns="churn"
    )
    total = {"customer_id": "TOTAL", "balance": table["balance"].sum()}
    source = write(tmp_path, "bank.csv", pd.concat([table, pd.DataFrame([total])]))
    read, draft = taken(tmp_path, source)
    agrees(read, customers)
    assert draft.rows == ROWS
    assert query(
        tmp_path / "taken.duckdb",
        "select rejection_reasons from int_customers_validated where rejection_reasons is not null",
    ) == [("is a line of totals, no customer",)]


def test_a_draft_and_a_build_know_the_same_totals():
    macro = (PROJECT / "macros/values/is_total.sql").read_text(encoding="utf-8")
    assert re.findall(r"'([^']+)'", macro.split("in (")[1]) == list(TOTALS)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("newsletter", {0: "0", 1: "1"}),
        ("stars", {0: "3", 1: "1"}),
        ("Active customer", {0: "Y", 1: "N"}),
        ("Aktiv", {0: "Ja", 1: "Nein"}),
        ("active_status", {0: "Y", 1: "N"}),
        ("closing_balance", {0: "0", 1: "3"}),
    ],
)
def test_without_a_name_that_says_it_the_outcome_is_asked_for(tmp_path, customers, column, words):
    table = customers.assign(
        **{column: customers["churn"].map(words)}, cancelled_orders=customers["age"] % 6
    ).drop(columns="churn")
    write(tmp_path, "bank.csv", table)
    draft = draft_mapping(str(tmp_path / "bank.csv"))
    assert "has_churned" not in draft.columns and "no column says who left" in draft.unsure[0]
    if "ti" in column.lower() and column.lower()[0] == "a":
        # Said to be it, it says who stayed.
        draft = draft_mapping(str(tmp_path / "bank.csv"), outcome=column)
        assert draft.churned == customers["churn"].sum()


@pytest.mark.parametrize(
    ("column", "left", "stayed"),
    [
        ("Abgewandert", "Ja", "Nein"),
        ("Estado", "Baja", "Alta"),
        ("Cessato", "1", "0"),
        ("Kündigungsdatum", "01.02.2024", ""),
        ("Closing date", "2024-02-01", "still open"),
        ("Did you close your account?", "Yes, I did", "No"),
    ],
)
def test_an_outcome_beside_activity(tmp_path, customers, column, left, stayed):
    table = customers.assign(
        Aktiv=np.where(customers["age"] < 50, "Ja", "Nein"),
        **{column: np.where(customers["churn"] == 1, left, stayed)},
    ).drop(columns="churn")
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert draft.columns["has_churned"] == column
    agrees(read, customers)


@pytest.mark.parametrize("nothing", ["", "0"])
def test_numbers_that_only_those_who_left_have(tmp_path, customers, nothing):
    days = (customers["age"] * 7 + 1).astype(str)
    table = customers.assign(days_to_churn=np.where(customers["churn"] == 1, days, nothing))
    table = table.drop(columns="churn")
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert draft.when_set and draft.columns["has_churned"] == "days_to_churn"
    agrees(read, customers)


def test_in_small_tables_numbers_do_not_tell_the_outcome_by_chance(tmp_path):
    table = pd.DataFrame(
        {
            "customer_id": np.arange(40) + 100,
            "alter": np.arange(20, 60),
            "amount": np.random.default_rng(1).permutation(40) + 0.5,
            "churned": [number % 4 == 0 for number in range(40)],
        }
    )
    write(tmp_path, "small.csv", table)
    assert not draft_mapping(str(tmp_path / "small.csv")).left_out


def test_counts_of_groups_are_asked_about(tmp_path):
    groups = pd.MultiIndex.from_product([["A", "B"], ["N", "S", "E", "W"], ["Yes", "No"]])
    table = groups.to_frame(index=False, name=["segment", "region", "churned"])
    write(tmp_path, "groups.csv", table.assign(count=np.arange(16) * 7 + 3))
    draft = draft_mapping(str(tmp_path / "groups.csv"))
    assert any("whether count counts the customers of a group" in one for one in draft.unsure)


def test_names_may_have_any_letters(tmp_path, customers):
    table = customers.rename(columns={"age": "age 🎂", "balance": "saldo 余额 é"})
    read, _ = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert read["age_group" if "age_group" in read else "age"].tolist() == table["age 🎂"].tolist()
