"""B28 at scale paper on planted mergers: the harm is seen, the lack of one is not, and the control is refuted."""

import pytest

from contrastive_claims.experiments.claims.harms import published_size
from contrastive_claims.experiments.ledger.vocabulary import NOT_SEEN, OPEN, SEEN, SUPPORTED


def test_a_planted_harm_is_seen_with_the_published_networks(world):
    world.pull = lambda model: 0.5
    found = world.verdict("B28", "paper")
    assert (found.verdict, found.here) == (SUPPORTED, SEEN)
    assert world.asked == set(published_size.every_model())
    numbers = world.evidence("B28", scale="paper").numbers
    assert numbers["pair_harm"].value < 0.7 and numbers["pair_kept"].value < 0.7
    assert numbers["pair_harm_behind_head"].value == pytest.approx(
        numbers["pair_harm"].value
    )  # one layer in this world
    assert numbers["rows_led_by_neighbour"].value == 2


def test_no_harm_is_not_seen_and_controls_tell_it(world):
    world.pull = lambda model: 0.0
    found = world.verdict("B28", "paper")
    assert found.verdict == OPEN and found.here in (OPEN, NOT_SEEN)
    control = world.evidence("B28", control=True, scale="paper").numbers
    planted = world.evidence("B28", planted=True, scale="paper").numbers
    assert control["pair_minus_rest"].low > 0 and planted["pair_minus_rest"].high < 0
    assert planted["pair_harm"].high < 0.806
