from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.vectors import VectorStore


def test_a_text_is_encoded_once(tmp_path: Path, counting) -> None:
    first = VectorStore(tmp_path).encoded(["低保", "医保", "低保"], counting)
    again = VectorStore(tmp_path).encoded(["医保", "低保"], counting)
    assert counting.asked == ["低保", "医保"]
    assert np.array_equal(first[0], again[1])
    assert np.array_equal(first[0], first[2])


def test_vectors_of_another_model_are_not_mixed_in(tmp_path: Path, counting) -> None:
    VectorStore(tmp_path).encoded(["低保"], counting)
    counting.name = "other"
    VectorStore(tmp_path).encoded(["低保"], counting)
    assert counting.asked == ["低保", "低保"]


@pytest.mark.parametrize("kept", [0, 40, 3000])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, counting, kept: int) -> None:
    store = VectorStore(tmp_path)
    texts = [f"问题{number}" for number in range(300)]
    good = store.encoded(texts, counting)
    store.path.write_bytes(store.path.read_bytes()[:kept] + b"\xff" * 20_000)
    assert np.array_equal(store.encoded(texts, counting), good)


def test_vectors_of_texts_no_longer_asked_are_dropped(tmp_path: Path, counting) -> None:
    store = VectorStore(tmp_path)
    store.encoded(["低保", "医保"], counting)
    assert store.keep(["低保"], counting) == 1
    store.encoded(["低保", "医保"], counting)
    assert counting.asked == ["低保", "医保", "医保"]


def test_without_a_model_no_file_is_written(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    assert store.encoded(["低保"], LexicalOnly()).shape == (1, 0)
    assert not store.path.exists()
