{% for attribute in attributes() -%}
select
    {{ loop.index }} as attribute_order,
    '{{ attribute.name }}' as attribute,
    '{{ attribute.type }}' as attribute_type,
    '{{ attribute.unit | default("") }}' as unit,
    {{ sql_text(attribute.label) }} as label,
    {{ attribute.may_follow | default(false) | lower }} as may_follow,
    {{ sql_text((attribute.ru | default({})).label | default(attribute.label)) }} as label_ru
{{ "union all" if not loop.last }}
{% endfor -%}
order by attribute_order
