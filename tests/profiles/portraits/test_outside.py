"""The same models on data from outside: they beat popularity, and everybody gets a ranking."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from profiles.portraits.coding import learn_coding
from profiles.portraits.evaluation import evaluate
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.measures import area, lift, measure
from profiles.portraits.neighbours import joined, learn_following
from profiles.portraits.openings import Openings
from profiles.portraits.outside import HeldOut, Outside, read_outside, write_ranking
from profiles.portraits.response import ResponseModel, learn_response

PEOPLE, ITEMS, GENRES = 220, 160, 6


def _write(path: Path, head: list[str], rows: Iterable[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def films(tmp_path: Path) -> Outside:
    """People of a job and an age with tastes of their own; the last person and the last item have no event."""
    draw = np.random.default_rng(11)
    job, age = draw.integers(0, 4, PEOPLE), draw.integers(15, 75, PEOPLE)
    genre = draw.integers(0, GENRES, ITEMS)
    liking = draw.normal(0, 1.2, (4, GENRES))[job] + draw.normal(0, 1.6, (PEOPLE, GENRES))
    drawn = liking[:, genre] + draw.normal(0, 1.0, ITEMS) + draw.gumbel(size=(PEOPLE, ITEMS))
    drawn[:, -1] = -np.inf
    events = [[f"p{person}", f"i{item}", 1000 + place] for person in range(PEOPLE - 1)
              for place, item in enumerate(draw.permutation(np.argsort(-drawn[person])[:20]))]
    return read_outside(
        _write(tmp_path / "E.csv", ["person", "item", "time"], events),
        _write(tmp_path / "P.csv", ["person", "job", "age"], [[f"p{one}", f"job{job[one]}", age[one]] for one in range(PEOPLE)]),
        _write(tmp_path / "I.csv", ["item", "genre"], [[f"i{one}", f"g{genre[one]}"] for one in range(ITEMS)]))


def test_the_models_beat_popularity_for_known_and_unknown_people_and_for_new_items(films: Outside) -> None:
    figures, _ = evaluate(films.openings, films.attributes, films.categories)
    for scenario in ("warm", "cold", "unseen", "unseen_cold"):
        model, plain = figures[scenario]["model"], figures[scenario]["popularity"]
        assert model["ndcg@10"] > plain["ndcg@10"] * 1.05, scenario
    assert figures["cold"]["model"]["people"] == figures["warm"]["model"]["people"] == PEOPLE - 1
    assert figures["warm"]["model"]["ndcg@10"] > 1.5 * figures["warm"]["popularity"]["ndcg@10"]


def test_the_figures_can_be_reckoned_again_from_the_held_out_file(films: Outside, tmp_path: Path) -> None:
    figures, _ = evaluate(films.openings, films.attributes, films.categories, note=HeldOut(films, tmp_path / "H.csv").note)
    ranked: dict[str, list[bool]] = {}
    with (tmp_path / "H.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["scenario"] == "warm":
                ranked.setdefault(row["person"], []).append(row["opened"] == "1")
    worth = [sum(1 / np.log2(place + 2) for place, hit in enumerate(hits[:10]) if hit)
             / sum(1 / np.log2(place + 2) for place in range(min(10, sum(hits)))) for hits in ranked.values()]
    assert len(worth) == figures["warm"]["model"]["people"]
    assert abs(float(np.mean(worth)) - figures["warm"]["model"]["ndcg@10"]) < 0.0001


def test_what_people_open_next_is_learnt_from_their_order() -> None:
    person = np.repeat(np.arange(30), 3)
    item = np.tile([0, 1, 2], 30)
    openings = Openings(person, item, np.tile([1.0, 2.0, 3.0], 30), np.ones(90), 30, 4)
    following = learn_following(openings).toarray()
    assert following[0, 1] > following[0, 2] > 0
    assert following[1, 0] == following[2, 0] == following[3].sum() == 0
    table = np.full((4, 4), 0.5)
    assert np.array_equal(joined(table, learn_following(openings), 0.0), table)
    assert joined(table, learn_following(openings), 1.0).sum() == pytest.approx(2 * table.sum())


def test_only_the_last_openings_count_as_far_as_wanted() -> None:
    openings = Openings(np.zeros(6, dtype=np.int64), np.arange(6), np.arange(6) * 1.0, np.ones(6), 1, 6)
    weights = openings.matrix(lately=0.8).toarray().ravel()
    assert weights[5] == pytest.approx(1.0)
    assert weights[0] == pytest.approx(0.2 + 0.8 * 0.5)
    assert np.array_equal(openings.matrix().toarray().ravel(), np.ones(6))


def test_everybody_gets_every_item_they_have_not_opened(films: Outside, tmp_path: Path) -> None:
    written = write_ranking(films, tmp_path / "R.csv")
    with (tmp_path / "R.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert written == len(rows) == PEOPLE * ITEMS - (PEOPLE - 1) * 20
    assert sum(row["person"] == f"p{PEOPLE - 1}" for row in rows) == ITEMS
    assert any(row["item"] == f"i{ITEMS - 1}" for row in rows)


def test_a_time_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    events = _write(tmp_path / "E.csv", ["person", "item", "time"], [["a", "b", "1"], ["a", "c", "昨天"]])
    others = [_write(tmp_path / name, [key], []) for name, key in (("P.csv", "person"), ("I.csv", "item"))]
    with pytest.raises(PortraitRefused, match="第 3 行"):
        read_outside(events, *others)


def test_numbers_are_banded_words_are_parted_and_rare_words_are_left_out() -> None:
    rows = [{"age": str(20 + one), "likes": "茶|酒" if one else "蜜"} for one in range(30)]
    coding = learn_coding(rows, 5)
    assert {name for name in coding.names if name.startswith("likes")} == {"likes=茶", "likes=酒"}
    assert coding.encode([{"age": "200", "likes": "酒；茶"}]).sum() == 3


def test_measures_agree_with_figures_worked_out_by_hand() -> None:
    scores, relevant = np.array([[3.0, 2.0, 1.0]]), np.array([[False, True, False]])
    ndcg, hit, auc = measure(scores, relevant, np.ones_like(relevant))
    assert (round(float(ndcg[0]), 4), hit[0], auc[0]) == (0.6309, 1.0, 0.5)
    assert area(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert lift(np.arange(10.0), np.arange(10) == 9) == 10.0


def test_the_chance_of_opening_is_calibrated_and_survives_its_file() -> None:
    draw = np.random.default_rng(3)
    columns = draw.normal(size=(4000, 5))
    truth = 1 / (1 + np.exp(2 - 1.5 * columns[:, 0] + columns[:, 1]))
    model = learn_response(columns, draw.random(4000) < truth, np.repeat(np.arange(400), 10))
    assert model is not None
    assert abs(float(model.chance(columns).mean() - truth.mean())) < 0.02
    assert float(np.abs(model.chance(columns) - truth).mean()) < 0.03
    assert np.array_equal(ResponseModel.from_json(model.as_json()).chance(columns), model.chance(columns))
