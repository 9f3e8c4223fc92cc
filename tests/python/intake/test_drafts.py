"""Tables of many shapes are read from their untouched drafts, as pandas reads them."""

import gzip
import io
import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml

from python_steps.common.errors import ChurnError
from python_steps.intake.drafts.forms import FAR
from python_steps.intake.drafts.make import draft_mapping
from python_steps.intake.drafts.outcome import NO, YES
from python_steps.intake.drafts.words import find_order, label_of

from ..conftest import PROJECT, build, query, run_churn
from .conftest import ROWS, agrees, taken, write


@pytest.mark.parametrize(
    "options",
    [
        {"sep": ";", "decimal": ","},
        {"quoting": 1, "quotechar": "'", "sep": "\t"},
        {"encoding": "utf-16", "lineterminator": "\r\n", "sep": "|"},
    ],
    ids=str,
)
def test_however_it_is_written(tmp_path, customers, options):
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", customers, **options))
    agrees(read, customers)
    assert draft.key == ["user_id"] and not draft.unsure


def test_in_russian(tmp_path, customers):
    russian = pd.DataFrame(
        {
            "ид": customers["customer_id"],
            "пол": customers["gender"].map({"Male": "М", "Female": "Ж"}),
            "возраст": customers["age"],
            "город": np.where(customers["age"] % 3 == 0, "Ярославль", "Ростов"),
            "баланс": customers["balance"],
            "активен": np.where(customers["age"] % 2 == 0, "Да", "Нет"),
            "отток": customers["churn"].map({1: "Да", 0: "Нет"}),
        }
    )
    source = write(tmp_path, "cp1251.csv", russian, sep=";", decimal=",", encoding="cp1251")
    read, draft = taken(tmp_path, source)
    agrees(read, customers)
    assert read["city"].tolist() == russian["город"].tolist()
    assert read["is_active"].tolist() == (russian["активен"] == "Да").tolist()
    assert draft.csv == {"encoding": "windows-1251", "decimal": ","}
    # Without the draft, the message has the remedy, and it works.
    said = run_churn(tmp_path, "check", "--source", "cp1251.csv")
    assert "it reads well as windows-1251" in said.stdout
    assert "--encoding windows-1251" in said.stdout
    (tmp_path / "draft.yml").unlink()
    drafted = run_churn(tmp_path, "mapping", "--source", "cp1251.csv", "--out", "draft.yml")
    assert drafted.returncode == 0, drafted.stderr
    checked = run_churn(tmp_path, "check", "--source", "cp1251.csv", "--mapping", "draft.yml")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("churn_flag", {0: "0", 1: "1"}),
        ("Churn Label", {0: "No", 1: "Yes"}),
        ("Attrition_Flag", {0: "Existing Customer", 1: "Attrited Customer"}),
        ("Customer Status", {0: "Stayed", 1: "Churned"}),
        ("Exited", {0: "0.0", 1: "1.0"}),
        ("account_closed", {0: "open", 1: "closed"}),
        ("Cancelled", {0: "n", 1: "y"}),
        ("lapsed", {0: "FALSE", 1: "TRUE"}),
        ("retained", {0: "1", 1: "0"}),
        ("is_renewed", {0: "yes", 1: "no"}),
        ("status", {0: "active", 1: "terminated"}),
        ("y", {0: "0", 1: "1"}),
        ("target", {0: "no", 1: "yes"}),
        ("Ушёл", {0: "нет", 1: "да"}),
        ("end_date", {0: "", 1: "2024-03-01"}),
        ("end_date", {0: "No", 1: "2024-03-01"}),
        ("closed_on_date", {0: "9999-12-31", 1: "2024-03-01"}),
    ],
)
def test_the_outcome_is_found(tmp_path, customers, column, words):
    table = customers.assign(**{column: customers["churn"].map(words)}).drop(columns="churn")
    draft = draft_mapping(str(tmp_path / write(tmp_path, "bank.csv", table)))
    assert draft.columns["has_churned"] == column
    assert draft.churned == customers["churn"].sum()


def test_an_end_that_is_no_date_is_none(tmp_path, customers):
    """Translated first: No, nothing and a date far ahead."""
    words = np.array(["No", "", "9999-12-31"])[np.arange(ROWS) % 3]
    ends = np.where(customers["churn"] == 1, "2024-03-01", words)
    table = customers.assign(end_date=ends)
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table.drop(columns="churn")))
    assert draft.when_set
    agrees(read, customers)


