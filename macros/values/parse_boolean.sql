{#- Text to true or false, null where it is neither. -#}
{% macro parse_boolean(column) -%}
    case
        when lower({{ column }}) in ('1', '1.0', 'true', 't', 'yes', 'y', 'on', 'да', 'д', 'истина', 'ja', 'oui', 'si', 'sí', 'sim') then true
        when lower({{ column }}) in ('0', '0.0', 'false', 'f', 'no', 'n', 'off', 'нет', 'н', 'ложь', 'nein', 'non', 'não', 'nao') then false
    end
{%- endmacro %}
