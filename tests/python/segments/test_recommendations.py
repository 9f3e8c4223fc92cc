import csv

import pytest

from python_steps.common.errors import ChurnError
from python_steps.segments.recommendations import (
    FILE,
    NUMBERS,
    TEXTS,
    check_form,
    read_catalogue,
    read_thresholds,
)

from ..conftest import PROJECT


def catalogue() -> list[dict]:
    with (PROJECT / FILE).open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_the_shipped_catalogue_is_right():
    rows = catalogue()
    table = read_catalogue(rows, lambda _: "")
    assert table["catalogue_order"].tolist() == list(range(1, len(rows) + 1))
    assert table.columns.tolist() == ["catalogue_order", *TEXTS, *NUMBERS]
    assert set(table["direction"]) == {"leaving", "loyal"}
    for column in ("action", "who", "why"):
        # Russian is Russian, English is not.
        assert table[f"{column}_ru"].str.contains("[а-я]").all()
        assert not table[f"{column}_en"].str.contains("[а-я]").any()


def test_actions_that_need_an_absent_attribute_are_left_out():
    table = read_catalogue(catalogue(), lambda _: "", absent=["age", "balance"])
    # The models count the conditions in this order.
    assert table["catalogue_order"].tolist() == list(range(1, len(table) + 1))
    assert 0 < len(table) < len(catalogue())
    assert not table["condition"].str.contains("age|balance").any()
    assert table["condition"].str.contains("product_count").any()


def test_actions_for_another_business_are_left_out():
    other = read_catalogue(catalogue(), lambda _: "", business="other")
    assert 0 < len(other) < 4 and set(other["business"]) == {"any"}
    # Nothing in them is of a bank.
    for column in ("action_en", "why_en", "who_en", "condition"):
        assert not other[column].str.contains("bank|account|card|balance|product").any(), column
    rows = catalogue()[:1]
    rows[0] |= {"business": "bakery"}
    with pytest.raises(ChurnError, match=r"column business: is 'bakery'; it must be bank"):
        read_catalogue(rows, lambda _: "")


def test_conditions_say_the_banks_own_numbers():
    quantiles = [
        {"attribute": "balance", "probability": 0.5, "value": 1000.25},
        {"attribute": "balance", "probability": 0.75, "value": 20000.0},
        {"attribute": "balance", "probability": 0.9, "value": 70000.0},
        {"attribute": "age", "probability": 0.75, "value": None},
    ]
    thresholds = read_thresholds(quantiles, 0.75)
    rows = catalogue()[:1]
    rows[0] |= {
        "condition": "balance > High_Balance and balance>median_balance or age > high_age "
        "or city = 'high_balance' or high_balance_x > 1"
    }
    asked = []
    table = read_catalogue(rows, lambda text: asked.append(text) or "", thresholds=thresholds)
    assert table["condition"].tolist() == asked == [
        "balance > 20000 and balance>1000.25 or age > null "
        "or city = 'high_balance' or high_balance_x > 1"
    ]  # fmt: skip


def test_reasons_claim_nothing_that_the_data_cannot_know():
    """A reason is a question to ask, but where it is what the figures themselves say."""
    for row in catalogue():
        if row["action_id"] not in ("ask_them", "no_discount"):
            assert row["why_en"].startswith("Ask "), row["action_id"]
            assert "просить" in row["why_ru"], row["action_id"]


def test_every_mistake_is_named_at_once():
    rows = catalogue()[:4]
    rows[0] |= {"direction": "staying", "why_ru": None}
    rows[1] |= {"importance": "much", "min_share": "1.5"}
    rows[2] |= {"action_id": rows[3]["action_id"], "condition": "agge < 3"}
    with pytest.raises(ChurnError) as raised:
        read_catalogue(rows, lambda text: "no such column" if "agge" in text else "")
    assert str(raised.value).splitlines() == [
        f"{FILE}, line 2, column why_ru: is empty",
        f"{FILE}, line 2, column direction: is 'staying'; it must be leaving or loyal",
        f"{FILE}, line 3, column importance: is 'much', which is no number",
        f"{FILE}, line 3, column min_share: is 1.5; it must be at least 0 and at most 1",
        f"{FILE}, line 4, column action_id: {rows[3]['action_id']} stands here more than once",
        f"{FILE}, line 4, column condition: agge < 3: no such column",
        f"{FILE}, line 5, column action_id: {rows[3]['action_id']} stands here more than once",
    ]


def test_an_empty_catalogue_recommends_nothing():
    assert len(read_catalogue([], lambda _: "")) == 0


def test_a_file_that_is_no_table_is_named_by_line(tmp_path):
    shipped = (PROJECT / FILE).read_text(encoding="utf-8")
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    check_form(PROJECT)

    def said(text):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ChurnError) as raised:
            check_form(tmp_path)
        return str(raised.value).splitlines()

    assert said(shipped.replace("importance", "importence", 1)) == [
        f"{FILE}, line 1: there is no column importence (did you mean importance?)",
        f"{FILE}, line 1: column importance is missing",
    ]
    assert said(shipped.replace('"Ask what rate they', "Ask, what rate they", 1)) == [
        f"{FILE}, line 2 has 13 cells, the header 12. A text with a comma needs quotes around it."
    ]
    assert said(shipped.replace('offered elsewhere."', "offered elsewhere.", 1))[0].startswith(
        f"{FILE}, line "
    )
    assert "unexpected end of data" in said(shipped + '"never closed')[0]
