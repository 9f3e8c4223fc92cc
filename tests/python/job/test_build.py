"""The whole job, from a file to the published database, as users run it."""

import csv
import json
import re
import shutil

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.proportion import proportions_ztest

from python_steps.common.sql import quoted_text
from python_steps.intake.sample import PLANTED_SEGMENTS, write_sample

from ..conftest import PROJECT, SAMPLE, build, query, run_churn
from ..statistics import firth

MARTS = {
    "churn_by_activity", "churn_by_age", "churn_by_balance", "churn_by_card", "churn_by_city",
    "churn_by_credit_score", "churn_by_equity", "churn_by_gender", "churn_by_income",
    "churn_by_products", "churn_cube", "churn_overview", "churn_rates", "cluster_profiles",
    "cluster_choice", "clusters", "customer_actions", "customer_clusters",
    "customer_segments", "customers",
    "data_quality",
    "hypothesis_tests", "adjusted_effects", "attribute_associations", "attribute_histograms",
    "attribute_profiles", "attributes", "portraits", "publication", "rejected_rows",
    "risk_segments",
    "risk_intervals", "segment_conditions", "segment_frontier", "segment_overlap",
    "segment_recommendations", "stratified_effects", "test_families",
}  # fmt: skip


def frame(file, sql) -> pd.DataFrame:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).df()


