"""An attack on a file of aggregates: which small groups can be told from all counts together?

The attacker knows the rule by which counts are rounded, and what rules of segments and bands of
attributes mean. Each published count is an interval; the cells of some attributes are unknown
numbers of at least zero. A group is found out where linear programming shows that it has some
customers, and fewer than the minimum. To spare time, only groups that are truly small are attacked:
no other one can be found out.
"""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
from scipy import sparse
from scipy.optimize import linprog

MINIMUM = 10


def found_out(
    warehouse: Path, published: Path, base: int, max_cells: int
) -> Iterator[tuple[str, int, float, float]]:
    """Small groups that the published file gives away.

    Args:
        warehouse: what is true.
        published: what the attacker has.
        base: of which counts are multiples; 1 where they are exact.
        max_cells: attributes with more cells together are left out, to spare time.

    Yields:
        For each the group, its true size, and the bounds that were proved.
    """
    with duckdb.connect(str(published), read_only=True) as connection:
        rules = {
            rule: counts
            for rule, *counts in connection.execute(
                """
                select rule_sql, churned, customers - churned,
                    round(discovery_churn_rate * discovery_customers),
                    discovery_customers - round(discovery_churn_rate * discovery_customers)
                from (
                    select rule_sql, churned, customers, discovery_churn_rate, discovery_customers
                    from risk_segments
                    union
                    select rule_sql, churned, customers, discovery_churn_rate, discovery_customers
                    from segment_frontier
                )
                """
            ).fetchall()
        }
        bands: dict[str, list[tuple[str, int, int]]] = {}
        for attribute, band, left, stayed in connection.execute(
            "select attribute, band, churned, customers - churned from churn_rates "
            "order by attribute, band_order"
        ).fetchall():
            bands.setdefault(attribute, []).append((band, left, stayed))
    conditions = {rule: rule.split(" and ") for rule in rules}
    attributes_of = {
        rule: frozenset(
            next(a for a in sorted(bands, key=len, reverse=True) if re.search(rf"\b{a}\b", one))
            for one in parts
        )
        for rule, parts in conditions.items()
    }
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        attacked = set()
        for one, other in itertools.combinations_with_replacement(rules, 2):
            attributes = attributes_of[one] | attributes_of[other]
            if attributes in attacked:
                continue
            attacked.add(attributes)
            view = _View(connection, attributes, bands, conditions, attributes_of, max_cells)
            if view.size <= max_cells:
                yield from view.attack(rules, base)


class _View:
    """Cells of some attributes, and every published group that is a set of such cells."""

    def __init__(self, connection, attributes, bands, conditions, attributes_of, max_cells):
        self.attributes = sorted(attributes)
        self.bands = {name: bands[name] for name in self.attributes}
        self.rules = [rule for rule, of in attributes_of.items() if of <= attributes]
        tests = {
            name: sorted(
                {
                    condition
                    for rule in self.rules
                    for condition in conditions[rule]
                    if re.search(rf"\b{name}\b", condition)
                }
            )
            for name in self.attributes
        }
        # What a value can be: its band, and which conditions it meets.
        columns = []
        for name in self.attributes:
            flags = ", ".join(f"coalesce({one}, false)" for one in tests[name])
            columns.append(f"({name}_band, [{flags}]::bool[])")
        self.kinds = [
            connection.execute(f"select distinct {column} from customers order by 1").fetchall()
            for column in columns
        ]
        self.kinds = [[kind for (kind,) in kinds] for kinds in self.kinds]
        self.shape = tuple(len(kinds) for kinds in self.kinds)
        self.size = int(np.prod(self.shape))
        if self.size > max_cells:
            return
        self.truth = np.zeros((2, self.size))
        for *cell, left, stayed in connection.execute(
            f"select {', '.join(columns)}, count(*) filter (where has_churned), "
            "count(*) filter (where not has_churned) from customers group by all"
        ).fetchall():
            places = [kinds.index(kind) for kinds, kind in zip(self.kinds, cell, strict=True)]
            self.truth[:, np.ravel_multi_index(places, self.shape)] = left, stayed
        places = np.unravel_index(np.arange(self.size), self.shape)
        self.of_band, met = {}, {}
        for axis, name in enumerate(self.attributes):
            of_kind = [band for band, _ in self.kinds[axis]]
            for band, _, _ in self.bands[name]:
                self.of_band[name, band] = np.isin(
                    places[axis], [kind for kind, of in enumerate(of_kind) if of == band]
                )
            for number, condition in enumerate(tests[name]):
                flags = np.array([flags[number] for _, flags in self.kinds[axis]])
                met[condition] = flags[places[axis]]
        self.of_rule = {
            rule: np.all([met[one] for one in conditions[rule]], axis=0) for rule in self.rules
        }
        self.met = met
        self.of_parts = {
            rule: {
                name: np.all([met[one] for one in conditions[rule] if one in tests[name]], axis=0)
                for name in self.attributes
            }
            for rule in self.rules
        }

    def attack(self, rules, base):
        below, above = base // 2, (base - 1) // 2
        groups = {**{f"{a}={b}": cells for (a, b), cells in self.of_band.items()}}
        groups |= self.of_rule | self.met
        names, sets = list(groups), np.array(list(groups.values()))
        for outcome, word in enumerate(("churned", "stayed")):
            known, low, high = [], [], []

            def tell(cells, count, slack=None, known=known, low=low, high=high):
                known.append(cells)
                low.append(max(0, count - (below if slack is None else slack)))
                high.append(count + (above if slack is None else slack))

            for name in self.attributes:
                total, cells = 0, np.zeros(self.size, dtype=bool)
                for band, *counts in self.bands[name]:
                    total += counts[outcome]
                    cells = cells | self.of_band[name, band]
                    tell(cells, total)
            for rule in self.rules:
                count = rules[rule][outcome]
                # Where it is all that a condition leaves, it may have been rounded further.
                left_over = [
                    sum(
                        counts[outcome]
                        for band, *counts in self.bands[name]
                        if (self.of_band[name, band] & met).any()
                    )
                    for name, met in self.of_parts[rule].items()
                ]
                slack = base - 1 if count >= min(left_over) else None
                tell(self.of_rule[rule], count, slack)
            matrix = sparse.csr_matrix(np.array(known, dtype=float))
            bounds = np.concatenate([np.array(high, float), -np.array(low, float)])
            constraints = sparse.vstack([matrix, -matrix])
            shared = (sets * self.truth[outcome]) @ sets.T
            alone = np.diag(shared)[:, None] - shared
            targets = {}
            for true, words, within in ((shared, "with", sets), (alone, "without", ~sets)):
                for one, other in np.argwhere((true >= 1) & (true < MINIMUM)):
                    cells = sets[one] & within[other]
                    name = f"{names[one]} {words} {names[other]}"
                    targets[cells.tobytes()] = (name, true[one, other], cells)
            for name, truth, cells in targets.values():
                least = self._extreme(cells, 1, constraints, bounds)
                if least < 0.5:
                    continue
                most = self._extreme(cells, -1, constraints, bounds)
                if most < MINIMUM - 0.5:
                    yield f"{word}: {name}", int(truth), least, most

    def _extreme(self, cells, sign, constraints, bounds):
        solved = linprog(sign * cells.astype(float), A_ub=constraints, b_ub=bounds, method="highs")
        assert solved.status in (0, 3), solved.message
        return sign * solved.fun if solved.status == 0 else np.inf
