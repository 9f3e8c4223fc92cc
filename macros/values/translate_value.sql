{#- The bank's word to ours, by the mapping; a word without translation stays as it is, one
    that is translated to nothing means missing. -#}
{% macro translate_value(column, attribute) -%}
    {%- set translations = (var("mapping")["values"] or {}).get(attribute, {}) -%}
    {%- if translations -%}
    case {{ column }}
        {%- for theirs, ours in translations.items() %}
        when {{ sql_text(theirs) }} then {{ sql_text(ours) if ours else "cast(null as string)" }}
        {%- endfor %}
        else {{ column }}
    end
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}
