{#- Whether a customer's id is the word of a line of totals, as reports and spreadsheets end with one. -#}
{% macro is_total(column) -%}
    lower({{ column }}) in (
        'total', 'totals', 'total:', 'grand total', 'subtotal', 'sum', 'sum:', 'summe', 'gesamt', 'insgesamt', 'итого', 'итого:',
        'всего', 'всего:'
    )
{%- endmacro %}
