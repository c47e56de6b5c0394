"""Groups that a search finds: the planted one, corrected for all candidates, and nothing where nothing is."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from core.comparison.behaviour.crossing import crossed, length_buckets
from core.comparison.behaviour.found_groups import found_groups
from core.comparison.behaviour.predictions import Grouping, Predictions, Split
from core.comparison.behaviour.tables import FOUND, table_of


def columns(instances: int, seed: int, *, how_many: int = 6) -> list[Grouping]:
    random = np.random.default_rng(seed)
    return [
        Grouping(f"c{each}", ("a", "b", "c", "d"), random.integers(0, 4, instances))
        for each in range(how_many)
    ]


def test_the_planted_intersection_is_found_first():
    several = columns(8000, 0)
    planted = (several[1].codes == 2) & (several[4].codes == 0)
    growth = np.random.default_rng(1).normal(0, 1, 8000) + 0.9 * planted
    found, candidates = found_groups(several, growth)
    assert found[0].conditions == (("c1", "c"), ("c4", "a"))
    assert found[0].instances == planted.sum()
    theirs = ttest_ind(growth[planted], growth[~planted], equal_var=False)
    assert found[0].effect == pytest.approx(growth[planted].mean() - growth[~planted].mean())
    interval = theirs.confidence_interval()
    assert (found[0].low, found[0].high) == pytest.approx((interval.low, interval.high), abs=2e-3)
    assert candidates == 6 * 4 + 15 * 16


def test_noise_holds_no_group_in_19_of_20_studies():
    found = [
        bool(found_groups(columns(600, seed), np.random.default_rng(seed).normal(0, 1, 600))[0])
        for seed in range(60)
    ]
    assert np.mean(found) <= 0.1


def test_order_of_instances_does_not_matter():
    several, growth = columns(2000, 3), np.random.default_rng(4).normal(0, 1, 2000)
    growth += 2 * (several[0].codes == 1)
    places = np.random.default_rng(5).permutation(2000)
    turned = [Grouping(each.name, each.values, each.codes[places]) for each in several]
    one, other = found_groups(several, growth)[0], found_groups(turned, growth[places])[0]
    assert [each.name for each in one] == [each.name for each in other] == ["c0 b"]


def test_intersections_hold_every_instance_once():
    one, other = columns(500, 6)[:2]
    both = crossed(one, other)
    counts = np.bincount(both.codes)
    assert counts.sum() == 500
    assert both.values[0] == "a \N{MULTIPLICATION SIGN} a"
    assert counts[0] == ((one.codes == 0) & (other.codes == 0)).sum()


def test_lengths_are_divided_into_even_parts():
    found = length_buckets("words", np.arange(1, 101))
    assert found is not None
    assert found.values == ("1 to 25", "26 to 50", "51 to 75", "76 to 100")
    assert np.bincount(found.codes).tolist() == [25] * 4
    assert length_buckets("words", np.full(9, 3)) is None


def test_the_table_of_found_groups_shows_the_rare_intersection():
    """The story of the faces: accuracy barely moves while the errors of one rare intersection double."""
    random = np.random.default_rng(7)
    sex, age = random.integers(0, 2, 20_000), (random.random(20_000) < 0.04).astype(int)
    rare = (sex == 1) & (age == 1)
    before = random.random(20_000) > np.where(rare, 0.3, 0.05)
    after = before & ~(rare & (random.random(20_000) < 0.45))
    split = Split(
        None, (), {"sex": Grouping("sex", ("m", "f"), sex), "age": Grouping("age", ("young", "old"), age)}
    )
    models = [Predictions(np.where(right, 1, 0), right) for right in (before, after)]
    table = table_of(split, models[0], models[1:], (FOUND, ""))
    assert table is not None
    assert set(table.rows[0].group.split(", ")) == {"sex f", "age old"}
    assert table.rows[0].cells[0].change.significant
    assert table.rows[0].cells[0].errors.low > 0.5


def _in_order(entry: tuple[set[str], int]) -> tuple[list[str], int]:
    return sorted(entry[0]), entry[1]


def test_overlapping_columns_cross_by_instance():
    one = Grouping("a", ("x", "y"), np.array([0, 0, 1, 1]), instances=np.array([4, 1, 1, 2]))
    other = Grouping("b", ("p", "q"), np.array([1, 0, 1]), instances=np.array([1, 4, 2]))
    both = crossed(one, other)
    found = {(both.values[code], int(at)) for code, at in zip(both.codes, both.instances, strict=True)}
    assert found == {
        ("x \N{MULTIPLICATION SIGN} p", 4),
        ("x \N{MULTIPLICATION SIGN} q", 1),
        ("y \N{MULTIPLICATION SIGN} q", 1),
        ("y \N{MULTIPLICATION SIGN} q", 2),
    }
    assert len(both.codes) == 4


def test_an_overlapping_column_crosses_one_of_all_instances():
    picked = Grouping("a", ("x", "y"), np.array([0, 1, 1]), instances=np.array([2, 2, 0]))
    whole = Grouping("b", ("p", "q"), np.array([0, 1, 1]))
    for both in (crossed(picked, whole), crossed(whole, picked)):
        at = [
            (set(both.values[code].split(" \N{MULTIPLICATION SIGN} ")), int(one))
            for code, one in zip(both.codes, both.instances, strict=True)
        ]
        assert sorted(at, key=_in_order) == [({"p", "y"}, 0), ({"q", "x"}, 2), ({"q", "y"}, 2)]


def test_growth_that_is_not_finite_is_not_counted():
    column = Grouping("c", ("a", "b"), np.repeat([0, 1], 300))
    growth = np.random.default_rng(0).normal(0, 1, 600) + np.repeat([0.8, 0.0], 300)
    gaps = growth.copy()
    gaps[::3] = np.inf
    known = np.isfinite(gaps)
    found = found_groups([column], gaps)[0][0]
    first, second = gaps[:300][known[:300]], gaps[300:][known[300:]]
    theirs = ttest_ind(first, second, equal_var=False)
    assert found.effect == pytest.approx(first.mean() - second.mean())
    assert found.p_value == pytest.approx(theirs.pvalue)


def test_small_groups_are_tested_by_welchs_t():
    column = Grouping("c", ("a", "b"), np.repeat([0, 1], [20, 400]))
    growth = np.random.default_rng(3).normal(0, 1, 420) + np.repeat([1.5, 0.0], [20, 400])
    found = found_groups([column], growth)[0][0]
    theirs = ttest_ind(growth[:20], growth[20:], equal_var=False)
    interval = theirs.confidence_interval()
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
