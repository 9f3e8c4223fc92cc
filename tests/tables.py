"""Tables of other banks, made up, for which `mappings/` has mappings."""

import csv

import numpy as np


def write_table(file, header, rows):
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(header.split())
        writer.writerows(rows)
    return file


def international_bank(file, rows=3000):
    """Germans over 45 and customers with three products and more leave."""
    chance = np.random.default_rng(4)
    table = []
    for number in range(rows):
        country = chance.choice(["France", "Germany", "Spain"], p=[0.5, 0.25, 0.25])
        age, products = (
            chance.integers(18, 80),
            chance.choice([1, 2, 3, 4], p=[0.5, 0.44, 0.04, 0.02]),
        )
        risk = 0.08 + 0.35 * (country == "Germany" and age > 45) + 0.5 * (products >= 3)
        table.append([
            number + 1, 15_600_000 + number, f"Smith{number % 97}", chance.integers(350, 850),
            country, chance.choice(["Male", "Female"]), age, chance.integers(0, 11),
            round(chance.uniform(0, 200_000), 2), products, chance.integers(0, 2),
            chance.integers(0, 2), round(chance.uniform(100, 200_000), 2),
            int(chance.random() < risk),
        ])  # fmt: skip
    header = (
        "RowNumber CustomerId Surname CreditScore Geography Gender Age Tenure Balance "
        "NumOfProducts HasCrCard IsActiveMember EstimatedSalary Exited"
    )
    return write_table(file, header, table)


def telecom(file, rows=3000):
    """Those with a contract by the month leave, in their first half year most."""
    chance = np.random.default_rng(5)
    table = []
    for number in range(rows):
        contract = chance.choice(["Month-to-month", "One year", "Two year"], p=[0.5, 0.25, 0.25])
        months, charges = chance.integers(0, 73), round(chance.uniform(18, 119), 2)
        by_month = contract == "Month-to-month"
        risk = 0.05 + 0.3 * by_month + 0.3 * (by_month and months < 6)
        table.append([
            f"{number:04d}-ABCDE", chance.choice(["Male", "Female"]), chance.integers(0, 2),
            chance.choice(["Yes", "No"]), months, chance.choice(["DSL", "Fiber optic", "No"]),
            contract, chance.choice(["Mailed check", "Bank transfer"]), charges,
            round(charges * months, 2) if months else " ",
            "Yes" if chance.random() < risk else "No",
        ])  # fmt: skip
    header = (
        "customerID gender SeniorCitizen Partner tenure InternetService Contract PaymentMethod "
        "MonthlyCharges TotalCharges Churn"
    )
    return write_table(file, header, table)
