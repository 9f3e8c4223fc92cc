{#-
    The actions that segments are recommended, with the conditions of those whom they are meant for. Read
    when a model is compiled, see `segment_rules`.
-#}
{% macro recommended_actions() -%}
    {%- set found = [] -%}
    {%- set recommendations = found_by_search("segment_recommendations") if target.type == "spark" and execute
        else built_relation("segment_recommendations") -%}
    {%- if recommendations is not none -%}
        {%- for row in run_query(
            "select distinct action_id, condition from " ~ recommendations ~ " order by action_id"
        ) -%}
            {#- In Spark a backslash begins an escape. #}
            {%- set condition = row["condition"] | replace("\\", "\\\\") if target.type == "spark"
                else row["condition"] -%}
            {%- do found.append({"action_id": row["action_id"], "condition": condition}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}