def test_lines_that_are_no_customers_are_rejected(tmp_path, customers):
    text = customers.to_csv(index=False).splitlines()
    for name, lines in {
        "middle.csv": [*text[:150], text[0], *text[150:]],
        "described.csv": [
            text[0], 'number,"as told, or not",years,in roubles,whether they left us', *text[1:],
        ],
    }.items():  # fmt: skip
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        if name == "middle.csv":
            read, _ = taken(tmp_path, name)
            agrees(read, customers)
        else:
            draft = draft_mapping(str(tmp_path / name))
            assert draft.churned == customers["churn"].sum() and not draft.values.get("has_churned")


def test_titles_stand_before_the_header(tmp_path, customers):
    text = customers.to_csv(index=False)
    (tmp_path / "titled.csv").write_text(f"Customers of 2024,,,,\n\n{text}", encoding="utf-8")
    read, draft = taken(tmp_path, "titled.csv")
    agrees(read, customers)
    assert draft.csv == {"skip": "2"}
    (tmp_path / "told.csv").write_text("sep=,\n" + text, encoding="utf-8")
    assert draft_mapping(str(tmp_path / "told.csv")).csv == {"skip": "1"}


def test_backslashes_before_quotes(tmp_path, customers):
    table = customers.assign(note='said "no", and left')
    source = write(tmp_path, "spark.csv", table, doublequote=False, escapechar="\\")
    read, draft = taken(tmp_path, source)
    agrees(read, customers)
    assert draft.csv == {"escape": "\\"}


def test_signs_around_numbers(tmp_path, customers):
    table = customers.assign(
        balance=customers["balance"].map("€{:.2f}".format),
        income=(customers["age"] * 1234.5).map("${:,.2f}".format),
        rate=customers["age"].map("{}%".format),
    )
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    agrees(read, customers)
    assert read["estimated_income"].astype(float).tolist() == (customers["age"] * 1234.5).tolist()
    assert read["rate"].astype(float).tolist() == customers["age"].tolist()
    assert draft.csv == {"thousands": ",", "signs": "$%€"}


def test_a_point_and_a_comma_in_one_file(tmp_path, customers):
    """A point among decimal commas is read where it cannot stand between thousands."""
    table = customers.assign(
        balance=customers["balance"].map(lambda number: f"{number:.2f}".replace(".", ",")),
        salary=(customers["age"] * 1000.25).map("{:.2f}".format),
    )
    read, _ = taken(tmp_path, write(tmp_path, "bank.csv", table, sep=";"))
    agrees(read, customers)
    assert read["estimated_income"].astype(float).tolist() == (customers["age"] * 1000.25).tolist()


def test_words_that_mean_missing(tmp_path, customers):
    table = customers.assign(
        gender=customers["gender"].where(customers["age"] > 25, "Unknown"),
        balance=customers["balance"].astype(str).where(customers["age"] > 30, "-"),
    )
    read, _ = taken(tmp_path, write(tmp_path, "bank.csv", table))
    assert read["gender"].isna().tolist() == (customers["age"] <= 25).tolist()
    assert read["balance"].isna().tolist() == (customers["age"] <= 30).tolist()


def test_words_translated_to_nothing_are_missing(tmp_path, customers):
    write(tmp_path, "bank.csv", customers.assign(gender=["Male", "x", "z"] * 100))
    (tmp_path / "bank.yml").write_text(
        "key: [user_id]\n"
        "columns: {user_id: customer_id, has_churned: churn, gender: gender}\n"
        'values: {gender: {x: "", z: null, Male: male}}\n'
    )
    checked = run_churn(
        tmp_path, "check", "--source", "bank.csv", "--mapping", "bank.yml", "--json"
    )
    said = json.loads(checked.stdout)
    assert said["status"] == "fine"
    assert [
        "Customers without gender" in one["problem"] and one["rows"] for one in said["findings"]
    ] == [200]


def test_values_decide_not_names(tmp_path, customers):
    random = np.random.default_rng(1)
    scale = random.choice(["low", "medium", "high"], ROWS)
    table = customers[["customer_id", "churn"]].assign(
        salary=scale,
        age=random.choice(["18-29", "30-44", "45+"], ROWS),
        age_band=random.choice(["young", "old"], ROWS),
        rating=random.choice(["AAA", "BB", "C"], ROWS),
        zip=random.integers(10_000, 10_020, ROWS),
        turnover=random.integers(100_000, 900_000, ROWS),
        last_visit=pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 99, ROWS), "D"),
    )
    read, draft = taken(tmp_path, write(tmp_path, "bank.csv", table))
    entries = {entry["name"]: entry for entry in draft.attributes}
    assert entries["salary"]["order"] == ["low", "medium", "high"]
    assert entries["age_group"]["order"] == ["18-29", "30-44", "45+"]
    assert entries["age_band_group"]["label"] == "age band"
    assert entries["zip"]["type"] == "text" and entries["turnover"]["type"] == "number"
    assert entries["last_visit"]["label"] == "days since last visit"
    days = (table["last_visit"].max() - table["last_visit"]).dt.days
    assert read["last_visit"].tolist() == days.tolist()
    assert read["salary"].tolist() == list(scale)
    assert read["turnover"].astype(int).tolist() == table["turnover"].tolist()