def dump(file) -> dict[str, list[tuple]]:
    """Every mart's columns, types and rows, in order; the time of the build left out."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            mart: connection.execute(f"describe {mart}").fetchall()
            + connection.execute(
                f"select * {'exclude (built_at)' if mart == 'publication' else ''} from {mart}"
            ).fetchall()
            for (mart,) in connection.execute("show tables").fetchall()
        }


def test_publishes_every_mart(sample_build):
    assert {mart for (mart,) in query(sample_build, "show tables")} == MARTS
    empty = {
        mart for mart in MARTS if query(sample_build, f"select count(*) from {mart}")[0][0] == 0
    }
    assert empty == {"rejected_rows"}


def test_every_published_table_and_column_is_described(sample_build):
    assert (
        query(
            sample_build,
            "select table_name, column_name from duckdb_columns() "
            "where not internal and coalesce(comment, '') = '' union all "
            "select table_name, null from duckdb_tables() "
            "where not internal and coalesce(comment, '') = ''",
        )
        == []
    )


def test_published_types_are_those_that_every_tool_takes(sample_build):
    types = {
        kind
        for (kind,) in query(
            sample_build, "select distinct data_type from duckdb_columns() where not internal"
        )
    }
    assert types <= {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE"}


def test_customers_are_the_rows_of_the_source(sample_build):
    source = duckdb.sql(
        f"select USERID::varchar || '|' || city, age, balance, EST_SALARY, products, churn = 1 "
        f"from '{SAMPLE}' order by 1"
    ).fetchall()
    assert (
        query(
            sample_build,
            "select customer_id, age, balance, estimated_income, product_count, has_churned "
            "from customers order by 1",
        )
        == source
    )


def test_tests_from_sums_equal_scipy_on_the_rows(sample_build):
    """Every method on every attribute, to 1e-9 relative."""
    customers = frame(sample_build, "from customers")
    family = frame(sample_build, "from hypothesis_tests")
    tests = family[family["condition_a"] == "has_churned"]
    tests = tests[tests["within"] == ""].set_index(["metric", "method"])
    left, stayed = customers[customers["has_churned"]], customers[~customers["has_churned"]]
    metrics = [
        "age",
        "credit_score",
        "equity_points",
        "balance",
        "product_count",
        "estimated_income",
    ]
    for metric in metrics:
        a, b = left[metric].dropna().to_numpy(float), stayed[metric].dropna().to_numpy(float)
        welch, u = tests.loc[(metric, "welch_t")], tests.loc[(metric, "mann_whitney_u")]
        expected = stats.ttest_ind(a, b, equal_var=False)
        interval = expected.confidence_interval()
        assert (welch["n_a"], welch["n_b"]) == (len(a), len(b))
        assert welch["estimate_a"] == pytest.approx(a.mean(), rel=1e-9)
        assert welch["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
        assert welch["degrees_of_freedom"] == pytest.approx(expected.df, rel=1e-9)
        assert welch["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert welch["difference_low"] == pytest.approx(interval.low, rel=1e-9)
        assert welch["difference_high"] == pytest.approx(interval.high, rel=1e-9)
        expected = stats.mannwhitneyu(a, b, method="asymptotic")
        assert u["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
        assert u["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert u["estimate_a"] == pytest.approx(np.median(a), rel=1e-9)
        assert u["estimate_b"] == pytest.approx(np.median(b), rel=1e-9)
        compared = rank_compare_2indep(a, b)
        assert (u["effect_low"], u["effect_high"]) == pytest.approx(
            # Of large groups; tests of the interval itself are those of statistics.
            tuple(2 * bound - 1 for bound in compared.conf_int()),
            abs=0.002,
        )
        expected = stats.ks_2samp(a, b, method="asymp")
        ks = tests.loc[(metric, "kolmogorov_smirnov")]
        assert ks["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
        assert ks["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    for metric in [*metrics, "gender", "city", "has_credit_card", "is_active"]:
        table = pd.crosstab(customers[f"{metric}_band"], customers["has_churned"])
        expected = stats.chi2_contingency(table, correction=False)
        chi = tests.loc[(metric, "chi_square")]
        assert chi["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
        assert chi["degrees_of_freedom"] == expected.dof
        if chi["p_value_kind"] == "asymptotic":
            assert chi["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        else:
            assert (table.shape == (2, 2)) == (chi["p_value_kind"] == "exact")
            assert chi["p_value"] < 0.001
    by_id = family.set_index("hypothesis_id")
    two = by_id.loc["two_products__two_proportion_z"]
    in_two = customers["product_count"] == 2
    counts = [customers["has_churned"][in_two].sum(), customers["has_churned"][~in_two].sum()]
    z, p_value = proportions_ztest(counts, [in_two.sum(), (~in_two).sum()])
    assert (two["statistic"], two["p_value"]) == pytest.approx((z, p_value), rel=1e-9)
    with_balance = customers[customers["balance"].notna()].groupby("has_churned")
    income = [with_balance.get_group(one)["estimated_income"].dropna() for one in (True, False)]
    assert by_id.loc["estimated_income_with_balance__welch_t", "p_value"] == pytest.approx(
        stats.ttest_ind(*income, equal_var=False).pvalue, rel=1e-9
    )


def test_exploration_equals_pandas_on_the_rows(sample_build):
    customers = frame(sample_build, "from customers")
    profiles = frame(sample_build, "from attribute_profiles")
    profiles = profiles.set_index(["attribute", "customer_group"])
    for metric in ("age", "credit_score", "balance", "product_count", "estimated_income"):
        for group, part in (("all", customers), ("left", customers[customers["has_churned"]])):
            row, values = profiles.loc[metric, group], part[metric].dropna().astype(float)
            assert row["mean"] == pytest.approx(values.mean(), rel=1e-9)
            assert row["standard_deviation"] == pytest.approx(values.std(), rel=1e-9)
            assert row["skewness"] == pytest.approx(values.skew(), rel=1e-6)
            assert row["quantile_75"] == pytest.approx(values.quantile(0.75), rel=1e-9)
            assert row["missing"] == part[metric].isna().sum()
    for metric, lower, upper, size, churned in query(
        sample_build,
        "select attribute, lower_bound, upper_bound, customers, churned from attribute_histograms",
    ):
        values = customers[metric].astype(float)
        inside = values.notna()
        if lower is not None:
            inside &= values >= lower
        if upper is not None:
            inside &= values < upper
        assert (inside.sum(), (inside & customers["has_churned"]).sum()) == (size, churned)
    pairs = frame(sample_build, "from attribute_associations")
    pairs = pairs.set_index(["attribute_a", "attribute_b"])
    both = customers[["credit_score", "balance"]].notna().all(axis=1)
    # Bands are coarse, so that the correlation of bands lies near that of the values.
    rho = customers.loc[both, "credit_score"].corr(customers.loc[both, "balance"], "spearman")
    assert pairs.loc[("credit_score", "balance"), "spearman"] == pytest.approx(rho, abs=0.03)
    eta = pairs.loc[("gender", "balance"), "correlation_ratio"]
    groups = customers[customers["balance"].notna()].assign(
        gender=lambda rows: rows["gender"].fillna("missing")
    )
    means = groups.groupby("gender")["balance"].transform("mean")
    assert eta**2 == pytest.approx(means.var() / groups["balance"].var(), rel=1e-9)


def test_adjusted_effects_equal_the_regression_on_the_rows(sample_build):
    customers = frame(sample_build, "from customers")
    effects = frame(sample_build, "from adjusted_effects")
    columns = {"intercept": np.ones(len(customers))}
    found = effects[effects["interval_kind"] != ""]
    for row in found.itertuples():
        in_band = customers[f"{row.attribute}_band"] == row.band
        columns[row.attribute, row.band] = in_band.to_numpy(float)
    design = pd.DataFrame(columns).to_numpy()
    outcome = customers["has_churned"].to_numpy()
    beta, _ = firth.fit(design, outcome)
    errors = np.sqrt(np.diag(np.linalg.inv(firth.penalised(design, outcome, beta)[2])))
    assert len(found) > 30
    assert found["coefficient"].to_numpy() == pytest.approx(beta[1:], rel=1e-7, abs=1e-9)
    assert found["standard_error"].to_numpy() == pytest.approx(errors[1:], rel=1e-7)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("within: {name: x, where: agge > 3}", "within, where agge > 3: Binder Error: Referenced"),
        ("within: {name: x, where: age > 300}", "no customer is in within, where age > 300"),
    ],
)
def test_a_mistake_in_the_registry_stops_the_build(tmp_path, entry, said):
    key = entry.split(":")[0]
    parts = {
        "hypothesis_id": "hypothesis_id: mine", "question": "question: Is it?",
        "metric": "metric: age", "method": "method: welch_t", key: entry,
    }  # fmt: skip
    registry = "{hypotheses: [{" + ", ".join(parts.values()) + "}]}"
    finished = run_churn(tmp_path, "build", "--vars", registry)
    assert finished.returncode == 1
    assert "hypothesis mine: " in finished.stderr
    assert said in finished.stderr
    assert "Change hypotheses in vars.yml." in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "churn.duckdb").exists()


def test_overlap_is_that_of_the_members(sample_build):
    assert (
        query(
            sample_build,
            """
            select segment_overlap.* from segment_overlap
            left join (
                select one.segment_id, other.segment_id as other_segment_id, count(*) as customers
                from customer_segments as one
                inner join customer_segments as other using (customer_id)
                group by all
            ) as joined using (segment_id, other_segment_id)
            where shared_customers <> coalesce(joined.customers, 0)
            """,
        )
        == []
    )
    ((rows, most),) = query(sample_build, "select count(*), max(jaccard) from segment_overlap")
    ((segments,),) = query(sample_build, "select count(*) from risk_segments")
    assert rows == segments * (segments - 1)
    assert 0 < most < 1


def test_planted_segments_are_found(sample_build):
    """In the first places, on the planted attributes, no boundary more than one band off."""
    warehouse = sample_build.with_name("work.duckdb")
    found = query(
        warehouse,
        "select search_rank, bands from int_risk_segments "
        "where origin = 'discovered' and direction = 'leaving' and search_rank is not null "
        "order by search_rank",
    )
    ranks = []
    for planted in PLANTED_SEGMENTS:
        # That a balance is known goes nearly without saying among them, so it is no condition.
        names = re.findall(r"[a-z_]+(?= [>=<])|is_active", planted.rule_sql)
        spans = ", ".join(f"min({name}_band_order), max({name}_band_order)" for name in names)
        (edges,) = query(
            warehouse, f"select {spans} from int_customers_banded where {planted.rule_sql}"
        )
        truth = dict(zip(names, zip(edges[::2], edges[1::2], strict=True), strict=True))
        matching = [
            rank
            for rank, bands in ((rank, json.loads(bands)) for rank, bands in found)
            if bands.keys() == truth.keys()
            and all(
                abs(min(bands[name]) - low) <= 1 and abs(max(bands[name]) - high) <= 1
                for name, (low, high) in truth.items()
            )
        ]
        assert matching, planted.name
        ranks.append(matching[0])
    assert ranks[0] == 1
    assert max(ranks) <= 6


def test_listed_segments_are_few_differ_and_cover_most_churn(sample_build):
    leaving = "origin = 'discovered' and direction = 'leaving'"
    ((number, covered),) = query(
        sample_build,
        f"select count(*), max(cumulative_share_of_churn) from risk_segments where {leaving}",
    )
    assert 3 <= number <= 10
    assert covered > 0.5
    assert query(
        sample_build,
        """
        select count(*) from segment_overlap as pair
        inner join risk_segments as one on pair.segment_id = one.segment_id
        inner join risk_segments as other on pair.other_segment_id = other.segment_id
        where one.origin = 'discovered' and other.origin = 'discovered'
        and one.direction = other.direction and jaccard >= 0.5
        """,
    ) == [(0,)]


def test_frontier_runs_from_broad_to_sharp(sample_build):
    for direction, sign in (("leaving", 1), ("loyal", -1)):
        rows = query(
            sample_build,
            "select discovery_customers, discovery_churn_rate, customers, churned, rule_sql "
            f"from segment_frontier where direction = '{direction}' order by frontier_order",
        )
        assert len(rows) > 3
        assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
        assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=sign < 0)
        for _, _, customers, churned, rule in rows:
            assert query(
                sample_build,
                f"select count(*), count(*) filter (has_churned) from customers where {rule}",
            ) == [(customers, churned)]


def test_recommendations_are_meant_for_those_who_are_still_here(sample_build):
    catalogue = {
        row["action_id"]: row
        for row in csv.DictReader(
            (PROJECT / "seeds" / "catalogue" / "recommendation_catalogue.csv").open(
                encoding="utf-8"
            )
        )
    }
    highs = dict(
        query(
            sample_build.with_name("work.duckdb"),
            "select 'high_' || attribute, value from int_attribute_quantiles "
            "where probability = 0.75 union all select 'median_' || attribute, value "
            "from int_attribute_quantiles where probability = 0.5",
        )
    )
    rows = query(
        sample_build,
        "select segment_id, rule_sql, action_id, segment_recommendations.priority, "
        "segment_recommendations.customers, share_of_segment, "
        "share_of_all, reason_en, reason_ru, direction from segment_recommendations "
        "inner join risk_segments using (segment_id) order by 1, 4",
    )
    assert {row[0] for row in rows} == {
        segment
        for (segment,) in query(
            sample_build, "select segment_id from risk_segments where is_confirmed"
        )
    }
    for segment, rule, action, _, customers, share, share_of_all, en, ru, direction in rows:
        entry = catalogue[action]
        assert entry["direction"] == direction
        condition = re.sub(
            r"(high|median)_[a-z_]+", lambda match: repr(highs[match[0]]), entry["condition"]
        )
        ((meant, members, all_meant, everybody),) = query(
            sample_build,
            f"select count(*) filter (({rule}) and ({condition})), count(*) filter ({rule}), "
            f"count(*) filter ({condition}), count(*) from customers where not has_churned",
        )
        assert customers == meant, (segment, action)
        assert share == pytest.approx(meant / members)
        assert share_of_all == pytest.approx(all_meant / everybody)
        assert share >= float(entry["min_share"])
        assert (f"{int(100 * share + 0.5)}% of the segment" in en) == (share_of_all < 1)
        assert entry["why_en"] in en
        assert entry["why_ru"] in ru
    for segment in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == segment]
        assert [row[3] for row in own] == list(range(1, len(own) + 1))
        assert len(own) <= 8
        scores = [float(catalogue[row[2]]["importance"]) * row[5] for row in own]
        assert scores == sorted(scores, reverse=True)


def test_aggregates_hold_no_customer(tmp_path):
    write_sample(1_000, 4, tmp_path / "customers.csv")
    published = build(tmp_path, "customers.csv", CHURN_CONTENTS="aggregates")
    tables = {table for (table,) in query(published, "show tables")}
    assert MARTS - tables == {
        "customers",
        "customer_actions",
        "customer_segments",
        "customer_clusters",
        "rejected_rows",
    }
    assert not query(
        published, "from duckdb_columns() where column_name in ('customer_id', 'user_id')"
    )
    assert query(published, "select contents, minimum_cell from publication") == [
        ("aggregates", 10)
    ]
    refused = run_churn(tmp_path, "build", CHURN_CONTENTS="some")
    assert refused.returncode == 1
    assert "CHURN_CONTENTS is 'some'; it must be everything or aggregates" in refused.stderr


def test_money_and_impact(sample_build):
    for row in query(
        sample_build,
        "select rule_sql, still_here, impact, impact_low, impact_high, balance_still_here, "
        "impact_balance, largest_balance_share, churn_rate, churn_rate_low, churn_rate_high, "
        "direction, shrinkage, discovery_churn_rate from risk_segments",
    ):
        rule, here, impact, low, high, balance, lost, largest, *rates = row
        rate, rate_low, rate_high, direction, shrinkage, discovery = rates
        ((stayed, held, most),) = query(
            sample_build,
            "select count(*), coalesce(sum(greatest(balance, 0)), 0), max(balance) from customers "
            f"where ({rule}) and not has_churned",
        )
        assert here == stayed
        assert (impact, low, high) == pytest.approx(
            (here * rate, here * rate_low, here * rate_high)
        )
        assert balance == pytest.approx(held)
        assert lost == pytest.approx(held * rate)
        assert largest == (pytest.approx(most / held) if held else None)
        assert shrinkage == pytest.approx((discovery - rate) * (-1 if direction == "loyal" else 1))


def test_intervals_are_their_rules_and_planted_ones_are_found(sample_build):
    intervals = query(
        sample_build,
        "select rule_sql, customers, churned, confirmation_customers, confirmation_churned, "
        "churn_rate, attribute, direction, lower_bound, upper_bound, is_confirmed "
        "from risk_intervals",
    )
    work = sample_build.with_name("work.duckdb")
    for rule, *counts, rate, _, _, _, _, _ in intervals:
        assert query(
            work,
            "select count(*), count(*) filter (has_churned), "
            "count(*) filter (fold = 'confirmation'), "
            "count(*) filter (fold = 'confirmation' and has_churned) "
            f"from int_customers_accepted where {rule}",
        ) == [tuple(counts)], rule
        assert rate == pytest.approx(counts[3] / counts[2])
    found = {row[6:10] for row in intervals if row[10]}
    # More leave from a million on, around 30 and 55, with three products and four; fewer over 62.
    assert ("balance", "leaving", 1_000_000, None) in found
    assert ("age", "loyal", 63, None) in found
    assert {("product_count", "leaving", 3, 4), ("product_count", "leaving", 4, None)} <= found
    ages = [row for row in found if row[0] == "age" and row[1] == "leaving"]
    assert len(ages) == 2
    for centre, (_, _, lower, upper) in zip((30, 55), sorted(ages, key=str), strict=True):
        assert lower < centre < upper and upper - lower < 15


def test_priorities_count_each_customer_once(sample_build):
    """Each further segment adds the customers who are in none before it, asked of `customers`."""
    segments = query(
        sample_build,
        "select rule_sql, still_here_once, impact_low from risk_segments "
        "where priority is not null order by priority",
    )
    assert len(segments) > 2
    earlier = "false"
    for rule, once, _ in segments:
        ((here,),) = query(
            sample_build,
            f"select count(*) from customers where not has_churned and ({rule}) "
            f"and not coalesce(({earlier}), false)",
        )
        assert here == once
        earlier += f" or ({rule})"
    assert segments[0][2] == max(low for _, _, low in segments)
    assert query(
        sample_build,
        "select count(*) from risk_segments "
        "where (priority is null) <> (direction = 'loyal' or not is_confirmed) "
        "or (priority is null and priority_note = '')",
    ) == [(0,)]


def test_every_customer_has_the_actions_that_are_meant_for_them(sample_build):
    """As many as the recommendations say, of those still here, and one thing first for each."""
    assert query(
        sample_build,
        "with counted as (select segment_id, action_id, count(*) as meant from customer_actions "
        "inner join customers using (customer_id) where not has_churned group by all) "
        "select count(*) from segment_recommendations full join counted "
        "using (segment_id, action_id) where meant is distinct from customers",
    ) == [(0,)]
    assert query(
        sample_build,
        "select count(*), count(distinct customer_id), count(*) filter (where priority = 1), "
        "count(distinct (customer_id, priority)) from customer_actions",
    )[0] == (*(counts := query(sample_build, "select count(*), count(distinct customer_id) "
        "from customer_actions")[0]), counts[1], counts[0])  # fmt: skip
    # The condition is one over published columns, with the bank's own numbers in it.
    for segment, condition, customers in query(
        sample_build,
        "select rule_sql, condition, segment_recommendations.customers "
        "from segment_recommendations inner join risk_segments using (segment_id)",
    ):
        assert query(
            sample_build,
            f"select count(*) from customers where not has_churned and ({segment}) "
            f"and ({condition})",
        ) == [(customers,)]


def test_a_mistake_in_the_catalogue_is_named(tmp_path):
    """The file, the line, the column and what is wrong with it, every mistake at once."""
    project = tmp_path / "project"
    shutil.copytree(
        PROJECT,
        project,
        ignore=shutil.ignore_patterns(".venv", ".git", "target", "logs", "*.duckdb*"),
    )
    file = project / "seeds" / "catalogue" / "recommendation_catalogue.csv"
    text = file.read_text(encoding="utf-8")
    text = text.replace("age < 40,0.5", "agge < 40,0.5").replace("leaving,90,", "leaving,much,")
    file.write_text(text, encoding="utf-8")
    finished = run_churn(project, "build", PYTHONPATH=str(project))
    assert finished.returncode == 1
    assert "recommendation_catalogue.csv, line 2, column importance: is 'much'" in finished.stderr
    assert "line 6, column condition: agge < 40: " in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (project / "churn.duckdb").exists()


def test_rules_select_exactly_the_members(sample_build):
    for segment, rule, customers, churned in query(
        sample_build, "select segment_id, rule_sql, customers, churned from risk_segments"
    ):
        assert query(
            sample_build,
            f"select count(*), count(*) filter (has_churned) from customers where {rule}",
        ) == [(customers, churned)]
        assert query(
            sample_build,
            f"select count(*) from customers where ({rule}) <> (customer_id in "
            f"(select customer_id from customer_segments where segment_id = '{segment}'))",
        ) == [(0,)]


def test_halves_add_up_and_primary_segment_is_the_first(sample_build):
    assert query(
        sample_build,
        "select count(*) from risk_segments "
        "where discovery_customers + confirmation_customers <> customers",
    ) == [(0,)]
    assert query(
        sample_build,
        """
        select count(*) from customers
        left join (
            select customer_id, arg_min(segment_id, rank) as first_segment
            from customer_segments inner join risk_segments using (segment_id) group by customer_id
        ) using (customer_id)
        where primary_segment_id is distinct from first_segment
        """,
    ) == [(0,)]


def test_the_search_can_be_audited_from_the_cube(sample_build):
    """A found segment's bands, looked up in the published cube, give its published figures."""
    orders = {
        (attribute, order): band
        for attribute, order, band in query(
            sample_build, "select attribute, band_order, band from churn_rates"
        )
    }
    found = query(
        sample_build.with_name("work.duckdb"),
        "select segment_id, bands from int_risk_segments "
        "where origin = 'discovered' and search_rank is not null",
    )
    assert found
    for segment, bands in found:
        rule = " and ".join(
            f"{attribute}_band in "
            f"({', '.join(quoted_text(orders[attribute, order]) for order in chosen)})"
            for attribute, chosen in json.loads(bands).items()
        )
        columns = "customers, churned, confirmation_customers, confirmation_churned"
        sums = ", ".join(f"sum({column})" for column in columns.split(", "))
        assert query(sample_build, f"select {sums} from churn_cube where {rule}") == query(
            sample_build, f"select {columns} from risk_segments where segment_id = '{segment}'"
        )


