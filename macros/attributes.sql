{#-
    The attributes of the `attributes` var, in order; `kind` keeps only the ordered ones (bands
    are intervals) or the nominal ones (bands are values).
-#}
{% macro attributes(kind=none) -%}
    {%- set kept = [] -%}
    {%- for attribute in var("attributes") -%}
        {%- set attribute_kind = "ordered" if attribute.type in ["number", "integer"] else "nominal" -%}
        {%- if kind is none or kind == attribute_kind -%}
            {%- do kept.append(dict(attribute, kind=attribute_kind)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(kept) -}}
{%- endmacro %}