def test_what_identifies_a_customer(tmp_path, customers):
    table = customers.drop(columns="customer_id").assign(
        state=[f"S{row % 51:02}" for row in range(ROWS)],
        phone=[f"555-{1000 + row}" for row in range(ROWS)],
    )
    draft = draft_mapping(str(tmp_path / write(tmp_path, "bank.csv", table)))
    assert draft.columns["user_id"] == "phone" and draft.columns["state"] == "state"

    source = write(tmp_path, "none.csv", customers.drop(columns="customer_id"))
    read, draft = taken(tmp_path, source)
    assert draft.key == ["row_number"] and "key: row_number" in draft.text(source)
    assert read["customer_id"].tolist() == [str(row + 1) for row in range(ROWS)]
    agrees(read, customers)

    customers.to_csv(tmp_path / "index.csv")
    assert draft_mapping(str(tmp_path / "index.csv")).left_out == {
        "column_1": "it numbers the rows"
    }


def test_what_tells_the_outcome_is_kept_out(tmp_path, customers):
    random = np.random.default_rng(2)
    table = customers.assign(
        complain=np.where(random.random(ROWS) < 0.02, 1 - customers["churn"], customers["churn"]),
        churn_reason=np.where(customers["churn"] == 1, "service", ""),
        churn_score=customers["churn"] * 30 + random.integers(0, 40, ROWS),
        member_since=random.integers(2000, 2020, ROWS),
    )
    draft = draft_mapping(str(tmp_path / write(tmp_path, "bank.csv", table)))
    assert {"complain", "churn_reason", "churn_score"} == set(draft.left_out) == set(draft.keep_out)
    assert all("it tells who left" in why for why in draft.left_out.values())
    # Where somebody uses it all the same, it is named.
    (tmp_path / "used.yml").write_text(
        "key: [user_id]\n"
        "columns: {user_id: customer_id, has_churned: churn, age: age, complain: complain}\n"
        "attributes: [{name: complain, type: boolean}]\n"
    )
    checked = run_churn(tmp_path, "check", "--source", "bank.csv", "--mapping", "used.yml")
    assert checked.returncode == 1 and "complain: it tells who left" in checked.stdout


def test_columns_that_agree_are_one(tmp_path, customers):
    table = customers.assign(years=customers["age"], has_card=customers["age"] % 2)
    source = write(tmp_path, "bank.csv", table.assign(card=table["has_card"]))
    draft = draft_mapping(str(tmp_path / source))
    assert draft.left_out == {
        "years": "it agrees with age in every row",
        "card": "it agrees with has_card in every row",
    }


def test_the_whole_table_is_looked_at(tmp_path, customers):
    """As one that is sorted by the outcome needs."""
    many = pd.concat([customers.sort_values("churn")] * 100, ignore_index=True)
    many["customer_id"] = range(len(many))
    many = many.sort_values("churn", kind="stable")
    with gzip.open(tmp_path / "sorted.csv.gz", "wt") as packed:
        many.to_csv(packed, index=False)
    draft = draft_mapping(str(tmp_path / "sorted.csv.gz"))
    assert draft.rows == len(many) and draft.churned == many["churn"].sum()


def workbook(file, rows, second=None):
    """A workbook as spreadsheets write it, of texts, numbers and days."""

    def cell(value):
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>" if value is not None else "<c/>"

    def sheet(rows):
        body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        return (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{body}</sheetData></worksheet>"
        )

    sheets = {"Customers": rows, **({"Second": second} if second else {})}
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}"><Relationship Id="rId1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{relations}"><sheets>'
            + "".join(
                f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>'
                for place, name in enumerate(sheets, start=1)
            )
            + "</sheets></workbook>",
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}">'
            + "".join(
                f'<Relationship Id="rId{place}" Type="{relations}/worksheet" '
                f'Target="worksheets/sheet{place}.xml"/>'
                for place in range(1, len(sheets) + 1)
            )
            + "</Relationships>",
        )
        for place, of in enumerate(sheets.values(), start=1):
            packed.writestr(f"xl/worksheets/sheet{place}.xml", sheet(of))