def test_conditions_are_compared_with_all_others_of_their_rule(sample_build):
    rows = query(
        sample_build,
        "select segment_id, condition_sql, customers, churned, others_customers, others_churned "
        "from segment_conditions order by segment_id, condition_number",
    )
    rules = dict(query(sample_build, "select segment_id, rule_sql from risk_segments"))
    conditions: dict[str, list[str]] = {}
    for segment, condition, *_ in rows:
        conditions.setdefault(segment, []).append(condition)
    assert {segment: " and ".join(of) for segment, of in conditions.items()} == rules
    work = sample_build.with_name("work.duckdb")
    for segment, condition, *figures in rows:
        rest = [f"({one})" for one in conditions[segment] if one != condition]
        others = " and ".join([*rest, f"({condition}) is not true"])
        counted = query(
            work,
            f"select count(*) filter (where {rules[segment]}), "
            f"count(*) filter (where {rules[segment]} and has_churned), "
            f"count(*) filter (where {others}), count(*) filter (where {others} and has_churned) "
            "from int_customers_accepted where fold = 'confirmation'",
        )
        assert counted == [tuple(figures)]


def test_every_churner_in_a_segment_counts_once(sample_build):
    assert query(
        sample_build,
        """
        select count(*) from risk_segments
        left join (
            select primary_segment_id as segment_id, count(*) as customers,
            count(*) filter (has_churned) as churned from customers group by 1
        ) as counted using (segment_id)
        where primary_customers <> coalesce(counted.customers, 0)
        or primary_churned <> coalesce(counted.churned, 0)
        """,
    ) == [(0,)]
    # Those of the half that the search has not seen.
    assert query(
        sample_build.with_name("work.duckdb"),
        "select max(cumulative_share_of_churn) = (select count(*) filter (where "
        "primary_segment_id is not null) / count(*) from customers inner join "
        "int_customers_accepted using (customer_id) "
        "where fold = 'confirmation' and customers.has_churned) from risk_segments",
    ) == [(True,)]


