{#-
    The attributes of the `attributes` var, in order; `kind` keeps only the ordered ones (bands
    are intervals) or the nominal ones (bands are values). With `absent` also those that the models
    know by name and the bank's table does not have: their columns are there, without a value.
-#}
{% macro attributes(kind=none, absent=false) -%}
    {%- do need_vars() -%}
    {%- set kept = [] -%}
    {%- for attribute in var("attributes") + (var("absent_attributes") if absent else []) -%}
        {%- set attribute_kind = "ordered" if attribute.type in ["number", "integer"] else "nominal" -%}
        {%- if kind is none or kind == attribute_kind -%}
            {%- do kept.append(dict(attribute, kind=attribute_kind)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(kept) -}}
{%- endmacro %}
