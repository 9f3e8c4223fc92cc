"""What to say first: the findings in sentences, and the key figures."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from python_steps.common.attributes import OUTCOME
from python_steps.common.languages import N_
from python_steps.report import phrases
from python_steps.report.figures import Figures, Row
from python_steps.report.reversals import misleading_effects
from python_steps.report.wording import Wording
from python_steps.statistics.conclusions import CONCLUSIONS

# Bands with a smaller share of the customers are not named as examples.
_MIN_SHARE = 0.01
# Charts show so many attributes at most, and the table of verdicts so many tests.
MOST_SHOWN = 20
MOST_TESTS = 60
# Intervals of values that are shown, those that stand out most.
MOST_INTERVALS = 40
INTERVAL = N_(
    "An interval says how far chance alone can move a figure: over many such tables, 95 of 100 "
    "intervals hold the true rate."
)
CLUSTERS = N_(
    "Groups by behaviour, found without looking at who left. Their number is the largest that is "
    "stable on resampled customers and has structure; where none is, the customers are one group."
)
AT_CEILING = N_(
    "It is also the largest number that was looked at (cluster_max): finer groups may be as stable."
)
METHOD_NOTES = (
    N_("Rates have Wilson's 95% interval."),
    N_(
        "Nothing is filled in and nothing trimmed: a missing value is a band of its own. Only the "
        "clusters put it in the middle, and know that it is missing."
    ),
    N_(
        "All hypotheses are corrected together (Holm), so that a difference found by chance is as "
        "unlikely for all of them as for one."
    ),
    N_(
        "Segments are searched on one half of the customers. Their rate, lift and share of churn "
        "are those of the other half, the testing half. A segment is confirmed where its lift "
        "there is beyond what the search asked for, by an exact test with Holm's correction."
    ),
    N_(
        "How many would leave, and the balance that would go with them, is the testing half's rate "
        "applied to the customers who are still here. It says whom to approach first; it is no "
        "forecast, as a table of one date covers no period."
    ),
    N_("This is what was seen, not what would happen: an offer's effect needs an experiment."),
)


def findings(figures: Figures, wording: Wording) -> Iterator[str]:
    """The main findings, the most important first."""
    overview = figures.overview
    yield wording.text(
        "{churned} of {customers} customers left: {rate}, with 95% interval {interval}.",
        churned=wording.number(overview["churned"]),
        customers=wording.number(overview["customers"]),
        rate=wording.percent(overview["churn_rate"]),
        interval=wording.interval(overview["churn_rate_low"], overview["churn_rate_high"]),
    )
    yield from _first_move(figures, wording)
    leaving = [one for one in figures.segments("leaving") if one["is_confirmed"]]
    if leaving:
        # Each customer is counted in the first segment only.
        customers = sum(segment["primary_customers"] for segment in leaving)
        churn = sum(segment["primary_share_of_churn"] or 0 for segment in leaving)
        yield wording.text(
            "The confirmed leaving segments hold {customers} of the customers and {churn} of all "
            "churn.",
            customers=wording.percent(customers / overview["customers"], 0),
            churn=wording.percent(churn, 0),
        )
    else:
        yield from _strongest_values(figures, wording)
    yield from _extremes(figures, wording)
    tested = {
        test["metric"]
        for test in figures.tables["hypothesis_tests"]
        if test["method"] == "chi_square" and test["conclusion"] == "difference"
    }
    # What no test finds is no news.
    strongest = [one for one in strongest_attributes(figures) if one["attribute"] in tested]
    if strongest:
        yield from _spread(figures, wording, strongest[0])
    yield from _missing_values(figures, wording)
    misleading = misleading_effects(figures)
    if misleading:
        effect = misleading[0]
        yield wording.count(
            "In {number} place pooled figures mislead",
            "In {number} places pooled figures mislead",
            len(misleading),
        ) + wording.text(
            ": first of all {label} within {stratum}.",
            label=phrases.attribute_label(figures, wording, effect["attribute"]),
            stratum=phrases.attribute_label(figures, wording, effect["stratum_attribute"]),
        )


def about(figures: Figures, wording: Wording) -> str:
    """What was read, of which date, and when it was built."""
    publication = figures.publication
    said = {
        "source": publication["source"],
        "customers": phrases.customers_words(figures.overview["customers"], wording),
        "moment": wording.moment(publication["built_at"]),
    }
    if publication["as_of"] is None:
        return wording.text(
            "{source}, {customers}. No date of the table was given, so that churn has no period. "
            "Built {moment}.",
            **said,
        )
    return wording.text(
        "{source}, {customers}, as of {date}. Built {moment}.",
        date=wording.day(publication["as_of"]),
        **said,
    )


def method_notes(figures: Figures, wording: Wording) -> Iterator[str]:
    """How the figures were found, and how far they can be trusted together."""
    yield from (wording.text(message) for message in METHOD_NOTES)
    families = figures.tables["test_families"]
    if families:
        tests, differ, jointly = (
            sum(row[column] for row in families) for column in ("tests", "differ", "differ_jointly")
        )
        yield wording.text(
            "There are {families} families of tests ({names}), each corrected for itself. Of "
            "{tests} tests {differ} differ so; {jointly} do with a correction over all families, "
            "so that any error among them is as unlikely as in one test.",
            families=wording.number(len(families)),
            names=", ".join(sorted(wording.own(row, "family") for row in families)),
            tests=wording.number(tests),
            differ=wording.number(differ),
            jointly=wording.number(jointly),
        )
    publication = figures.publication
    if publication["lists_tested"] > 1:
        yield wording.text(
            "The testing half has been asked about {number} different lists of segments. Each is "
            "one more chance to err, so that the corrected p-values of segments count them all.",
            number=wording.number(publication["lists_tested"]),
        )
    if publication["lists_tested_on_other_halves"]:
        yield wording.text(
            "The halves were drawn anew after {number} lists had been tested on other halves of "
            "the same table: whoever chooses by those has seen customers of this testing half, "
            "and only what is found without them is tested on unseen ones.",
            number=wording.number(publication["lists_tested_on_other_halves"]),
        )


def key_figures(figures: Figures, wording: Wording) -> list[tuple[str, str, str]]:
    """Title, figure and remark of each key figure."""
    overview, segments = figures.overview, figures.tables["risk_segments"]
    confirmed = sum(bool(segment["is_confirmed"]) for segment in segments)
    tiles = [
        (wording.text("Customers"), wording.number(overview["customers"]), ""),
        (wording.text("Left"), wording.number(overview["churned"]), ""),
        (
            wording.text("Churn rate"),
            wording.percent(overview["churn_rate"]),
            wording.text(
                "95% interval {interval}",
                interval=wording.interval(overview["churn_rate_low"], overview["churn_rate_high"]),
            ),
        ),
    ]
    if figures.cube is not None and figures.cube.balance_sum.sum() > 0:
        balance, left = figures.cube.balance_sum.sum(), figures.cube.churned_balance_sum.sum()
        share = wording.text("{share} of all balances", share=wording.percent(left / balance))
        tiles.append((wording.text("Balance of those who left"), wording.amount(left), share))
    tiles.append(
        (
            wording.text("Confirmed segments"),
            wording.number(confirmed),
            wording.text("of {number} listed", number=wording.number(len(segments))),
        )
    )
    return tiles


def portrait_rows(figures: Figures) -> Sequence[tuple[Row, Row]]:
    """Attribute and row of ``portraits`` of those who left, the farthest from all others first."""
    known = {row["attribute"]: row for row in figures.attributes}
    rows = [
        (known[row["attribute"]], row)
        for row in figures.portrait("left", "left")
        if row["attribute"] in known
    ]
    rows.sort(key=lambda pair: -portrait_difference(pair[1]))
    return rows[:MOST_SHOWN]


def portrait_difference(row: Row) -> float:
    """How far a group differs in an attribute, by its values or by having none."""
    sizes = (row["standardised_difference"], row["missing_difference"])
    return max(abs(float(size or 0.0)) for size in sizes)


def portrait_words(figures: Figures, wording: Wording) -> list[tuple[str, str]]:
    """Those who left and those who stayed, each with their portrait in a sentence."""
    groups = {"left": wording.text("Those who left"), "stayed": wording.text("Those who stayed")}
    return [
        (name, wording.own(rows[0], "portrait"))
        for group, name in groups.items()
        if (rows := figures.portrait(group, group))
    ]


def quality_rows(figures: Figures) -> Sequence[Row]:
    """The rows of ``data_quality`` that found something, the gravest first.

    What one check found of many attributes is one row, with the rows of the worst of them and
    ``attributes``, all their names, the worst first.
    """
    order = list(phrases.SEVERITIES)
    found = [row for row in figures.tables["data_quality"] if row["severity"] != "ok"]
    found.sort(key=lambda row: (order.index(row["severity"]), -row["rows_affected"]))
    kinds = [phrases.check_kind(row, figures) for row in found]
    of_kind: dict[str, list[str]] = defaultdict(list)
    for kind, attribute in kinds:
        if attribute:
            of_kind[kind].append(attribute)
    rows: list[Row] = []
    for row, (kind, attribute) in zip(found, kinds, strict=True):
        names = of_kind[kind]
        if len(names) <= phrases.MOST_NAMED:
            rows.append(row)
        elif attribute == names[0]:
            rows.append({**row, "attributes": names})
    return rows


def strongest_attributes(figures: Figures) -> Sequence[Row]:
    """The attributes by how far their bands differ in churn, those that differ at all."""
    rated = [(_strength(figures, one["attribute"]), one) for one in figures.attributes]
    rated.sort(key=lambda pair: -pair[0])
    return [attribute for strength, attribute in rated if strength > 0]


def _strength(figures: Figures, attribute: str) -> float:
    """How far the bands of an attribute differ in churn: by corrected Cramér's V."""
    bands = figures.bands(attribute)
    customers = sum(band["customers"] for band in bands)
    churned = sum(band["churned"] for band in bands)
    if not 0 < churned < customers:
        return 0.0
    rate = churned / customers
    chi_square = sum(
        (band["churned"] - band["customers"] * rate) ** 2 / (band["customers"] * rate * (1 - rate))
        for band in bands
    )
    # Bergsma (2013): less what chance gives to so many bands.
    return float(max(0.0, chi_square - (len(bands) - 1)) / customers)