def test_a_label_means_the_same_in_bands_and_rules(sample_build):
    """SQL labels the bands, Python words the rules: a rule of one band reads as its label."""
    from python_steps.common.conditions import range_words

    units = {"age": "years", "balance": "money", "estimated_income": "money"}
    bands = query(
        sample_build,
        "select attribute, band, lower_bound, upper_bound from churn_rates "
        "where lower_bound is not null or upper_bound is not null",
    )
    assert len(bands) > 20
    for name, band, lower, upper in bands:
        kind = "integer" if name in ("equity_points", "product_count") else "number"
        attribute = {"name": name, "type": kind, "unit": units.get(name, "points")}
        assert range_words(attribute, lower, upper, "en") == band


def test_same_input_same_bytes_whatever_the_threads_and_the_memory(tmp_path):
    """Large enough that DuckDB splits the rows between threads and spills what does not fit."""
    source = tmp_path / "sample.parquet"
    write_sample(400_000, 8, source)
    dumps = {}
    for name, limits in {
        "one thread": {"CHURN_THREADS": "1", "CHURN_ENGINE_THREADS": "1"},
        "four": {"CHURN_THREADS": "4", "CHURN_ENGINE_THREADS": "4"},
        "little memory": {"CHURN_MEMORY_LIMIT": "500MB", "CHURN_SPILL": str(tmp_path)},
    }.items():
        (tmp_path / name).mkdir()
        dumps[name] = dump(build(tmp_path / name, source, **limits))
    for name in ("four", "little memory"):
        assert dumps[name].keys() == dumps["one thread"].keys()
        for mart, rows in dumps[name].items():
            assert rows == dumps["one thread"][mart], (name, mart)


