"""What is wrong with a source, before anything is built from it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb

from python_steps.common.dbt_run import run_dbt
from python_steps.common.errors import ChurnError
from python_steps.common.scratch import scratch
from python_steps.common.settings import Settings
from python_steps.intake.drafts.leakage import tells_outcome
from python_steps.intake.drafts.profile import MAX_ROWS, profile
from python_steps.intake.variables import read_variables

# What the models make of the source before any figure.
_COMMAND = ("run", "--select", "+rejected_rows", "+int_table_quality")
# Checks of int_table_quality whose rows and values are shown one by one.
_SHOWN = ("malformed_lines", "missing_key", "missing_outcome", "repeated_rows", "conflicting_keys")
_SHOWN_STARTS = ("unreadable_", "out_of_range_")
# Checks of one attribute, of which so many are said one by one.
_ALIKE = {"missing_": "Missing values", "outliers_": "Values far from the others"}
MOST_ALIKE = 5
_REMEDIES = {
    "malformed line": "Correct the line, or export the table anew.",
    "is missing, so the customer cannot be identified": "Fill it in, or choose another key.",
    "repeats an earlier row": "Nothing to do: the first is kept.",
    "another row has the same key": "Decide which is right, or choose a key that tells them apart.",
    "has_churned is missing": "Fill it in; with churned_when_set in the mapping, nothing means no.",
    "has_churned is neither": "Say under values in the mapping what the word means.",
    "is unreadable": "Correct them, or say in the mapping how they are written.",
    "is a line of totals": "Nothing to do: it is left out.",
    "is out of range": "Correct them, or change minimum and maximum of the attribute.",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        severity: ``error`` where nothing can be built, ``warning`` where it is built without the
            rows or values, ``note`` where nothing is lost.
        problem: what is wrong.
        rows: how many rows it concerns; None where it concerns the whole source.
        example: where it is seen first.
        remedy: what to do.
    """

    severity: str
    problem: str
    rows: int | None = None
    example: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        source: the source.
        status: ``fine``, ``warnings`` or ``unusable``.
        rows_read, rows_accepted: of the source; None where it could not be read.
        findings: the gravest first.
    """

    source: str
    status: str
    rows_read: int | None
    rows_accepted: int | None
    findings: Sequence[Finding]

    @property
    def exit_code(self) -> int:
        """0 fine, 1 usable with warnings, 2 unusable."""
        return ("fine", "warnings", "unusable").index(self.status)

    def as_json(self) -> str:
        """Everything, for programs."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


def check(settings: Settings) -> Checked:
    """Look for everything that is wrong with the source of a build.

    The models that read and judge the source are run in a warehouse of their own, so that a build
    finds just the same. Neither the warehouse nor the published file of the settings is touched.
    """
    source = settings.table
    with scratch(Path(gettempdir()), "churn_check_") as folder:
        # Called as that of a build, so that dbt need not parse the project anew.
        warehouse = folder / settings.warehouse.name
        try:
            variables = read_variables(settings)
            with variables.source(settings).readable(folder) as readable:
                environment = {**settings.environment(), **readable.environment()}
                environment["CHURN_SPARK_TABLES"] = ""
                run_dbt(settings.project, warehouse, _COMMAND, environment, variables.values)
        except ChurnError as error:
            lines = [Finding("error", line) for line in str(error).splitlines()]
            return Checked(source, "unusable", None, None, lines)
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return _judged(connection, source)


