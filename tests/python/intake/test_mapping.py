"""Tables of other banks: a mapping alone makes the same of them."""

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from python_steps.common.errors import ChurnError
from python_steps.intake.drafts.make import draft_mapping
from python_steps.intake.mapping import find_mapping, read_mapping

from ...tables import international_bank, telecom, write_table
from ..conftest import PROJECT, build, churn_environment, query, run_churn

VARS = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]
GOOD = {
    "key": ["user_id"],
    "columns": {"user_id": "Id", "age": "Age", "gender": "Sex", "has_churned": "Gone"},
}


def write(folder, mapping):
    file = folder / "bank.yml"
    text = mapping if isinstance(mapping, str) else yaml.safe_dump(mapping, allow_unicode=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    international_bank(folder / "bank.csv")
    return build(folder, "bank.csv", CHURN_MAPPING="international_bank")


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    folder = tmp_path_factory.mktemp("telecom")
    telecom(folder / "telecom.csv")
    return build(folder, "telecom.csv", CHURN_MAPPING="telecom")


def test_extreme_attributes_are_built(tmp_path):
    """Two hundred contracts, some named like bands; a column without and one with one value."""
    telecom(tmp_path / "telecom.csv", rows=800)
    with (tmp_path / "telecom.csv").open(encoding="utf-8") as opened:
        header, *rows = csv.reader(opened)
    contract, senior = header.index("Contract"), header.index("SeniorCitizen")
    charges = header.index("TotalCharges")
    for number, row in enumerate(rows):
        row[senior], row[charges] = "1", ""
        row[contract] = (
            ("missing", "other", "")[number % 6] if number % 6 < 3 else f"c{number % 200}"
        )
    write_table(tmp_path / "extreme.csv", " ".join(header), rows)
    published = build(tmp_path, "extreme.csv", CHURN_MAPPING="telecom")
    rates = dict(
        query(published, "select band, customers from churn_rates where attribute = 'contract'")
    )
    assert len(rates) == 22 and sum(rates.values()) == 800
    counts = [sum(row[contract] == value for row in rows) for value in ("", "missing", "other")]
    assert [rates["missing"], rates['"missing"'], rates['"other"']] == counts
    assert query(
        published, "select band, churn_rate from churn_rates where attribute = 'is_senior'"
    ) == [("yes", query(published, "select churn_rate from churn_overview")[0][0])]
    assert query(
        published, "select band, customers from churn_rates where attribute = 'total_charges'"
    ) == [("missing", 800)]
    for (table,) in query(published, "show tables"):
        for column, kind, *_ in query(published, f"describe {table}"):
            if kind == "DOUBLE":
                wrong = f'select count(*) from {table} where not isfinite("{column}")'
                assert query(published, wrong) == [(0,)], (table, column)
    for rule, customers in query(published, "select rule_sql, customers from risk_segments"):
        assert query(published, f"select count(*) from customers where {rule}") == [(customers,)]
    finished = run_churn(tmp_path, "report", "--lang", "ru", "--out", "report")
    assert finished.returncode == 0, finished.stderr


def test_a_banks_own_attributes_are_like_the_known_ones(bank):
    assert query(bank, "select rows_read, rows_accepted from publication") == [(3000, 3000)]
    for table in ("churn_rates", "attribute_profiles", "adjusted_effects"):
        found = {one for (one,) in query(bank, f"select distinct attribute from {table}")}
        assert {"country", "tenure", "age"} <= found, table
        assert not {"city", "equity_points"} & found, table
    assert query(
        bank, "select band from churn_rates where attribute = 'tenure' order by band_order"
    )[:2] == [("0",), ("1-2",)]
    ((question, conclusion),) = query(
        bank,
        "select question_ru, conclusion from hypothesis_tests "
        "where hypothesis_id = 'country__chi_square'",
    )
    assert (question, conclusion) == (
        "«страна»: различается ли доля ушедших между группами?",
        "difference",
    )
    rules = [
        rule
        for (rule,) in query(
            bank,
            "select rule_sql from risk_segments where is_confirmed and direction = 'leaving' "
            "and origin = 'discovered'",
        )
    ]
    assert any("country = 'Germany'" in rule and "age >= 45" in rule for rule in rules)
    assert any("product_count >= 3" in rule for rule in rules)
    names = [name for (name,) in query(bank, "select name_ru from risk_segments")]
    assert any("страна: Germany" in name for name in names)
    # A segment is what its rule selects, in the published table too.
    for rule, customers in query(bank, "select rule_sql, customers from risk_segments"):
        assert query(bank, f"select count(*) from customers where {rule}") == [(customers,)]


def test_absent_attributes_step_aside(bank, provider):
    assert query(bank, "select count(*) from churn_by_city") == [(0,)]
    assert query(
        bank, "select count(city), count(city_band), count(country_band) from customers"
    ) == [(0, 0, 3000)]
    assert not query(bank, "select 1 from risk_segments where segment_id = 'high_score_owners'")
    assert query(bank, "select 1 from risk_segments where segment_id = 'men_high_income'")
    assert query(provider, "select count(*) from churn_rates where attribute = 'age'") == [(0,)]
    # Nobody's balance is known, which is no reason to offer anything to those without.
    offered = {one for (one,) in query(provider, "select action_id from segment_recommendations")}
    # And what a bank offers is nothing for a telecom provider.
    assert offered == {"ask_them", "no_discount"}
    leaving = query(
        bank,
        "select action_en, reason_en from segment_recommendations inner join risk_segments "
        "using (segment_id) where rule_sql = 'product_count >= 3' "
        "order by segment_recommendations.priority",
    )
    assert leaving and not any("equity" in reason for _, reason in leaving)
    assert {name for (name,) in query(provider, "select attribute from attributes")} == {
        "gender", "is_senior", "has_partner", "tenure", "internet", "contract", "payment",
        "monthly_charges", "total_charges",
    }  # fmt: skip


def test_words_and_blanks_are_read(provider):
    assert query(provider, "select count(*) from rejected_rows") == [(0,)]
    rows = dict(
        query(provider, "select band, customers from churn_rates where attribute = 'internet'")
    )
    assert set(rows) == {"DSL", "Fiber optic", "No"}
    ((missing,),) = query(
        provider,
        "select customers from churn_rates where attribute = 'total_charges' and band = 'missing'",
    )
    assert missing > 0
    sharpest = query(
        provider,
        "select rule_sql from risk_segments where direction = 'leaving' order by rank limit 1",
    )
    assert "contract = 'Month-to-month'" in sharpest[0][0]


@pytest.mark.parametrize("which", ["bank", "provider"])
def test_no_figure_is_nan(which, request):
    file = request.getfixturevalue(which)
    for (table,) in query(file, "show tables"):
        for column, kind, *_ in query(file, f"describe {table}"):
            if kind == "DOUBLE":
                wrong = f'select count(*) from {table} where not isfinite("{column}")'
                assert query(file, wrong) == [(0,)], (table, column)


def test_columns_kept_out_are_nowhere(bank):
    for file in (bank, bank.with_name("work.duckdb")):
        assert b"Smith4" not in file.read_bytes()
    tables = [table for (table,) in query(bank.with_name("work.duckdb"), "show tables")]
    for table in tables:
        assert not query(
            bank.with_name("work.duckdb"),
            f"select 1 from (select {table}::varchar as line from {table}) "
            "where line like '%Smith4%' limit 1",
        ), table


def test_the_output_says_what_steps_aside(tmp_path):
    telecom(tmp_path / "telecom.csv", 300)
    finished = run_churn(
        tmp_path, "build", "--source", "telecom.csv", "--mapping",
        str(PROJECT / "mappings" / "telecom.yml"),
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert "The table has no age, city, credit score" in finished.stdout
    assert "steps aside: " in finished.stdout and "young_high_balance" in finished.stdout
    report = run_churn(tmp_path, "report", "--lang", "ru")
    assert report.returncode == 0, report.stderr
    assert "договор" in (tmp_path / "report" / "dashboard.html").read_text(encoding="utf-8")


def test_a_date_that_is_set_can_mean_that_they_left(tmp_path):
    rows = [
        [
            number,
            20 + number % 50,
            "MF"[number % 2],
            "2026-03-01" if number % 5 == 0 else "",
            "2026-03" if number % 2 else "2026-02",
        ]
        for number in range(400)
    ]
    write_table(tmp_path / "dates.csv", "Id Age Sex Gone Month", rows)
    write(
        tmp_path,
        {
            **GOOD,
            "churned_when_set": True,
            "as_of": "month",
            "values": {"gender": {"M": "male", "F": "female"}},
        },
    )
    published = build(tmp_path, "dates.csv", CHURN_MAPPING="bank.yml")
    assert query(published, "select customers, churned from churn_overview") == [(400, 80)]
    assert query(published, "select count(*) from rejected_rows") == [(0,)]
    # The last day of the last month.
    assert query(published, "select as_of from publication") == [(date(2026, 3, 31),)]


@pytest.mark.parametrize(
    "kinds",
    [["number", "integer"], ["text"]],
    ids="-".join,
)
def test_a_few_attributes_are_enough(tmp_path, kinds):
    """Of one kind only, or a single one: the sharpest band is found all the same."""
    values = {
        "number": lambda number: 100 * (number % 37) + 0.5,
        "integer": lambda number: number % 7,
        "text": lambda number: "abc"[number % 3],
    }
    leaves_often = {
        "number": lambda number: number % 37 > 25,
        "text": lambda number: number % 3 == 0,
    }
    chance = np.random.default_rng(6)
    rows = [
        [
            number,
            *(values[one](number) for one in kinds),
            int(chance.random() < (0.6 if leaves_often[kinds[0]](number) else 0.1)),
        ]
        for number in range(900)
    ]
    write_table(tmp_path / "bank.csv", " ".join(["Id", *kinds, "Gone"]), rows)
    own = [{"name": f"own_{one}", "type": one} for one in kinds]
    columns = {f"own_{one}": one for one in kinds}
    write(
        tmp_path,
        {
            "key": ["user_id"],
            "columns": {"user_id": "Id", **columns, "has_churned": "Gone"},
            "attributes": own,
        },
    )
    published = build(tmp_path, "bank.csv", CHURN_MAPPING="bank.yml")
    assert query(published, "select customers from churn_overview") == [(900,)]
    assert query(published, "select distinct attribute from churn_rates order by all") == [
        (f"own_{one}",) for one in sorted(kinds)
    ]
    ((rule, confirmed),) = query(
        published,
        "select rule_sql, is_confirmed from risk_segments where direction = 'leaving' "
        "order by rank limit 1",
    )
    assert confirmed and rule.startswith(f"own_{kinds[0]}"), rule
    assert query(published, "select count(balance_still_here) from risk_segments") == [(0,)]
    report = run_churn(tmp_path, "report", "--lang", "ru")
    assert report.returncode == 0, report.stderr


def test_the_banks_words_decide_who_left(tmp_path):
    words = ["Attrited Customer", "Existing Customer", "Unknown"]
    rows = [
        [number, 20 + number % 50, "MF"[number % 2], words[number % 3]] for number in range(300)
    ]
    write_table(tmp_path / "words.csv", "Id Age Sex Gone", rows)
    said = {"Attrited Customer": "yes", "Existing Customer": "no"}
    write(tmp_path, {**GOOD, "values": {"has_churned": said}})
    published = build(tmp_path, "words.csv", CHURN_MAPPING="bank.yml")
    assert query(published, "select customers, churned from churn_overview") == [(200, 100)]
    assert query(published, "select distinct reasons from rejected_rows") == [
        ("has_churned is neither yes nor no: Unknown",)
    ]


def own(**changes):
    entry = {"name": "tenure", "type": "integer", **changes}
    return {**GOOD, "columns": {**GOOD["columns"], "tenure": "T"}, "attributes": [entry]}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("a: [", "cannot be read as YAML"),
        ("just words", "must have the keys key, rows"),
        ({**GOOD, "colums": {}}, "there is no key colums (did you mean columns?)"),
        ({"key": ["user_id"]}, "columns must say which source column holds what"),
        (
            {**GOOD, "columns": {**GOOD["columns"], "balanse": "B"}},
            "columns: there is no attribute balanse (did you mean balance?)",
        ),
        ({**GOOD, "columns": {"age": "Age", "gender": "Sex"}}, "has_churned is missing"),
        (
            {**GOOD, "columns": {**GOOD["columns"], "age": ["A", "B"]}},
            "age must name one source column",
        ),
        ({**GOOD, "key": []}, "key must list what identifies a customer"),
        ({**GOOD, "key": ["user_ids"]}, "key: user_ids is not in columns (did you mean user_id?)"),
        (
            {**GOOD, "values": {"gendre": {"M": "male"}}},
            "values: gendre is not in columns (did you",
        ),
        ({**GOOD, "values": {"gender": "male"}}, "values, gender: give the bank's word and ours"),
        ({**GOOD, "values": ["gender"]}, "values must say for each attribute"),
        ({**GOOD, "keep_out": "Surname"}, "keep_out must be a list"),
        ({**GOOD, "keep_out": ["Age"]}, "keep_out: Age is also in columns"),
        ({**GOOD, "keep_out": ["aGE"]}, "keep_out: Age is also in columns"),
        ({**GOOD, "keep_out": ["Name", "name"]}, "keep_out: name occurs 2 times"),
        (
            {**GOOD, "columns": {**GOOD["columns"], "city": "gone"}},
            "columns: city and has_churned are both column gone. A column is one attribute",
        ),
        ({**GOOD, "as_of": ["Day"]}, "as_of must be a day, as 2024-03-31, or name a column"),
        ({**GOOD, "keep_out": ["day"], "as_of": "Day"}, "as_of: Day is also in keep_out"),
        ({**GOOD, "as_of": "2024-13-01"}, "as_of is 2024-13-01, which is no day"),
        ("key: [user_id]\nas_of: 2024-02-30\n", "bank.yml, line 2: 2024-02-30 is no day"),
        ("key: &k [user_id]\ncolumns: *k\n", "line 2: *k refers to another part. Write out"),
        (own(minimum=float("nan")), "minimum is nan, which is no number"),
        (
            {**GOOD, "churned_when_set": "perhaps"},
            "churned_when_set is perhaps; it can be true or false",
        ),
        ({**GOOD, "attributes": {"tenure": {}}}, "attributes must be a list"),
        (own(name="Tenure!"), "name must be of small letters, digits and _"),
        (own(name="churned"), "churned is a name of the models' own"),
        (own(name="occurrence"), "occurrence is a name of the models' own"),
        (own(name="group"), "group is a word of SQL. Choose another name"),
        (own(name="age_band"), "is what the models call a column that they make of age"),
        (own(name="high_age"), "is what the models call a column that they make of age"),
        (own(label=["x"]), "label must be a text"),
        (own(phrase="in"), "phrase needs {} where the value belongs"),
        (own(words=["x"]), "words must say what to call each value"),
        (own(ru="x"), "ru can have label, phrase and words"),
        (own(ru={"label": {}}), "attributes, tenure, ru: label must be a text"),
        (own(type="int"), "type is int (did you mean integer?)"),
        (own(unit="year"), "unit is year (did you mean years?)"),
        (own(band=[1]), "there is no key band (did you mean bands?)"),
        (own(bands="deciles"), "bands can be quantiles, or a list of lower edges"),
        (own(bands=[3, 1]), "bands must rise from edge to edge"),
        (own(type="text", bands=[1, 2]), "bands are for numbers"),
        (own(may_follow="perhaps"), "may_follow is perhaps; it can be true or false"),
        (own(minimum="zero"), "minimum is zero, which is no number"),
        (
            {**GOOD, "attributes": [{"name": "tenure", "type": "integer"}]},
            "columns: tenure is missing",
        ),
        (
            {**GOOD, "columns": {"user_id": "Id", "has_churned": "Gone"}},
            "at least one attribute is needed, of which churn may depend: age, gender, city",
        ),
    ],
)
def test_mistakes_are_named_with_their_remedy(tmp_path, mapping, said):
    with pytest.raises(ChurnError) as raised:
        read_mapping(write(tmp_path, mapping), VARS)
    assert said in str(raised.value)
    assert "bank.yml" in str(raised.value)


