"""The pipeline that an analyst writes for the same question, to compare with: no search, no halves.

    python benchmarks/pandas_pipeline.py SOURCE.parquet OUT.parquet

Reads the table, checks keys, cuts bands, takes churn rates by ten attributes, tests four metrics by
Welch and Mann-Whitney and ten attributes by chi-square, clusters by k-means with ten starts, marks
the three named segments, and writes the customers.
"""

import sys

import pandas as pd
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

NUMBERS = ["score", "age", "equity", "balance", "products", "EST_SALARY"]
METRICS = ["score", "age", "balance", "EST_SALARY"]
EDGES = {"age": [25, 35, 45, 55, 65], "equity": [1, 2, 3, 4, 5], "products": [2, 3, 4, 5]}
NOMINAL = ["city", "gender", "credit_card", "last_activity"]


def main(source: str, target: str) -> None:
    """Run the whole pipeline."""
    customers = pd.read_parquet(source)
    for column in [*NUMBERS, "churn"]:
        customers[column] = pd.to_numeric(customers[column])
    customers = customers.drop_duplicates(["USERID", "city"])
    bands = {}
    for column in NUMBERS:
        edges = EDGES.get(column) or customers[column].quantile([0.1, 0.25, 0.5, 0.75, 0.9])
        cut = pd.cut(customers[column], [-float("inf"), *edges, float("inf")], right=False)
        bands[column] = cut.cat.add_categories("missing").fillna("missing")
    for column in NOMINAL:
        bands[column] = customers[column].fillna("missing")
    left = customers["churn"] == 1
    for column, band in bands.items():
        rates = customers.groupby(band, observed=True)["churn"].agg(["size", "sum", "mean"])
        print(column, len(rates), round(float(rates["mean"].max()), 4))
    for column in METRICS:
        gone, stayed = customers.loc[left, column].dropna(), customers.loc[~left, column].dropna()
        welch = stats.ttest_ind(gone, stayed, equal_var=False)
        ranks = stats.mannwhitneyu(gone, stayed, method="asymptotic")
        print(column, welch.pvalue, ranks.pvalue)
    for column, band in bands.items():
        print(column, stats.chi2_contingency(pd.crosstab(band, left)).pvalue)
    behaviour = customers[[*NUMBERS, "credit_card", "last_activity"]].astype(float)
    features = StandardScaler().fit_transform(behaviour.fillna(behaviour.median()))
    customers["cluster"] = KMeans(n_clusters=4, n_init=10, random_state=0).fit_predict(features)
    high = customers[["balance", "EST_SALARY", "score"]].quantile(0.75)
    some = customers["products"].between(3, 5)
    customers["young_high_balance"] = (
        customers["age"].between(18, 39) & (customers["balance"] > high["balance"]) & some
    )
    customers["men_high_income"] = (
        customers["gender"].eq("М") & (customers["EST_SALARY"] > high["EST_SALARY"]) & some
    )
    customers["high_score_owners"] = (
        (customers["score"] > high["score"])
        & customers["equity"].between(3, 5)
        & (customers["balance"] > high["balance"])
    )
    for column, band in bands.items():
        customers[f"{column}_band"] = band.astype("string")
    customers.to_parquet(target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
