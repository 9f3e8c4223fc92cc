{#-
    What a segment's stability means, as a sentence: near 0 a confirmed segment stays true, and is one
    description of many. Empty where it was not computed.
-#}
{% macro stability_note(stability, is_confirmed, similar, language) -%}
    {%- set words = {
        "en": {
            "most": "It comes back on most halves of the customers.",
            "some": "It comes back on some halves of the customers; on the others rules win that share less than half of its customers",
            "few": "It is one of many descriptions: on most halves of the customers rules win that share less than half of its customers",
            "unconfirmed": "It hardly comes back, and is not confirmed.",
            "such": ". The most like it that won is “", "close": "”.",
        },
        "ru": {
            "most": "Находится на большинстве половин клиентов.",
            "some": "Находится на части половин клиентов; на остальных лучшими были правила, с которыми у него меньше половины общих клиентов",
            "few": "Одно из многих описаний: на большинстве половин лучшими были правила, с которыми у него меньше половины общих клиентов",
            "unconfirmed": "Почти не находится вновь и не подтверждён.",
            "such": ". Больше всего на него похоже «", "close": "».",
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
