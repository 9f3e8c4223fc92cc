"""A draft of a mapping: what it holds, and how it is written."""

from dataclasses import dataclass, field
from typing import Any

from python_steps.intake.drafts.yaml_lines import entry, on_one_line, quoted
from python_steps.intake.mapping import ROW_NUMBER

# Attributes that banks have of their customers, and hardly anybody else.
_BANKS = {"balance", "credit_score", "product_count", "has_credit_card", "equity_points"}


@dataclass
class Draft:
    """A mapping as text, what it leaves out, and what nobody can know from the table."""

    key: list[str] = field(default_factory=list)
    # Who has several rows, where customers do; that is the key then.
    identity: str = ""
    rows_of: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    when_set: bool = False
    keep_out: list[str] = field(default_factory=list)
    csv: dict[str, Any] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    churned: int | None = None
    known: int = 0
    is_sampled: bool = False
    separator: str = ""
    # A column of dates of which the last is that of the table.
    as_of: str = ""
    # The last date of the table, as year-month-day; attributes count days from there.
    last_date: str = ""
    # Columns of which a mapping must say something, as others have their name.
    to_name: set[str] = field(default_factory=set)

    def leave_out(self, column: str, reason: str, keep_out: bool = True) -> None:
        """Say why a column is no attribute."""
        self.left_out[column] = reason
        if keep_out or column in self.to_name:
            self.keep_out.append(column)

    def summary(self) -> list[str]:
        """What was taken, what was left out and why, and what comes of it."""
        attributes = [name for name in self.columns if name not in ("user_id", "has_churned")]
        lines = [
            f"{self.rows:,} rows looked at"
            + (", spread over the table." if self.is_sampled else ".")
        ]
        if "has_churned" in self.columns and self.churned is not None and self.rows:
            lines.append(
                f"{self.columns['has_churned']} says that {self.churned:,} left, "
                f"{self.churned / max(1, self.known):.1%}"
                + (
                    "."
                    if self.known >= self.rows
                    else f" of {self.known:,}; it says nothing of {self.rows - self.known:,}."
                )
            )
        lines.append(f"{len(attributes)} attributes: {', '.join(attributes) or 'none'}.")
        lines += [f"Left out: {column}: {why}." for column, why in self.left_out.items()]
        return lines

    def text(self, source: str) -> str:
        """YAML with a comment where the draft leaves something out or is unsure."""
        lines = [f"# Drafted from {quoted(source)}. Read it before use."]
        lines += [f"# {on_one_line(one)}" for one in self.summary()]
        lines += [f"# Unsure: {on_one_line(one)}" for one in self.unsure]
        key = ROW_NUMBER if self.key == [ROW_NUMBER] else f"[{', '.join(self.key)}]"
        lines.append(f"key: {key}")
        if self.rows_of:
            lines.append(f"rows: {entry(self.rows_of)}")
        if self.as_of:
            lines.append(f"as_of: {quoted(self.as_of)}")
        lines += ["", "columns:"]
        lines += [f"  {name}: {quoted(column)}" for name, column in self.columns.items()]
        if self.when_set:
            lines += ["", "churned_when_set: true"]
        if self.values:
            lines += ["", "values:"]
            for name, words in self.values.items():
                lines.append(f"  {name}: {entry(words)}")
        if not _BANKS & {*self.columns}:
            # Offers of a bank would be from the wrong world.
            lines += ["", "business: other"]
        if self.keep_out:
            lines += ["", f"keep_out: [{', '.join(map(quoted, self.keep_out))}]"]
        if self.csv:
            lines += ["", f"csv: {entry(self.csv)}"]
        if self.attributes:
            lines += ["", "attributes:"]
            lines += [f"  - {entry(one)}" for one in self.attributes]
        return "\n".join(lines) + "\n"
