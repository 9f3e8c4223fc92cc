"""What a page is made of: tables that readers sort, and charts with a description."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from python_steps.report import charts, phrases
from python_steps.report.figures import Row
from python_steps.report.wording import Wording, filled_columns

# Texts of more letters need room.
_LONG = 24


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what is shown.
        value: by what the column is sorted; the text where it is None.
        kind: a class of the style sheet.
    """

    text: str
    value: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table that readers sort and filter.

    Attributes:
        name: its id in the page.
        caption: what it shows.
        columns: the titles, and whether the cells are figures.
        rows: the cells.
        choices: values of the first column by which readers filter, if any.
    """

    name: str
    caption: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    choices: Sequence[str] = field(default_factory=tuple)

    def filled(self) -> "Table":
        """The table without columns in which no row says anything."""
        if not self.rows:
            return self
        places = filled_columns([[cell.text for cell in row] for row in self.rows])
        return replace(
            self,
            columns=[self.columns[place] for place in places],
            rows=[[row[place] for place in places] for row in self.rows],
        )

    def kind(self, column: int) -> str:
        """A class of the style sheet for a column: of figures, or of long texts."""
        if self.columns[column][1]:
            return "figure"
        return "long" if any(len(row[column].text) > _LONG for row in self.rows) else ""


@dataclass(frozen=True)
class Chart:
    """A chart with its description and, where a reader may want the figures, their table.

    Where there is nothing to draw, ``spec`` is None, and the page leaves the chart out.
    """

    name: str
    title: str
    description: str
    spec: charts.Spec | None
    table: Table | None = None


def columns_of(*texts: str, figures: Iterable[str]) -> list[tuple[str, bool]]:
    """Columns of texts, then of figures."""
    return [*((text, False) for text in texts), *((figure, True) for figure in figures)]


def number_cell(number: float | None, wording: Wording) -> Cell:
    """A number."""
    return Cell(wording.number(number), number)


def percent_cell(share: float | None, wording: Wording) -> Cell:
    """A share."""
    return Cell(wording.percent(share), share)


def amount_cell(amount: float | None, wording: Wording) -> Cell:
    """An amount of money."""
    return Cell(phrases.value_words(amount, wording), amount)


def interval_cell(row: Row, wording: Wording) -> Cell:
    """The interval of a rate."""
    low, high = row["churn_rate_low"], row["churn_rate_high"]
    return Cell(wording.interval(low, high), low)


def odds_ratio_cell(effect: Row, column: str, wording: Wording) -> Cell:
    """An odds ratio with its interval."""
    low, high = effect[f"{column}_low"], effect[f"{column}_high"]
    interval = f"{wording.number(low, 2)} – {wording.number(high, 2)}"
    return Cell(f"{wording.number(effect[column], 2)} ({interval})", effect[column])
