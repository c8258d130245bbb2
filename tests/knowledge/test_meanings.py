from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.meanings import BLOCK, Meanings, Vectors


def unit_vectors(count: int, width: int = 96, seed: int = 5) -> NDArray[np.float16]:
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def laid(vectors: Vectors, rows: NDArray[np.float16]) -> NDArray[np.intp]:
    blocks = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
    return vectors.take(blocks, len(rows))


def arranged(vectors: Vectors, places: NDArray[np.intp]) -> Meanings:
    return vectors.arranged(places, places, np.arange(len(places)))


@pytest.mark.parametrize("count", [30, 9000])
def test_a_vector_is_nearest_to_itself_among_few_and_among_many(count: int) -> None:
    rows, vectors = unit_vectors(count), Vectors()
    meanings = arranged(vectors, laid(vectors, rows))
    asked = rows[17].astype(np.float32)
    found = meanings.nearest(asked, None)
    assert found[np.argmax(meanings.compare(asked, found))] == 17


def test_hidden_rows_are_not_found() -> None:
    rows, vectors = unit_vectors(100), Vectors()
    hidden = np.zeros(100, bool)
    hidden[17] = True
    assert 17 not in arranged(vectors, laid(vectors, rows)).nearest(rows[17].astype(np.float32), hidden)


def test_an_older_arrangement_reads_on_what_it_knew() -> None:
    rows, vectors = unit_vectors(6000), Vectors()
    older = arranged(vectors, laid(vectors, rows))
    for seed in range(4):
        kept = vectors.keep(older.places[:100])
        added = laid(vectors, unit_vectors(3000, seed=seed))
        newer = arranged(vectors, np.concatenate([kept, added]))
        assert np.array_equal(newer.vectors(np.arange(100)), rows[:100])
    assert np.array_equal(older.vectors(np.arange(6000)), rows)


def test_vectors_added_later_are_found_beside_the_first() -> None:
    first, later, vectors = unit_vectors(9000), unit_vectors(50, seed=6), Vectors()
    places = np.concatenate([laid(vectors, first), laid(vectors, later)])
    assert 9007 in arranged(vectors, places).nearest(later[7].astype(np.float32), None)


def test_owners_are_measured_by_the_middle_of_their_phrasings_and_by_their_answer() -> None:
    rows, vectors = unit_vectors(9), Vectors()
    places = laid(vectors, rows)
    meanings = vectors.arranged(places[:6], places[6:], np.array([0, 0, 1, 1, 1, 2]))
    asked = rows[0].astype(np.float32)
    near = rows.astype(np.float32) @ asked
    wholes = meanings.of_owners(asked, np.array([0, 2]))
    assert wholes == pytest.approx([0.75 * near[:2].mean() + 0.25 * near[6], 0.75 * near[5] + 0.25 * near[8]], abs=2e-3)


def test_without_vectors_every_meaning_is_as_near() -> None:
    meanings = arranged(Vectors(), np.zeros(0, np.intp))
    assert not len(meanings.nearest(np.zeros(0, np.float32), None))