def test_all_mistakes_are_named_at_once(tmp_path):
    wrong = {**own(type="int"), "key": ["id"], "colour": 1}
    with pytest.raises(ChurnError) as raised:
        read_mapping(write(tmp_path, wrong), VARS)
    assert len(str(raised.value).splitlines()) >= 3


def test_the_banks_words_stay_as_they_are(tmp_path):
    text = (
        "key: [user_id]\ncolumns: {user_id: 1, age: Age, gender: No, has_churned: Yes}\n"
        "values: {has_churned: {Yes: yes, No: no}}\n"
    )
    read = read_mapping(write(tmp_path, text), VARS).variables["mapping"]
    assert read["columns"] == {"user_id": "1", "age": "Age", "gender": "No", "has_churned": "Yes"}
    assert read["values"] == {"has_churned": {"Yes": "yes", "No": "no"}}


def test_what_people_read_stays_text(tmp_path):
    text = (
        "key: [user_id]\ncolumns: {user_id: Id, flag: F, has_churned: G}\n"
        "attributes:\n  - {name: flag, type: boolean, label: 7, words: {yes: 1, no: off}}\n"
    )
    (flag,) = read_mapping(write(tmp_path, text), VARS).variables["attributes"]
    assert flag["label"] == "7" and flag["words"] == {"yes": "1", "no": "off"}


