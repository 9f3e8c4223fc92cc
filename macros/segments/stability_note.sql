{#-
    What a segment's stability means, as a sentence: near 0 a confirmed segment stays true, and other rules
    describe its customers as well. Empty where it was not computed.
-#}
{% macro stability_note(stability, is_confirmed, similar, language) -%}
    {%- set words = {
        "en": {
            "most": "It comes back on most halves of the customers.",
            "some": "It comes back on some halves of the customers; on the others other rules describe them better",
            "few": "It is one of many descriptions: others describe the same customers as well",
            "unconfirmed": "It hardly comes back, and is not confirmed.",
            "such": ", such as “", "close": "”.",
        },
        "ru": {
            "most": "Находится на большинстве половин клиентов.",
            "some": "Находится на части половин клиентов; на остальных их лучше описывают другие правила",
            "few": "Одно из многих описаний: другие описывают тех же клиентов не хуже",
            "unconfirmed": "Почти не находится вновь и не подтверждён.",
            "such": ", например «", "close": "».",
        },
    }[language] -%}
    case
        when {{ stability }} is null or isnan({{ stability }}) then ''
        when {{ stability }} >= 0.5 then '{{ words.most }}'
        when {{ stability }} < 0.2 and not {{ is_confirmed }} then '{{ words.unconfirmed }}'
        else
            case when {{ stability }} >= 0.2 then '{{ words.some }}' else '{{ words.few }}' end
            || case
                when {{ similar }} = '' then '.'
                else '{{ words.such }}' || {{ similar }} || '{{ words.close }}'
            end
    end
{%- endmacro %}
