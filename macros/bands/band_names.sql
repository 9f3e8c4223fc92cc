{#-
    One row with the names of each attribute's bands, by number: looking a name up in a list keeps rows in
    their order, as a join would not.
-#}
{% macro band_names() -%}
    select
        {%- for attribute in attributes() %}
        {{ in_band_order("band", "attribute = '" ~ attribute.name ~ "'") }} as {{ attribute.name }}_names
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_bands') }}
{%- endmacro %}