def test_a_known_attribute_can_have_other_bands(tmp_path):
    changed = {**GOOD, "attributes": [{"name": "age", "bands": [40, 60]}]}
    attributes = read_mapping(write(tmp_path, changed), VARS).variables["attributes"]
    (age,) = (entry for entry in attributes if entry["name"] == "age")
    assert age["bands"] == [40, 60] and age["unit"] == "years" and age["ru"]["label"] == "возраст"


def test_a_misspelt_mapping_is_named(tmp_path):
    with pytest.raises(ChurnError, match=r"no mapping telekom \(did you mean telecom\?\)"):
        find_mapping("telekom", tmp_path, PROJECT)
    finished = run_churn(tmp_path, "build", "--mapping", "none.yml")
    assert finished.returncode == 1
    assert "There is no mapping none.yml" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_columns_that_the_source_lacks_are_named(tmp_path):
    write_table(tmp_path / "table.csv", "Id Age Sex Gone", [[1, 2, "M", 0]])
    for change, said in (
        ({"columns": {**GOOD["columns"], "age": "Alter"}}, "has no column Alter (age)"),
        ({"keep_out": ["Surname"]}, "has no column Surname (keep_out)"),
    ):
        write(tmp_path, {**GOOD, **change})
        finished = run_churn(tmp_path, "build", "--source", "table.csv", "--mapping", "bank.yml")
        assert finished.returncode == 1
        assert said in finished.stderr, finished.stderr