def test_says_what_was_found_and_where(tmp_path):
    write_sample(300, 2, tmp_path / "small.csv")
    finished = run_churn(tmp_path, "build", "--source", "small.csv")
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert lines[0] == "300 rows read, 300 customers, 0 rejected"
    assert "churned:" in lines[1]
    assert any(line.startswith(f"Published {tmp_path / 'churn.duckdb'} in") for line in lines)
    assert lines[-1].startswith("Next: ")


HEADER = (
    "USERID,score,city,gender,age,equity,balance,products,credit_card,last_activity,"
    "EST_SALARY,churn\n"
)
DIRTY = """\
1,850,Rostov,M,25,1,100.50,2,1,0,75719.14,1
2,851,Rostov,M
3,852,"Rybinsk, ""old"" town",F,30,1,,2,1,0,75719.14,0
4,853,Rostov,F,31,1,300,2,1,0,75719.14,0,extra
5,abc,Rostov,F,200,1.5,1e400,-1,maybe,0,-5,0
6,854,Rostov,F,33,1,300,2,1,0,75719.14,
,855,Rostov,F,34,1,300,2,1,0,75719.14,0
8,856,,F,35,1,300,2,1,0,75719.14,0
9,857,Rostov,F,36,1,300,2,1,0,75719.14,1
9,857,Rostov,F,36,1,300,2,1,0,75719.14,1
10,858,Rostov,F,37,1,300,2,1,0,75719.14,0
10,859,Rostov,F,37,1,300,2,1,0,75719.14,0
11,860,Rostov,M,38,1,300,2,1,0,75719.14,sometimes
"""


