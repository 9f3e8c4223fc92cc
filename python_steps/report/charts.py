"""The charts of the dashboard, as Vega-Lite specifications.

The page brings colours of axes and texts, for light and dark. A chart without anything to show is
None.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from python_steps.report.figures import Cube, Figures, Row
from python_steps.report.findings import shown_associations, shown_attributes, shown_profiles
from python_steps.report.phrases import attribute_label
from python_steps.report.reversals import Reversal, rates_within
from python_steps.report.wording import Wording
from python_steps.statistics.proportions import wilson_interval

Spec = dict[str, Any]

# Okabe and Ito (2008): distinct for every kind of colour vision.
LEFT, STAYED, MISSING, NEUTRAL = "#d55e00", "#0072b2", "#8a8a8a", "#56b4e9"
_ROW = 26


def rates_chart(figures: Figures, attribute: Row, wording: Wording) -> Spec | None:
    """Churn rates of the bands of an attribute with their intervals; all customers as a line."""
    rows = []
    for band in figures.bands(attribute["attribute"]):
        is_missing = band["band_order"] == 0
        rows.append(
            {
                "band": wording.band(attribute, band),
                "rate": band["churn_rate"],
                "low": band["churn_rate_low"],
                "high": band["churn_rate_high"],
                "colour": MISSING if is_missing else LEFT,
                **_hover(band, wording),
            }
        )
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("band:N", sort=None, title=None), tooltip=_tooltips(wording, "band")
    )
    bars = base.mark_bar().encode(
        x=alt.X("rate:Q", title=wording.text("Churn rate"), axis=_percent_axis()),
        color=alt.Color("colour:N", scale=None),
    )
    intervals = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    overall = (
        alt.Chart(_data([{"overall": figures.overview["churn_rate"]}]))
        .mark_rule(strokeDash=[5, 3])
        .encode(x="overall:Q")
    )
    return _spec(bars + intervals + overall, rows, height=_ROW * len(rows))


def distribution_chart(figures: Figures, attribute: Row, wording: Wording) -> Spec | None:
    """How the values of a number are distributed among those who left and those who stayed."""
    groups = {
        "share_of_left": wording.text("left"),
        "share_of_stayed": wording.text("stayed"),
    }
    rows = []
    for column, name in groups.items():
        bins = [
            row
            for row in figures.tables["attribute_histograms"]
            if row["attribute"] == attribute["attribute"] and row[column] is not None
        ]
        closed = [one for one in bins if None not in (one["lower_bound"], one["upper_bound"])]
        # Outer bins may be open. They are drawn as wide as the others, but apart: a line to them
        # would rise to what is far out altogether.
        width = closed[0]["upper_bound"] - closed[0]["lower_bound"] if closed else 1.0
        for number, one in enumerate(bins):
            # A bin begins where the one before ends, to the last digit.
            lower, upper = one["lower_bound"], one["upper_bound"]
            start = lower if lower is not None else (upper or width) - 1.5 * width
            start += width / 2 if upper is None and lower is not None else 0
            end = upper if None not in (lower, upper) else start + width
            row = {
                "value": start,
                "share": one[column],
                "group": name,
                "bin": wording.band(attribute, one),
                "share_text": wording.percent(one[column]),
                "customers_text": wording.number(one["customers"]),
            }
            rows += [row, {**row, "value": end}]
            following = bins[number + 1 : number + 2]
            is_open = None in (lower, upper) or (following and following[0]["upper_bound"] is None)
            if following and (is_open or following[0]["bin_order"] != one["bin_order"] + 1):
                # Bins that are not published are a gap too.
                rows.append({**row, "value": end, "share": None})
    label = wording.label(attribute)
    axis = _money_axis(wording) if attribute["unit"] == "money" else alt.Axis(tickMinStep=1)
    chart = (
        alt.Chart(_data(rows))
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            # The card's heading is the title; a long one would be cut off here.
            x=alt.X("value:Q", title=None, axis=axis, scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title=wording.text("Share of the group"), axis=_percent_axis()),
            color=_group_colour(list(groups.values()), [LEFT, STAYED]),
            strokeDash=alt.StrokeDash(
                "group:N",
                scale=alt.Scale(domain=list(groups.values()), range=[[1, 0], [6, 3]]),
                legend=_legend(),
            ),
            tooltip=[
                alt.Tooltip("bin:N", title=label),
                alt.Tooltip("group:N", title=wording.text("Group")),
                alt.Tooltip("share_text:N", title=wording.text("Share of the group")),
                alt.Tooltip("customers_text:N", title=wording.text("Customers")),
            ],
        )
    )
    return _spec(chart, rows, height=200)


def association_chart(figures: Figures, wording: Wording) -> Spec | None:
    """How strongly each pair of attributes goes together."""
    rows = []
    for row in shown_associations(figures):
        for one, other in (("attribute_a", "attribute_b"), ("attribute_b", "attribute_a")):
            rows.append(
                {
                    "one": attribute_label(figures, wording, row[one]),
                    "other": attribute_label(figures, wording, row[other]),
                    "strength": row["cramers_v_corrected"],
                    "strength_text": wording.number(row["cramers_v_corrected"], 2),
                }
            )
    order = [
        attribute_label(figures, wording, row["attribute"]) for row in shown_attributes(figures)
    ]
    order.append(attribute_label(figures, wording, "has_churned"))
    heat = _heat_map(
        rows,
        x=alt.X("one:N", sort=order, title=None, axis=_slanted()),
        y=alt.Y("other:N", sort=order, title=None),
        colour=alt.Color("strength:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None),
        text="strength_text:N",
        is_dark="datum.strength > 0.5",
        tooltip=[
            alt.Tooltip("one:N", title=wording.text("Attribute")),
            alt.Tooltip("other:N", title=wording.text("Other attribute")),
            alt.Tooltip("strength_text:N", title=wording.text("Cramér's V")),
        ],
    )
    return _spec(heat, rows, height=_ROW * len(order))


def reversal_chart(
    figures: Figures, cube: Cube, reversal: Reversal, wording: Wording
) -> Spec | None:
    """Churn by the bands of a stratum attribute, of the band that turns round and of all others."""
    rows = []
    for cell in rates_within(figures, cube, reversal, wording):
        rate = cell.churned / cell.customers
        low, high = wilson_interval(cell.churned, cell.customers)
        rows.append(
            {
                "stratum": cell.stratum,
                "group": cell.group,
                "rate": rate,
                "low": low,
                "high": high,
                "customers_text": wording.number(cell.customers),
                "rate_text": wording.percent(rate),
                "interval_text": wording.interval(low, high),
            }
        )
    groups = list(dict.fromkeys(str(row["group"]) for row in rows))
    label, stratum = wording.label(reversal.attribute), wording.label(reversal.stratum)
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("stratum:N", sort=None, title=stratum, axis=alt.Axis(labelAngle=0)),
        color=_group_colour(groups, [LEFT, STAYED], label),
        tooltip=[
            alt.Tooltip("stratum:N", title=stratum),
            alt.Tooltip("group:N", title=label),
            alt.Tooltip("customers_text:N", title=wording.text("Customers")),
            alt.Tooltip("rate_text:N", title=wording.text("Churn rate")),
            alt.Tooltip("interval_text:N", title=wording.text("95% interval")),
        ],
    )
    intervals = base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    points = alt.OverlayMarkDef(size=70, filled=True)
    line = base.mark_line(point=points, strokeWidth=2.5).encode(
        y=alt.Y("rate:Q", title=wording.text("Churn rate"), axis=_percent_axis())
    )
    return _spec(intervals + line, rows, height=240)


def segments_chart(figures: Figures, wording: Wording) -> Spec | None:
    """Churn rates of the segments on the half that chose them and on the half that tests them."""
    halves = {
        "discovery": wording.text("search half"),
        "confirmation": wording.text("testing half"),
    }
    rows = []
    for segment in figures.tables["risk_segments"]:
        name = wording.own(segment, "name")
        rates = {
            "discovery": segment["discovery_churn_rate"],
            "confirmation": segment["churn_rate"],
        }
        for half, half_name in halves.items():
            if rates[half] is None:
                continue
            rows.append(
                {
                    "name": name,
                    "group": half_name,
                    "rate": rates[half],
                    "low": segment["churn_rate_low"],
                    "high": segment["churn_rate_high"],
                    "rate_text": wording.percent(rates[half]),
                    "customers_text": wording.number(segment[f"{half}_customers"]),
                    "interval_text": wording.interval(
                        segment["churn_rate_low"],
                        segment["churn_rate_high"],
                    ),
                }
            )
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("name:N", sort=None, title=None),
        tooltip=[
            alt.Tooltip("name:N", title=wording.text("Segment")),
            alt.Tooltip("group:N", title=wording.text("Half")),
            alt.Tooltip("customers_text:N", title=wording.text("Customers")),
            alt.Tooltip("rate_text:N", title=wording.text("Churn rate")),
            alt.Tooltip("interval_text:N", title=wording.text("95% interval, testing half")),
        ],
    )
    intervals = (
        base.transform_filter(alt.datum.group == halves["confirmation"])
        .mark_rule(strokeWidth=2, color=LEFT)
        .encode(x="low:Q", x2="high:Q")
    )
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("rate:Q", title=wording.text("Churn rate"), axis=_percent_axis()),
        color=_group_colour(list(halves.values()), [STAYED, LEFT]),
        shape=alt.Shape(
            "group:N",
            scale=alt.Scale(domain=list(halves.values()), range=["diamond", "circle"]),
            legend=_legend(),
        ),
    )
    overall = (
        alt.Chart(_data([{"overall": figures.overview["churn_rate"]}]))
        .mark_rule(strokeDash=[5, 3])
        .encode(x="overall:Q")
    )
    return _spec(intervals + points + overall, rows, height=_ROW * max(1, len(rows) // 2))


def frontier_chart(figures: Figures, wording: Wording) -> Spec | None:
    """The rules that are sharpest for their size, with their rates in the testing half."""
    rows = []
    for row in figures.tables["segment_frontier"]:
        if row["direction"] == "leaving" and row["churn_rate"] is not None:
            low, high = row["churn_rate_low"], row["churn_rate_high"]
            rows.append(
                {
                    "name": wording.own(row, "name"),
                    "customers": row["customers"],
                    "rate": row["churn_rate"],
                    "low": low,
                    "high": high,
                    "customers_text": wording.number(row["customers"]),
                    "rate_text": wording.percent(row["churn_rate"]),
                    "interval_text": wording.interval(low, high),
                }
            )
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "customers:Q",
            title=wording.text("Customers"),
            scale=alt.Scale(type="log", nice=False, padding=12),
            axis=alt.Axis(format=",d", tickCount=5, grid=False),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=wording.text("Segment")),
            alt.Tooltip("customers_text:N", title=wording.text("Customers")),
            alt.Tooltip("rate_text:N", title=wording.text("Churn rate, testing half")),
            alt.Tooltip("interval_text:N", title=wording.text("95% interval, testing half")),
        ],
    )
    rate = alt.Y(
        "rate:Q",
        title=wording.text("Churn rate, testing half"),
        axis=_percent_axis(),
        scale=alt.Scale(domain=[0, 1]),
    )
    points = base.mark_point(color=LEFT, filled=True, size=70, opacity=1)
    intervals = base.mark_rule(color=LEFT).encode(y="low:Q", y2="high:Q")
    return _spec(intervals + points.encode(y=rate), rows, height=260)


def clusters_chart(figures: Figures, wording: Wording) -> Spec | None:
    """How each cluster differs from all customers, in standard deviations."""
    names = {row["cluster_id"]: wording.own(row, "name") for row in figures.tables["clusters"]}
    rows = [
        {
            "cluster": f"{row['cluster_id']}. {names.get(row['cluster_id'], '')}",
            "attribute": attribute_label(figures, wording, row["attribute"]),
            "difference": row["standardised_difference"],
            "difference_text": wording.signed(row["standardised_difference"]),
        }
        for row in shown_profiles(figures)
        if row["standardised_difference"] is not None
    ]
    heat = _heat_map(
        rows,
        x=alt.X("attribute:N", sort=None, title=None, axis=_slanted()),
        y=alt.Y("cluster:N", sort=None, title=None),
        colour=alt.Color(
            "difference:Q",
            scale=alt.Scale(scheme="blueorange", domainMid=0, domain=[-1.5, 1.5], clamp=True),
            legend=None,
        ),
        text="difference_text:N",
        is_dark="abs(datum.difference) > 1",
        tooltip=[
            alt.Tooltip("cluster:N", title=wording.text("Cluster")),
            alt.Tooltip("attribute:N", title=wording.text("Attribute")),
            alt.Tooltip("difference_text:N", title=wording.text("Standard deviations from all")),
        ],
    )
    return _spec(heat, rows, height=1.5 * _ROW * max(1, len(names)))


def _heat_map(
    rows: Sequence[Mapping[str, Any]],
    x: alt.X,
    y: alt.Y,
    colour: alt.Color,
    text: str,
    is_dark: str,
    tooltip: list[alt.Tooltip],
) -> alt.LayerChart:
    base = alt.Chart(_data(rows)).encode(x=x, y=y, tooltip=tooltip)
    figures = base.mark_text(fontSize=11).encode(
        text=text, color=alt.condition(is_dark, alt.value("white"), alt.value("#111111"))
    )
    chart: alt.LayerChart = base.mark_rect().encode(color=colour) + figures
    return chart


def _hover(row: Row, wording: Wording) -> dict[str, str]:
    return {
        "customers_text": wording.number(row["customers"]),
        "churned_text": wording.number(row["churned"]),
        "rate_text": wording.percent(row["churn_rate"]),
        "interval_text": wording.interval(row["churn_rate_low"], row["churn_rate_high"]),
    }


def _tooltips(wording: Wording, first: str = "") -> list[alt.Tooltip]:
    named = [alt.Tooltip(f"{first}:N", title=wording.text("Band"))] if first else []
    return [
        *named,
        alt.Tooltip("customers_text:N", title=wording.text("Customers")),
        alt.Tooltip("churned_text:N", title=wording.text("Left")),
        alt.Tooltip("rate_text:N", title=wording.text("Churn rate")),
        alt.Tooltip("interval_text:N", title=wording.text("95% interval")),
    ]


def _group_colour(names: list[str], colours: list[str], title: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=names, range=colours)
    return alt.Color("group:N", scale=scale, legend=_legend(title))


def _slanted() -> alt.Axis:
    return alt.Axis(labelAngle=-40, labelOverlap=False)


def _legend(title: str | None = None) -> alt.Legend:
    return alt.Legend(title=title, orient="top")


def _data(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    data: alt.Data = alt.Data(values=list(rows))  # type: ignore[no-untyped-call]
    return data


def _money_axis(wording: Wording) -> alt.Axis:
    """Thousands and millions in the language's words; Vega knows them in English only."""
    labels = "format(datum.value, '~r')"
    for size in (1_000, 1_000_000, 1_000_000_000):
        word = wording.size_word(size).replace("'", "")
        labels = (
            f"abs(datum.value) >= {size} ? format(datum.value / {size}, '~r') + '{word}'"
            f" : ({labels})"
        )
    return alt.Axis(labelExpr=labels, tickCount=6)


def _percent_axis() -> alt.Axis:
    return alt.Axis(format="~%", tickCount=5)


def _spec(chart: alt.Chart | alt.LayerChart, rows: Sequence[Any], height: float) -> Spec | None:
    """The specification; nothing without rows."""
    if not rows:
        return None
    sized = chart.properties(width="container", height=height, background="transparent")
    spec: Spec = sized.configure_view(stroke=None).to_dict()
    return spec
