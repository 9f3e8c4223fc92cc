{#-
    Where a customer is counted among the values of an attribute: two columns, `step` of an ordered one (see
    `value_step`) and `value` of a nominal one. Both are null where there is no value.
-#}
{% macro place_of_value(attribute) -%}
    {%- set is_ordered = attribute.type in ["number", "integer"] -%}
    {{ value_step(attribute) if is_ordered else "cast(null as double)" }} as step,
    {{ "cast(null as varchar)" if is_ordered else nominal_value(attribute) }} as value
{%- endmacro %}