def shown_attributes(figures: Figures, most: int = MOST_SHOWN) -> Sequence[Row]:
    """The attributes that charts show, in their own order: those by which churn differs most."""
    if len(figures.attributes) <= most:
        return figures.attributes
    first = [*strongest_attributes(figures), *figures.attributes]
    names = list(dict.fromkeys(attribute["attribute"] for attribute in first))[:most]
    return [attribute for attribute in figures.attributes if attribute["attribute"] in names]


def shown_associations(figures: Figures) -> Sequence[Row]:
    """The rows of ``attribute_associations`` between attributes that are shown, and with churn."""
    names = {attribute["attribute"] for attribute in shown_attributes(figures)} | {OUTCOME}
    rows = figures.tables["attribute_associations"]
    return [row for row in rows if {row["attribute_a"], row["attribute_b"]} <= names]


def shown_profiles(figures: Figures) -> Sequence[Row]:
    """The rows of ``cluster_profiles`` of the attributes in which clusters differ most."""
    rows = figures.tables["cluster_profiles"]
    most: dict[str, float] = defaultdict(float)
    for row in rows:
        difference = abs(row["standardised_difference"] or 0)
        most[row["attribute"]] = max(most[row["attribute"]], difference)
    shown = sorted(most, key=lambda attribute: -most[attribute])[:MOST_SHOWN]
    return [row for row in rows if row["attribute"] in shown]


