{#-
    The listed segments with their rules, by rank, read when a model is compiled: the search has written
    them by then, as the model depends on `int_risk_segments`. Empty before the first build.
-#}
{% macro segment_rules() -%}
    {%- set rules = [] -%}
    {%- set segments = built_relation("int_risk_segments") -%}
    {%- if segments is not none -%}
        {%- for row in run_query(
            "select segment_id, rule_sql from " ~ segments
            ~ " where search_rank is not null order by search_rank"
        ) -%}
            {%- do rules.append({"segment_id": row["segment_id"], "rule_sql": row["rule_sql"]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(rules) -}}
{%- endmacro %}