def test_excel(tmp_path, customers):
    rows = [["Our customers"], [], list(customers.columns), *customers.values.tolist()]
    workbook(tmp_path / "bank.xlsx", rows)
    read, draft = taken(tmp_path, "bank.xlsx")
    agrees(read, customers)
    assert draft.key == ["user_id"] and not draft.csv
    workbook(tmp_path / "two.xlsx", rows, second=rows[2:])
    with pytest.raises(
        ChurnError, match=r"several sheets with data: Customers, Second.*two.xlsx::"
    ):
        draft_mapping(str(tmp_path / "two.xlsx"))
    with pytest.raises(ChurnError, match="has no sheet Thrid"):
        draft_mapping(str(tmp_path / "two.xlsx::Thrid"))
    agrees(taken(tmp_path, "two.xlsx::Second")[0], customers)
    published = build(tmp_path, "two.xlsx::Second", CHURN_MAPPING="draft.yml")
    assert query(published, "select customers, churned from churn_overview") == [
        (ROWS, customers["churn"].sum())
    ]
    (tmp_path / "broken.xlsx").write_bytes((tmp_path / "two.xlsx").read_bytes()[:300])
    with pytest.raises(ChurnError, match="cannot be read as Excel"):
        draft_mapping(str(tmp_path / "broken.xlsx"))


def test_a_draft_is_yaml_whatever_is_in_it(tmp_path):
    table = pd.DataFrame(
        {
            "yes": ["a: b", "- c", "{d}", "no"] * 25,
            'odd "name"\n{{ x }}': ["on", "off"] * 50,
            "churn": [0, 1, 0, 0] * 25,
        }
    )
    buffer = io.StringIO()
    table.to_csv(buffer, index=False)
    (tmp_path / "odd.csv").write_text(buffer.getvalue(), encoding="utf-8")
    draft = draft_mapping(str(tmp_path / "odd.csv"))
    read = yaml.safe_load(draft.text("odd.csv"))
    assert set(read["columns"].values()) <= set(table.columns)
    assert read["key"] == "row_number"


def test_heavy_values_are_bands_of_their_own(tmp_path, customers):
    zeros = customers["age"] % 10 > 0
    table = customers.assign(
        balance=customers["balance"].where(~zeros, 0.0),
        plan=np.where(customers["age"] % 10 > 0, 1, 2),
    )
    source = write(tmp_path, "bank.csv", table)
    taken(tmp_path, source)
    published = build(tmp_path, source, CHURN_MAPPING="draft.yml")
    bands = query(
        published,
        "select attribute, band, customers from churn_rates "
        "where attribute in ('balance', 'plan') order by attribute, band_order",
    )
    assert ("balance", "0", int(zeros.sum())) in bands
    assert [(band, count) for name, band, count in bands if name == "plan"] == [
        ("1", int(zeros.sum())), ("2 or more", int((~zeros).sum()))
    ]  # fmt: skip
    assert sum(count for name, _, count in bands if name == "balance") == ROWS


def test_offers_are_of_the_business(tmp_path, customers):
    gym = customers.drop(columns="balance").rename(columns={"customer_id": "member_id"})
    gym["visits"] = gym["age"] % 9
    source = write(tmp_path, "gym.csv", gym)
    draft = draft_mapping(str(tmp_path / source))
    assert "business: other" in draft.text(source)
    bank = draft_mapping(str(tmp_path / write(tmp_path, "bank.csv", customers)))
    assert "business" not in bank.text("bank.csv")


def test_a_draft_and_a_build_know_the_same_words():
    macros = PROJECT / "macros" / "values"
    booleans = (macros / "parse_boolean.sql").read_text(encoding="utf-8")
    yes, no = (
        set(re.findall(r"'([^']+)'", line)) for line in booleans.splitlines() if " in (" in line
    )
    assert (yes, no) == ({*YES}, {*NO})
    assert f"'{FAR}'" in (macros / "parse_outcome.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("AccountWeeks", "account weeks"), ("HasCrCard", "has cr card"), ("jahr_kWh", "jahr kwh"),
        ("MONTHLY_FEE", "monthly fee"), ("ОстатокНаСчёте", "остаток на счёте"),
    ],
)  # fmt: skip
def test_columns_are_called_by_their_words(column, label):
    assert label_of(column) == label


@pytest.mark.parametrize(
    "order",
    [
        ["<20k", "20k-40k", "60k-100k", ">100k"], ["under 18", "18-25", "over 25"],
        ["niedrig", "mittel", "hoch"],
    ],
)  # fmt: skip
def test_groups_and_scales_have_their_order(order):
    assert find_order(sorted(order)) == order