def shown_tests(figures: Figures) -> Sequence[Row]:
    """The rows of ``hypothesis_tests`` that the page shows: of many, what was found comes first."""
    tests = figures.tables["hypothesis_tests"]
    if len(tests) <= MOST_TESTS:
        return tests
    places = list(CONCLUSIONS)

    def place(test: Row) -> tuple[int, float]:
        p_value = test["p_value_holm"]
        return places.index(test["conclusion"]), 1.0 if p_value is None else p_value

    return sorted(tests, key=place)[:MOST_TESTS]


def searches_a_part(figures: Figures) -> bool:
    """Whether there are so many attributes that not all combinations of them were searched."""
    return any(
        row["check_name"] == "search_is_partial" and row["severity"] != "ok"
        for row in figures.tables["data_quality"]
    )


def clusters_note(figures: Figures, wording: Wording) -> str:
    """What the groups by behaviour are, and whether there could be more of them."""
    said = [wording.text(CLUSTERS)]
    choice = figures.tables["cluster_choice"]
    most = max((row["cluster_count"] for row in choice), default=1)
    if any(row["is_chosen"] and row["cluster_count"] == most > 1 for row in choice):
        said.append(wording.text(AT_CEILING))
    return " ".join(said)


def _first_move(figures: Figures, wording: Wording) -> Iterator[str]:
    """Whom to approach first, and why."""
    for segment in figures.by_priority[:1]:
        # Of whom hardly anyone is left, nobody is the first to be approached.
        if segment["priority"] is not None and not segment["priority_note"]:
            yield wording.text(
                "First to approach: “{name}”, {here}. If they leave at the rate of the testing "
                "half, {impact} will ({low} to {high}).",
                name=wording.own(segment, "name"),
                here=wording.count(
                    "{number} customer still here",
                    "{number} customers still here",
                    segment["still_here"],
                ),
                impact=wording.number(segment["impact"]),
                low=wording.number(segment["impact_low"]),
                high=wording.number(segment["impact_high"]),
            )


