{#-
    The conditions of the listed segments, by rank and place in the rule, each with the SQL of all others
    of its rule. Read when a model is compiled, see `segment_rules`.
-#}
{% macro segment_conditions() -%}
    {%- set found = [] -%}
    {%- set segments = built_relation("int_risk_segments") -%}
    {%- if segments is not none -%}
        {%- for row in run_query(
            "select segment_id, conditions from " ~ segments
            ~ " where search_rank is not null order by search_rank"
        ) -%}
            {%- set conditions = fromjson(row["conditions"]) -%}
            {%- for condition in conditions -%}
                {%- set others = [] -%}
                {%- for other in conditions if other.sql != condition.sql -%}
                    {%- do others.append("(" ~ other.sql ~ ")") -%}
                {%- endfor -%}
                {%- do found.append({
                    "segment_id": row["segment_id"],
                    "number": loop.index,
                    "condition": condition,
                    "others": others | join(" and ") or "true",
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}
