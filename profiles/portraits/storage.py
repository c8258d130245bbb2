"""The trained portraits as one file of numbers and words beside the database; nothing in it is ever executed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from profiles.portraits.coding import Coding, Floats
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.ranking import RankingModel
from profiles.portraits.response import ResponseModel

FILE_NAME = "portraits.npz"
FORM = 2


@dataclass(frozen=True)
class Portraits:
    """What training leaves: how people and notices are coded, the order, and perhaps the chance of opening."""

    trained_at: datetime
    people: Coding
    notices: Coding
    known: tuple[NoticeFeatures, ...]
    ranking: RankingModel
    response: ResponseModel | None = None
    response_coding: Coding | None = None

    @property
    def categories(self) -> Floats:
        """The known notices' categories."""
        return self.notices.encode([one.row for one in self.known])


def save(portraits: Portraits, folder: Path) -> Path:
    """Write the file whole or not at all, readable by its owner only."""
    words = {
        "form": FORM, "trained_at": portraits.trained_at.isoformat(), "people": portraits.people.as_json(),
        "notices": portraits.notices.as_json(), "known": [asdict(one) for one in portraits.known],
        "blend": portraits.ranking.blend.as_json(),
        "response": None if portraits.response is None else portraits.response.as_json(),
        "response_coding": None if portraits.response_coding is None else portraits.response_coding.as_json(),
    }
    path, fresh = folder / FILE_NAME, folder / f".{FILE_NAME}.{os.getpid()}"
    said = np.frombuffer(json.dumps(words, ensure_ascii=False).encode(), dtype=np.uint8)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        np.savez_compressed(file, allow_pickle=False, words=said, **portraits.ranking.arrays())
    fresh.replace(path)
    return path


def load(folder: Path) -> Portraits | None:
    """The trained portraits, None when nothing was trained; a damaged file is refused."""
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        words = json.loads(arrays.pop("words").tobytes().decode())
        if words["form"] != FORM:
            raise ValueError(f"the form is {words['form']}, not {FORM}")
        response, coding = words["response"], words["response_coding"]
        return Portraits(
            datetime.fromisoformat(words["trained_at"]), Coding.from_json(words["people"]),
            Coding.from_json(words["notices"]), tuple(NoticeFeatures(**one) for one in words["known"]),
            RankingModel.from_arrays(arrays, words["blend"]),
            None if response is None else ResponseModel.from_json(response),
            None if coding is None else Coding.from_json(coding))
    except (ValueError, KeyError, TypeError, BadZipFile) as error:
        raise PortraitRefused(f"{FILE_NAME} 已损坏或版本不对。请重新运行 zhida portraits train。") from error