@pytest.fixture(scope="module")
def dirty_build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    (folder / "it's {{ dirty }}.csv").write_text(HEADER + DIRTY, encoding="utf-8")
    return build(folder, "it's {{ dirty }}.csv")


def test_no_row_is_lost_in_silence(dirty_build):
    assert query(dirty_build, "select source_row, reasons from rejected_rows order by 1") == [
        (2, "malformed line 3: Expected Number of Columns: 12 Found: 4"),
        (4, "malformed line 5: Expected Number of Columns: 12 Found: 13"),
        (6, "has_churned is missing"),
        (7, "user_id is missing, so the customer cannot be identified"),
        (8, "city is missing, so the customer cannot be identified"),
        (10, "repeats an earlier row"),
        (11, "another row has the same key and other values"),
        (12, "another row has the same key and other values"),
        (13, "has_churned is neither yes nor no: sometimes"),
    ]
    assert query(
        dirty_build, "select rows_read, rows_accepted, rows_rejected from publication"
    ) == [(13, 4, 9)]
    assert query(
        dirty_build,
        "select raw_row from rejected_rows where source_row in (2, 7) order by source_row",
    )[0] == ("2,851,Rostov,M",)


def test_unreadable_values_become_missing_and_are_counted(dirty_build):
    assert query(
        dirty_build,
        "select credit_score, age, equity_points, balance, product_count, has_credit_card, "
        "estimated_income, city, customer_id from customers "
        "where user_id in ('3', '5') order by user_id",
    ) == [
        (852, 30, 1, None, 2, True, 75719.14, 'Rybinsk, "old" town', '3|Rybinsk, "old" town'),
        (None, None, None, None, None, None, None, "Rostov", "5|Rostov"),
    ]
    found = dict(
        query(
            dirty_build, "select check_name, rows_affected from data_quality where severity <> 'ok'"
        )
    )
    assert found == {
        "malformed_lines": 2,
        "missing_key": 2,
        "missing_outcome": 2,
        "repeated_rows": 1,
        "conflicting_keys": 2,
        "unreadable_credit_score": 1,
        "unreadable_equity_points": 1,
        "unreadable_balance": 1,
        "unreadable_has_credit_card": 1,
        "out_of_range_age": 1,
        "out_of_range_product_count": 1,
        "out_of_range_estimated_income": 1,
        "missing_age": 1,
        "missing_balance": 2,
        "missing_credit_score": 1,
        "missing_equity_points": 1,
        "missing_has_credit_card": 1,
        "missing_product_count": 1,
        "missing_estimated_income": 1,
    }