def _judged(connection: duckdb.DuckDBPyConnection, source: str) -> Checked:
    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    ((accepted,),) = rows(
        "select count(*) from int_customers_validated where rejection_reasons is null"
    )
    ((rejected,),) = rows("select count(*) from rejected_rows")
    findings = [
        Finding("warning", reason, count, f"row {row}: {example or ''}"[:200], _remedy(reason))
        for reason, count, row, example in rows(
            """
            select
                case
                    when reason like 'malformed line%' then
                        regexp_replace(reason, 'malformed line [0-9]+', 'malformed line')
                    else split_part(reason, ': ', 1)
                end as kind,
                count(*) as affected,
                min(source_row) as first_row,
                arg_min(raw_row, source_row) as example
            from (
                select source_row, raw_row, unnest(string_split(reasons, '; ')) as reason
                from rejected_rows
            )
            group by kind
            order by affected desc, kind
            """
        )
    ]
    for problem, count in rows(
        """
        select problem, count(*) as affected
        from (
            select unnest(string_split(value_problems, '; ')) as problem
            from int_customers_validated
            where rejection_reasons is null and value_problems is not null
        )
        group by problem
        order by affected desc, problem
        """
    ):
        attribute = problem.split(" ", 1)[0]
        ((customer, value, file, place),) = connection.execute(
            f"select validated.customer_id, staged.{attribute}_text, validated.source_file, "
            "validated.parsed_row - file_starts.first_parsed_row "
            "from int_customers_validated as validated "
            "inner join int_file_starts as file_starts using (source_file) "
            "inner join stg_bank__customers as staged using (source_file, parsed_row) "
            "where validated.value_problems like '%' || ? || '%' "
            "and validated.rejection_reasons is null order by staged.parsed_row limit 1",
            [problem],
        ).fetchall()
        row = place + 1
        # Malformed lines that stand before it are rows of the source too.
        for (line,) in connection.execute(
            "select line_number from raw_malformed_lines where source_file = ? order by 1", [file]
        ).fetchall():
            row += line - 1 <= row
        example = f"row {row}, customer {customer}: {value}"[:200]
        findings.append(Finding("warning", problem, count, example, _remedy(problem)))
    findings += [
        Finding(
            "warning",
            f"{name}: {told}",
            remedy="Remove it from columns, if it is not known before somebody leaves.",
        )
        for name, told in _leaks(connection)
    ]
    findings += _worth_knowing(
        rows(
            "select check_name, rows_affected, meaning from int_table_quality "
            "where rows_affected > 0 order by rows_affected desc, check_name"
        )
    )
    if not accepted:
        said = "no row could be accepted" if rejected else "there is a header line but no rows"
        findings.insert(0, Finding("error", said))
    ((set_aside,),) = rows(
        "select rows_affected from int_table_quality where check_name = 'rows_set_aside'"
    )
    read = accepted + rejected + set_aside
    is_whole = all(finding.severity == "note" for finding in findings)
    status = "unusable" if not accepted else "fine" if is_whole else "warnings"
    return Checked(source, status, read, accepted, findings)


def _leaks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Attributes that nearly tell who left, and how, among so many customers as drafts look at."""
    names = [
        name
        for name, *_ in connection.execute("describe int_customers_accepted").fetchall()
        if name not in ("customer_id", "user_id", "has_churned", "fold")
    ]
    connection.execute(
        "create temp table loaded as select row_number() over () as churn_row, * "
        f"from int_customers_accepted using sample reservoir({MAX_ROWS} rows) repeatable (1)"
    )
    found = []
    for column in profile(connection, "loaded"):
        if column.name in names and column.distinct > 1:
            told = tells_outcome(connection, column, "has_churned")
            if told:
                found.append((column.name, told))
    return found


def _worth_knowing(checks: Sequence[tuple[str, int, str]]) -> list[Finding]:
    """What checks of the table found, the most rows first; of many alike some and how many more."""
    findings: list[Finding] = []
    more: dict[str, list[str]] = {kind: [] for kind in _ALIKE}
    seen = Counter[str]()
    for check, count, meaning in checks:
        if check in _SHOWN or check.startswith(_SHOWN_STARTS):
            continue
        kind = next((one for one in _ALIKE if check.startswith(one)), check)
        seen[kind] += 1
        if kind in _ALIKE and seen[kind] > MOST_ALIKE:
            more[kind].append(check.removeprefix(kind))
        else:
            severity = "warning" if check == "one_outcome" else "note"
            findings.append(Finding(severity, meaning, count))
    for kind, names in more.items():
        if names:
            others = f"of {len(names)} more, see data_quality: {', '.join(names)}."
            findings.append(Finding("note", f"{_ALIKE[kind]} {others}"))
    return findings


def _remedy(problem: str) -> str:
    for known, remedy in _REMEDIES.items():
        if known in problem:
            return remedy
    return ""


def table(checked: Checked) -> str:
    """What a check found, for people."""
    heading = {
        "fine": "Nothing is wrong, but for what is worth knowing."
        if checked.findings
        else "Nothing is wrong.",
        "warnings": "It can be built, without what is named here.",
        "unusable": "It cannot be built.",
    }[checked.status]
    read = (
        ""
        if checked.rows_read is None
        else f" {checked.rows_read:,} rows, {checked.rows_accepted:,} of them customers."
    )
    lines = [f"{checked.source}: {heading}{read}"]
    for finding in checked.findings:
        count = "" if finding.rows is None else f"{finding.rows:,} × "
        lines.append(f"  {finding.severity:<8} {count}{finding.problem}")
        lines += [f"           {text}" for text in (finding.example, finding.remedy) if text]
    return "\n".join(lines)
