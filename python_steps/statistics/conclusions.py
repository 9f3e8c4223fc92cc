"""What a test can end in, in the words that every page, deck and command uses."""

from python_steps.common.languages import N_

CONCLUSIONS = {
    "difference": N_("Difference"),
    "negligible_difference": N_("Difference too small to matter"),
    "no_difference": N_("No difference that matters"),
    "undecided": N_("Undecided"),
    "not_tested": N_("Could not be tested"),
}