def test_parquet_gives_the_same_marts(sample_build, tmp_path):
    write_sample(10_000, 1, tmp_path / "customers.parquet")
    dumps = [dump(sample_build), dump(build(tmp_path, "customers.parquet"))]
    for one in dumps:
        del one["publication"]
    assert dumps[0] == dumps[1]


@pytest.mark.parametrize(
    ("variant", "customers", "rejected"),
    [
        (lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"), 300, 0),
        # A quote that never closes: what follows it is lost to the reader, but not to us.
        (
            lambda text: (
                re.sub(r"((?:.*\n){101})", r'\1"', text, count=1).replace(",", ";").encode()
            ),
            100,
            200,
        ),
        (lambda text: "".join(text.splitlines(keepends=True)[:2]).encode(), 1, 0),
        # Everybody left, and nobody has a balance: nothing to compare, but no error.
        (
            lambda text: re.sub(
                r"\n((?:[^,\n]*,){6})[^,\n]*(.*),[01](?=\n)", r"\n\1\2,1", text
            ).encode(),
            300,
            0,
        ),
    ],
    ids=["bom-crlf", "semicolons-open-quote", "one-customer", "all-left-no-balance"],
)
def test_unusual_tables_are_built(tmp_path, variant, customers, rejected):
    text = "".join(SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)[:301])
    (tmp_path / "variant.csv").write_bytes(variant(text))
    published = build(tmp_path, "variant.csv")
    assert query(published, "select rows_accepted, rows_rejected from publication") == [
        (customers, rejected)
    ]
    nan = " or ".join(
        f"isnan({column})"
        for (column,) in query(
            published,
            "select column_name from duckdb_columns() "
            "where table_name = 'hypothesis_tests' and data_type = 'DOUBLE'",
        )
    )
    assert query(published, f"select count(*) from hypothesis_tests where {nan}") == [(0,)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "There is no file"),
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b" \n \n", "is empty"),
        ("binary.csv", b"a,b\0c\n", "is binary"),
        ("text.parquet", b"a,b\n1,2\n", "is not a Parquet file"),
        ("other.csv", b"id,name\n1,x\n", "has no column USERID (user_id)"),
        ("twice.csv", b"USERID,city,City\n1,x,y\n", "has two columns named City"),
        ("header.csv", HEADER.encode(), "has a header line but no rows"),
        (
            "cyrillic.csv",
            (HEADER + "1,850,Ростов,М,25,1,100,2,1,0,75719.14,1\n").encode("cp1251"),
            "1 times, first in row 1: malformed line 2: Invalid unicode",
        ),
    ],
)
def test_a_source_that_is_no_table_gives_one_message(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    finished = run_churn(tmp_path, "build", "--source", name)
    assert finished.returncode == 1
    assert message in finished.stderr
    assert name in finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout
    assert not (tmp_path / "churn.duckdb").exists()


def test_a_quote_that_swallows_lines_stops_the_build(tmp_path):
    """In a large file DuckDB's reader drops what follows such a quote, up to its buffer's end."""
    lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = lines[1:] * 60
    rows[20_000] = '"' + rows[20_000]
    (tmp_path / "large.csv").write_text(lines[0] + "".join(rows), encoding="utf-8")
    finished = run_churn(tmp_path, "build", "--source", "large.csv")
    assert finished.returncode == 1
    assert re.search(
        r"\d+ lines of \S+large.csv could not be read, as a quote on line 20002 never closes",
        finished.stderr,
    )


def test_a_mistake_in_the_configuration_is_named(tmp_path):
    (tmp_path / ".env").write_text("CHURN_SOURCE=small.csv\n", encoding="utf-8")
    write_sample(300, 2, tmp_path / "small.csv")
    segment = "{segment_id: mine, name: Mine, conditions: [{attribute: tenure, value: x}]}"
    finished = run_churn(tmp_path, "build", "--vars", f"{{named_segments: [{segment}]}}")
    assert finished.returncode == 1
    assert "small.csv" in finished.stderr
    assert "named segment mine: there is no attribute tenure; known are age" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert 'File "' not in finished.stderr


def test_files_read_together_need_one_header(tmp_path):
    """Columns of a later file would be read by place, whatever its header says."""
    write_sample(50, 2, tmp_path / "a.csv")
    rows = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "b.csv").write_text("".join(rows[1:]), encoding="utf-8")
    finished = run_churn(tmp_path, "build", "--source", "*.csv")
    assert finished.returncode == 1
    assert "begin with different lines" in finished.stderr


def test_an_empty_source_is_no_sample(tmp_path):
    finished = run_churn(tmp_path, "build", "--source", "")
    assert finished.returncode == 2
    assert not (tmp_path / "churn.duckdb").exists()


