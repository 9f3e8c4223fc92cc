"""Commands that build and publish, with dbt run here or elsewhere."""

import sys
import time

import click
import yaml

from python_steps.cli.common import explains_mistakes, settings_from, show, show_progress, summarise

CONTENTS = click.option(
    "--contents",
    type=click.Choice(["everything", "aggregates"]),
    help="What to publish; aggregates have no row about a single customer. [CHURN_CONTENTS]",
)
MINIMUM_CELL = click.option(
    "--minimum-cell",
    type=click.IntRange(min=0),
    help="No group of fewer can be told from aggregates. [CHURN_MINIMUM_CELL, 10]",
)
PUBLISHED = click.option(
    "--published", metavar="FILE", help="DuckDB file to publish. [CHURN_PUBLISHED]"
)
WAREHOUSE = click.option(
    "--warehouse", metavar="FILE", help="DuckDB file to work in. [CHURN_WAREHOUSE]"
)
MAPPING = click.option(
    "--mapping", metavar="FILE", help="What the table calls things. [CHURN_MAPPING]"
)


@click.command()
@click.option(
    "--source",
    metavar="FILE",
    help="CSV or Parquet file, or a glob; or a table, as bank.duckdb::customers. [CHURN_SOURCE]",
)
@PUBLISHED
@WAREHOUSE
@CONTENTS
@MINIMUM_CELL
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@MAPPING
@click.option("--vars", "variables", metavar="YAML", help="dbt vars, such as '{alpha: 0.01}'.")
@click.option("--as-of", metavar="DATE", help="The date of the data. [CHURN_AS_OF]")
@click.option(
    "--new-halves",
    metavar="SEED",
    help="Draw the halves of the customers anew, by any text or number. [CHURN_NEW_HALVES]",
)
@click.option("--spark", metavar="FOLDER", help="Let Spark do what is heavy, there. [CHURN_SPARK]")
@click.option("--spark-master", metavar="URL", help="The cluster. [CHURN_SPARK_MASTER, local[*]]")
@explains_mistakes
def build(
    source: str | None,
    published: str | None,
    warehouse: str | None,
    contents: str | None,
    minimum_cell: int | None,
    encoding: str | None,
    mapping: str | None,
    variables: str | None,
    as_of: str | None,
    new_halves: str | None,
    spark: str | None,
    spark_master: str | None,
) -> None:
    """Build a bank's table and publish what was found.

    Without a source, the sample that the project ships is used.
    """
    from python_steps.job.build import build as run_build

    started = time.monotonic()
    if source == "":
        raise click.UsageError("--source names no file. Leave it out to build the sample.")
    settings = settings_from(
        CHURN_SOURCE=source,
        CHURN_PUBLISHED=published,
        CHURN_WAREHOUSE=warehouse,
        CHURN_CONTENTS=contents,
        CHURN_MINIMUM_CELL=None if minimum_cell is None else str(minimum_cell),
        CHURN_ENCODING=encoding,
        CHURN_MAPPING=mapping,
        CHURN_AS_OF=as_of,
        CHURN_NEW_HALVES=new_halves,
        CHURN_SPARK=spark,
        CHURN_SPARK_MASTER=spark_master,
    )
    show(f"Reading {settings.source or 'the sample that the project ships'}", err=True)
    if settings.spark is None:
        aside = run_build(settings, variables, show_progress())
    else:
        from python_steps.job.spark import build_with_spark

        aside = build_with_spark(
            settings,
            variables,
            show_progress(),
            lambda what: click.echo(f"\r\033[K{what}" if sys.stderr.isatty() else what, err=True),
        )
    click.echo("\r\033[K" if sys.stderr.isatty() else "", err=True, nl=False)
    for sentence in aside:
        show(sentence)
    summarise(settings, published, time.monotonic() - started)


@click.command()
@PUBLISHED
@WAREHOUSE
@CONTENTS
@MINIMUM_CELL
@explains_mistakes
def publish(
    published: str | None,
    warehouse: str | None,
    contents: str | None,
    minimum_cell: int | None,
) -> None:
    """Publish the warehouse that a plain dbt build made.

    One whose last run failed, was cut short or left something out is refused.
    """
    from python_steps.job.publish import publish_warehouse

    started = time.monotonic()
    settings = settings_from(
        CHURN_PUBLISHED=published,
        CHURN_WAREHOUSE=warehouse,
        CHURN_CONTENTS=contents,
        CHURN_MINIMUM_CELL=None if minimum_cell is None else str(minimum_cell),
    )
    publish_warehouse(settings)
    summarise(settings, published, time.monotonic() - started)


@click.command("vars")
@MAPPING
@explains_mistakes
def variables(mapping: str | None) -> None:
    """Print a mapping as the vars of a plain dbt build.

    dbt build --vars "$(churn vars --mapping bank.yml)"
    """
    from python_steps.intake.variables import read_variables

    settings = settings_from(CHURN_MAPPING=mapping)
    values = dict(read_variables(settings).values)
    said = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    click.echo(said, nl=False)


class _Dumper(yaml.SafeDumper):
    """PyYAML, which loses unusual ends of lines in texts that it does not put between quotes."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)
