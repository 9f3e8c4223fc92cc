import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from python_steps.statistics.corrections import benjamini_hochberg, holm

families = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@pytest.fixture(autouse=True, scope="module")
def no_garbage():
    """statsmodels looks for cycles in the whole process at each call, which takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)
        yield


@settings(max_examples=200, deadline=None)
@given(families)
def test_equal_to_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(p_values) == pytest.approx(
        multipletests(p_values, method="fdr_bh")[1], abs=1e-12
    )


def test_what_could_not_be_tested_is_no_member_of_the_family():
    assert holm([0.01, np.nan, 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(holm([np.nan])).all()
    assert holm([]).shape == (0,)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_refuses_what_is_no_p_value(correct):
    with pytest.raises(ValueError, match="between 0 and 1"):
        correct([0.5, 1.5])
