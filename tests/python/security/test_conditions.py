"""What people write as a condition reads columns, and nothing else."""

import pytest

from python_steps.common.expressions import expression_problem

from ..conftest import run_churn


@pytest.mark.parametrize(
    "condition",
    [
        "age > 30",
        "not is_active",
        "balance is null or balance >= 1e6",
        "city in ('Rome', 'O''Hare', '-- no comment', '/*')",
        "age between 18 and 39 and product_count = 2",
        "city like 'R%' and not city ilike '%x'",
        "case when age > 30 then balance > 5 else is_active end",
        "round(estimated_income / 12, 2) > abs(balance - 3)",
        "coalesce(credit_score, 0) < 700",
        "cast(age as integer) % 2 = 0",
        '"age" > 3',
        "date_diff('day', date '2020-01-01', since) > 3",
        "true",
    ],
)
def test_conditions_over_columns_are_taken(condition):
    assert expression_problem(condition) == ""


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("age > 0) or (true", "it is no condition: syntax error"),
        ("age > 0; drop table customers", "it is no condition"),
        ("age > 0 order by 1", "more than one condition"),
        ("age > 0 limit 1", "more than one condition"),
        ("age > 0 union select 1", "more than one condition"),
        ("true group by 1 having count(*) > 1", "more than one condition"),
        ("exists (select 1 from read_text('/etc/hostname'))", "may not have a subquery"),
        ("age > (select max(age) from customers)", "may not have a subquery"),
        ("read_text('x') is null", "may not call read_text"),
        ("length(getenv('HOME')) > 0", "may not call getenv"),
        ("current_setting('temp_directory') = ''", "may not call current_setting"),
        ("main.abs(age) > 3", "may not call abs"),
        ("row_number() over () > 3", "may not have a window"),
        ("count(*) > 3", "may not call count_star"),
        ("columns('.*') > 3", "may not have a star"),
        ("list_transform([1], x -> x)[1] = 1", "may not"),
        ("? > 3", "may not have a parameter"),
        ("age > 3 -- and", "it has a comment"),
        ("age > /* x */ 3", "it has a comment"),
        ("", "it is no condition"),
        ("age > 'x", "it is no condition"),
    ],
)
def test_anything_else_is_refused(condition, said):
    assert said in expression_problem(condition)


@pytest.mark.parametrize(
    "condition",
    ["age > 0) or (true", "(select count(*) from read_text('bank.csv')) > 0", "age > 0 -- x"],
)
def test_a_build_refuses_them_where_they_are_configured(tmp_path, condition):
    hypothesis = (
        "{hypothesis_id: mine, question: x, metric: has_churned, method: two_proportion_z, "
        f'group_a: {{name: a, where: "{condition}"}}, group_b: {{name: b, where: age > 3}}}}'
    )
    finished = run_churn(tmp_path, "build", "--vars", f"{{hypotheses: [{hypothesis}]}}")
    assert finished.returncode == 1
    assert "hypothesis mine: group_a, where " in finished.stderr
    assert "it is no condition" in finished.stderr or "it may not" in finished.stderr
    assert not (tmp_path / "churn.duckdb").exists()