@pytest.mark.parametrize(
    ("make", "own"),
    [
        (international_bank, {"geography": "text", "tenure": "integer"}),
        (telecom, {"senior_citizen": "boolean", "contract": "text", "monthly_charges": "number"}),
    ],
)
def test_a_drafted_mapping_can_be_used(tmp_path, make, own):
    make(tmp_path / "it's {a} table.csv", 500)
    arguments = ["--source", "it's {a} table.csv"]
    finished = run_churn(tmp_path, "mapping", *arguments, "--out", "draft.yml")
    assert finished.returncode == 0, finished.stderr
    read = read_mapping(tmp_path / "draft.yml", VARS).variables
    types = {entry["name"]: entry["type"] for entry in read["attributes"]}
    assert own.items() <= types.items()
    if make is telecom:
        built = run_churn(tmp_path, "build", *arguments, "--mapping", "draft.yml")
        assert built.returncode == 0, built.stderr
    else:
        checked = run_churn(tmp_path, "check", *arguments, "--mapping", "draft.yml")
        assert checked.returncode == 0, checked.stdout
        assert read["mapping"]["keep_out"] == ["RowNumber", "Surname"]
        assert "Left out: Surname: it is called as names" in finished.stdout
        assert "CustomerId" not in finished.stdout
    again = run_churn(tmp_path, "mapping", *arguments, "--out", "draft.yml")
    assert again.returncode == 1 and "draft.yml exists" in again.stderr


