{#-
    The comparisons of groups that hypotheses with one of the methods need, read when a model is
    compiled: `int_hypotheses` is there by then. Empty before the first build.
-#}
{% macro comparisons(methods=none) -%}
    {%- set found = [] -%}
    {%- set hypotheses = built_relation("int_hypotheses") -%}
    {%- if hypotheses is not none -%}
        {%- set kept = "true" if methods is none else "method in ('" ~ methods | join("', '") ~ "')" -%}
        {%- for row in run_query(
            "select distinct comparison, metric, condition_a, condition_b, condition_within from "
            ~ hypotheses ~ " where " ~ kept ~ " order by comparison"
        ) -%}
            {%- do found.append({
                "comparison": row["comparison"],
                "metric": row["metric"],
                "in_a": "(" ~ row["condition_within"] ~ ") and (" ~ row["condition_a"] ~ ")",
                "in_b": "(" ~ row["condition_within"] ~ ") and (" ~ row["condition_b"] ~ ")",
                "within": "(" ~ row["condition_within"] ~ ")",
                "is_outcome": [row["condition_within"], row["condition_a"], row["condition_b"]]
                    == ["true", "has_churned", "not has_churned"],
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}
