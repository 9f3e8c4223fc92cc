{{ config(materialized="view") }}

select
    churn_source_file as source_file,
    min({{ parsed_row() }}) as first_parsed_row
from {{ ref('raw_customers').render() }}
group by churn_source_file
