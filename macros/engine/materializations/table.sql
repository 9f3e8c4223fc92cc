{#-
    A table is created where it belongs, in one statement and transaction. dbt-duckdb's own
    materialization creates it elsewhere, renames it and looks after what was there, which takes ten
    statements more; most time of a small build went there. This one is for tables without indexes,
    grants and foreign keys, as all here are.
-#}
{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type="table") -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none %}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif %}
    {% call statement("main", language=model["language"]) -%}
        {{- create_table_as(False, target, compiled_code, model["language"]) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