def test_a_file_that_duckdb_can_open_but_is_no_database_is_kept(tmp_path):
    (tmp_path / "raw_customers.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    finished = run_churn(tmp_path, "build", CHURN_WAREHOUSE="raw_customers.csv")
    assert finished.returncode == 1
    assert (tmp_path / "raw_customers.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_name_with_brackets_is_that_file(tmp_path):
    write_sample(60, 2, tmp_path / "cust[1].csv")
    write_sample(40, 3, tmp_path / "cust1.csv")
    published = build(tmp_path, "cust[1].csv")
    assert query(published, "select rows_read from publication") == [(60,)]


def test_a_folder_is_no_source(tmp_path):
    (tmp_path / "folder").mkdir()
    finished = run_churn(tmp_path, "build", "--source", "folder")
    assert finished.returncode == 1
    assert "is a folder" in finished.stderr


def test_names_and_values_are_data(tmp_path):
    """Whatever a column or a city is called, it is shown as it is and breaks nothing."""
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:101]
    cities = ["O'Brien {{ x }}", "missing", "other", "a;b drop table customers", "{% raw %}", "\\"]
    rows = [lines[0] + ',source_file,rowid,"we""ird; {{ c }}"']
    for number, line in enumerate(lines[1:]):
        fields = line.split(",")
        fields[2] = cities[number % len(cities)]
        rows.append(",".join([*fields, "a", "b", "c"]))
    (tmp_path / "names.csv").write_text("\n".join(rows), encoding="utf-8")
    published = build(tmp_path, "names.csv")
    assert query(published, "select customers from churn_overview") == [(100,)]
    # A value that is called like a band without one is quoted.
    expected = [f'"{city}"' if city in ("missing", "other") else city for city in cities]
    assert {band for (band,) in query(published, "select city_band from churn_by_city")} == set(
        expected
    )


def test_a_target_that_is_no_database_is_refused_before_the_work(tmp_path):
    write_sample(50, 2, tmp_path / "small.csv")
    before = (tmp_path / "small.csv").read_bytes()
    (tmp_path / "other.csv").write_bytes(before)
    (tmp_path / "link.csv").hardlink_to(tmp_path / "small.csv")
    for variable, file, said in (
        ("CHURN_PUBLISHED", "other.csv", "left as it is"),
        ("CHURN_PUBLISHED", "link.csv", "CHURN_PUBLISHED and the source are the same file"),
        ("CHURN_WAREHOUSE", "other.csv", "left as it is"),
        ("CHURN_WAREHOUSE", "link.csv", "CHURN_WAREHOUSE and the source are the same file"),
    ):
        finished = run_churn(tmp_path, "build", "--source", "small.csv", **{variable: file})
        assert finished.returncode == 1
        assert said in finished.stderr
        assert (tmp_path / file).read_bytes() == before
    assert not (tmp_path / "work.duckdb").exists()


def test_a_failed_build_publishes_nothing(tmp_path):
    write_sample(300, 2, tmp_path / "small.csv")
    build(tmp_path, "small.csv")
    before = (tmp_path / "churn.duckdb").read_bytes()
    (tmp_path / "small.csv").write_text("USERID,city\n1,A\n", encoding="utf-8")
    finished = run_churn(tmp_path, "build", "--source", "small.csv")
    assert finished.returncode == 1
    assert (tmp_path / "churn.duckdb").read_bytes() == before


def test_an_open_warehouse_is_named(tmp_path):
    with duckdb.connect(str(tmp_path / "work.duckdb")):
        finished = run_churn(tmp_path, "build")
    assert finished.returncode == 1
    assert "is open in another program" in finished.stderr


def test_a_foreign_warehouse_is_left_alone(tmp_path):
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        connection.execute("create table precious as select 1 as a")
    finished = run_churn(tmp_path, "build")
    assert finished.returncode == 1
    assert "holds other tables (precious)" in finished.stderr
    assert query(tmp_path / "work.duckdb", "from precious") == [(1,)]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ("{alpa: 0.01}", "there is no var alpa (did you mean alpha?)"),
        ("alpha", "--vars must be YAML such as"),
        ("{alpha: [", "--vars is no YAML"),
    ],
)
def test_vars_that_are_none_are_refused(tmp_path, variables, said):
    finished = run_churn(tmp_path, "build", "--vars", variables)
    assert finished.returncode == 1
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CHURN_ENGINE_THREADS", "many", "must be a whole number from 1"),
        ("CHURN_MEMORY_LIMIT", "lots", "must be as in 4GB"),
        ("CHURN_SPILL", "nowhere", "which is no folder"),
    ],
)
def test_limits_without_a_meaning_are_refused(tmp_path, variable, value, said):
    finished = run_churn(tmp_path, "build", **{variable: value})
    assert finished.returncode == 1
    assert said in finished.stderr and "Traceback" not in finished.stderr


def test_clusters_are_the_same_with_a_list_and_with_a_join(sample_build, tmp_path):
    finished = run_churn(tmp_path, "build", "--vars", "{max_lookup_cells: 0}")
    assert finished.returncode == 0, finished.stderr
    for table in ("customers", "customer_clusters"):
        rows = [
            query(file, f"select * from {table} order by customer_id")
            for file in (sample_build, tmp_path / "churn.duckdb")
        ]
        assert rows[0] == rows[1]


def test_customers_come_in_the_order_of_the_source(sample_build):
    published = query(sample_build, "select customer_id from customers")
    with SAMPLE.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [key for (key,) in published] == [f"{row['USERID']}|{row['city']}" for row in rows]


def test_a_bank_may_ask_nothing(tmp_path):
    finished = run_churn(tmp_path, "build", "--vars", "{hypotheses: [], named_segments: []}")
    assert finished.returncode == 0, finished.stderr
    assert query(tmp_path / "churn.duckdb", "select count(*) from hypothesis_tests") == [(0,)]