def test_a_draft_says_what_it_is_unsure_of(tmp_path):
    words = ["Attrited Customer", "Existing Customer"]
    rows = [
        [
            1000 + number // 2,
            ["Rome", "Oslo"][number % 2],
            20 + number % 50,
            words[number // 3 % 2],
            "x",
        ]
        for number in range(300)
    ]
    header = "CLIENTNUM City Customer_Age Attrition_Flag Same"
    draft = draft_mapping(str(write_table(tmp_path / "bank.csv", header, rows)))
    assert draft.key == ["user_id", "city"]
    assert draft.values == {"has_churned": {words[0]: "yes", words[1]: "no"}}
    said = " ".join([*draft.unsure, *draft.summary()])
    assert "CLIENTNUM repeats in 150 rows, but not together with City" in said
    assert "Attrition_Flag says that 150 left, 50.0%" in said
    assert "Left out: Same: it has the same value everywhere." in said
    assert set(draft.columns) == {"user_id", "city", "age", "has_churned"}

    rows = [[number, number % 3, "синий", number % 5, number // 7 % 2] for number in range(99)]
    rows[0][2] = "белый"
    draft = draft_mapping(
        str(write_table(tmp_path / "names.csv", "Id Group Тариф_Клиента Income churn", rows))
    )
    assert [(one["name"], one["type"], one["label"]) for one in draft.attributes] == [
        ("group_group", "integer", "group"),
        ("attribute_2", "text", "тариф клиента"),
    ]

    dates = [
        [number, 20 + number % 50, "2026-01-05" if number % 4 == 0 else ""] for number in range(99)
    ]
    draft = draft_mapping(str(write_table(tmp_path / "dates.csv", "Id Age Left", dates)))
    assert draft.when_set and "churned_when_set: true" in draft.text("dates.csv")

    file = write_table(tmp_path / "none.csv", "a b", [[1, 2], [1, 2]])
    said = " ".join(draft_mapping(str(file)).unsure)
    assert "no column identifies a customer" in said and "no column says who left" in said


def test_plain_dbt_says_that_it_reads_no_mapping_files(tmp_path):
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "compile"),
            *("--select", "stg_bank__customers", "--target-path", tmp_path),
            *("--project-dir", PROJECT, "--profiles-dir", PROJECT),
        ],
        env={
            **churn_environment(tmp_path),
            "CHURN_WAREHOUSE": str(tmp_path / "work.duckdb"),
            "CHURN_MAPPING": "telecom",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode != 0
    assert "dbt reads no mapping files, and CHURN_MAPPING is telecom" in finished.stdout