def _strongest_values(figures: Figures, wording: Wording) -> Iterator[str]:
    """Where no leaving segment is confirmed, what single values have to say."""
    confirmed = [
        row
        for row in figures.tables["risk_intervals"]
        if row["is_confirmed"] and row["direction"] == "leaving" and row["churn_rate_low"]
    ]
    if confirmed:
        row = max(confirmed, key=lambda one: one["churn_rate_low"])
        yield wording.text(
            "No leaving segment is confirmed. Of single values “{name}” goes with the most churn: "
            "{customers}, of whom in the testing half {rate} left, 95% interval {interval}.",
            name=wording.own(row, "name"),
            customers=phrases.customers_words(row["customers"], wording),
            rate=wording.percent(row["churn_rate"]),
            interval=wording.interval(row["churn_rate_low"], row["churn_rate_high"]),
        )


def _extremes(figures: Figures, wording: Wording) -> Iterator[str]:
    """The sharpest leaving and the most loyal confirmed segment."""
    for direction, message in _EXTREMES.items():
        confirmed = [one for one in figures.segments(direction) if one["is_confirmed"]]
        if confirmed:
            # By the end of the interval that a small segment does not owe to chance.
            if direction == "leaving":
                segment = max(confirmed, key=lambda one: one["churn_rate_low"])
            else:
                segment = min(confirmed, key=lambda one: one["churn_rate_high"])
            yield wording.text(
                message,
                name=wording.own(segment, "name"),
                customers=phrases.customers_words(segment["customers"], wording),
                rate=wording.percent(segment["churn_rate"]),
                interval=wording.interval(segment["churn_rate_low"], segment["churn_rate_high"]),
            )


_EXTREMES = {
    "leaving": N_(
        "Sharpest: “{name}”, {customers}: in the testing half {rate} left, 95% interval {interval}."
    ),
    "loyal": N_(
        "Most loyal: “{name}”, {customers}: in the testing half {rate} left, 95% interval "
        "{interval}."
    ),
}


def _spread(figures: Figures, wording: Wording, attribute: Row) -> Iterator[str]:
    """Between which bands of an attribute churn differs most."""
    customers = figures.overview["customers"]
    bands = [
        band
        for band in figures.bands(attribute["attribute"])
        if band["customers"] >= _MIN_SHARE * customers
    ]
    if len(bands) > 1:
        lowest, *_, highest = sorted(bands, key=lambda band: band["churn_rate"])
        yield wording.text(
            "Churn differs most by “{label}”: {high} at “{high_band}”, {low} at “{low_band}”.",
            label=wording.own(attribute, "label"),
            high_band=wording.band(attribute, highest),
            high=wording.percent(highest["churn_rate"]),
            low_band=wording.band(attribute, lowest),
            low=wording.percent(lowest["churn_rate"]),
        )


def _missing_values(figures: Figures, wording: Wording) -> Iterator[str]:
    for row in figures.tables["attribute_profiles"]:
        if row["customer_group"] == "all" and row["missing_is_informative"]:
            yield wording.text(
                "A missing value says something: without “{label}” {missing} left, "
                "with it {present}.",
                label=phrases.attribute_label(figures, wording, row["attribute"]),
                missing=wording.percent(row["missing_churn_rate"]),
                present=wording.percent(row["present_churn_rate"]),
            )
