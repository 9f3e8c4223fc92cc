{#- None of the columns is ever null. -#}
{% test never_null(model, columns) %}
select {{ columns | join(", ") }}
from {{ model }}
where
    {%- for column in columns %}
    {{ "or " if not loop.first }}{{ column }} is null
    {%- endfor %}
{% endtest %}
