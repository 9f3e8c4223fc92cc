{{ config(materialized="view" if target.type == "duckdb" else "table") }}

-- depends_on: {{ ref('int_risk_segments') }}
-- The rules themselves decide, so that a segment is exactly what its rule_sql selects.
{% for segment in segment_rules() %}
select
    customer_id,
    {{ sql_text(segment.segment_id) }} as segment_id
from {{ ref('customers') }}
where {{ segment.rule_sql }}
union all
{% endfor %}
select
    customer_id,
    cast(null as string) as segment_id
from {{ ref('customers') }}
where false
