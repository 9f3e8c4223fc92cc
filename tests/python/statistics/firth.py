"""Firth's logistic regression on rows, by dense matrices, to compare with that on cells."""

import numpy as np


def penalised(design, outcome, beta):
    """The penalised likelihood, its modified score, and the information."""
    chance = 1 / (1 + np.exp(-(design @ beta)))
    weighted = design * (chance * (1 - chance))[:, None]
    information = design.T @ weighted
    leverage = np.einsum("ij,jk,ik->i", weighted, np.linalg.inv(information), design)
    likelihood = np.log(np.where(outcome, chance, 1 - chance)).sum()
    return (
        likelihood + np.linalg.slogdet(information)[1] / 2,
        design.T @ (outcome - chance + leverage * (0.5 - chance)),
        information,
        # The penalty counts like more customers; steps without it overshoot where there are few.
        information + design.T @ (weighted * leverage[:, None]),
    )


def fit(design, outcome, fixed=None):
    """The coefficients, and the largest penalised likelihood; one may be held at a value."""
    beta = np.zeros(design.shape[1])
    free = np.arange(len(beta))
    if fixed is not None:
        column, value = fixed
        beta[column] = value
        free = np.delete(free, column)
    for _ in range(500):
        _, score, _, information = penalised(design, outcome, beta)
        step = np.linalg.solve(information[np.ix_(free, free)], score[free])
        beta[free] += step / max(1, np.abs(step).max())
        if np.abs(step).max() < 1e-11:
            break
    return beta, penalised(design, outcome, beta)[0]
