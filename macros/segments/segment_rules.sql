{#-
    The listed segments with their rules, by rank, read when a model is compiled: the search has written
    them by then, as the model depends on `int_risk_segments`. Empty before the first build.
-#}
{% macro segment_rules() -%}
    {%- set rules = [] -%}
    {%- set segments = found_by_search("int_risk_segments") if target.type == "spark" and execute
        else built_relation("int_risk_segments") -%}
    {%- if segments is not none -%}
        {%- for row in run_query(
            "select segment_id, rule_sql from " ~ segments
            ~ " where search_rank is not null order by search_rank"
        ) -%}
            {#- In Spark a backslash begins an escape. #}
            {%- set rule = row["rule_sql"] | replace("\\", "\\\\") if target.type == "spark" else row["rule_sql"] -%}
            {%- do rules.append({"segment_id": row["segment_id"], "rule_sql": rule}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(rules) -}}
{%- endmacro %}
