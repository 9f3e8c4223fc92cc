{#-
    The segments with their rules, by rank, read when a model is compiled: the search has written
    them by then, as the model depends on `int_risk_segments`. Empty before the first build.
-#}
{% macro segment_rules() -%}
    {%- set rules = [] -%}
    {%- if execute -%}
        {%- set found = adapter.get_relation(
            database=ref("int_risk_segments").database,
            schema=ref("int_risk_segments").schema,
            identifier=ref("int_risk_segments").identifier,
        ) -%}
        {%- if found is not none -%}
            {%- for row in run_query("select segment_id, rule_sql from " ~ found ~ " order by search_rank") -%}
                {%- do rules.append({"segment_id": row["segment_id"], "rule_sql": row["rule_sql"]}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(rules) -}}
{%- endmacro %}
