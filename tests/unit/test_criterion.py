"""When a run succeeds: conditions as text, what they hold of, and what they never run."""

import pytest

from plastica.errors import UserError
from plastica.studies.criterion import DEFAULT, Criterion

ROW = {"angle": 9.0, "held_out": 0.01, "rate_hz": 5.1, "difference": 0.2, "difference_se": 0.1, "missing": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("angle <= 10", True),
        ("angle <= 10 and held_out < 0.01", False),
        ("held_out < 0.012 and abs(rate_hz - 5) <= 0.2 and difference <= 2 * difference_se", True),
        (DEFAULT, True),
        ("held_out / (angle - 9) < 1", False),
        ("absent < 1", None),
        ("angle > 100 and missing < 1", None),
    ],
)
def test_a_row_meets_all_conditions_or_not(text, holds):
    """Nobody knows of a row that lacks a number; what is not a number meets nothing."""
    assert Criterion(text).holds(ROW) is holds


@pytest.mark.parametrize(
    "text",
    ["", "angle", "angle <=", "angle <= 10 and", "1 < angle < 3", "angle <= 10 or angle >= 80", "__import__('os') < 1",
     "angle < 1, 1, 0) + where(angle < 100", "angle == 3", "angle < 1, 2, 3"],
)  # fmt: skip
def test_what_is_no_condition_is_a_sentence(text):
    with pytest.raises(UserError, match="is no condition: write one such as held_out") as caught:
        Criterion(text)
    assert "\n" not in str(caught.value)


def test_names_are_those_of_the_table():
    criterion = Criterion("angel <= 10 and held_out < 1")
    assert criterion.names == ("angel", "held_out")
    with pytest.raises(UserError, match="there is no angel: choose from angle, held_out"):
        criterion.check(["angle", "held_out"])
