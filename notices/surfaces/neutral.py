"""A neutral sheet for village boards, for the households whose data are incomplete: that something is to be checked, not what."""

from __future__ import annotations

from dataclasses import dataclass

from notices.surfaces.fitting import first_phone, until_words
from notices.surfaces.sms import headline_office
from notices.writing import NoticeDraft

TITLE = "请各户核对家庭登记情况"
WHERE = "所在村的村民委员会"


@dataclass(frozen=True)
class NeutralSheet:
    """What hangs where a sender cannot tell who is meant: no name, no condition, nothing of what the notice is about."""

    draft: NoticeDraft

    @property
    def title(self) -> str:
        """A title of a general kind, the same for every notice."""
        return TITLE

    @property
    def text(self) -> str:
        """The sheet's lines; the office is not named where its name tells of a hardship."""
        draft = self.draft
        by_when = f"请在{until_words(draft)}" if draft.deadline else "请"
        lines = [TITLE, "", "有一项通知与部分农户有关。有的户登记资料不全，暂时看不出和您家有没有关系。",
                 f"{by_when}到村委会核对家里的登记情况，也可以打电话问。核对后符合的，村里会当面告知。", "",
                 f"核对地点：{WHERE}", f"咨询电话：{first_phone(draft.phone)}，也可拨 12345 核实", "",
                 headline_office(draft)]
        return "\n".join(lines)

    def complaints(self) -> tuple[str, ...]:
        """Nothing of the writing stands in it but a date, a telephone and an office."""
        return ()

    def advice(self) -> tuple[str, ...]:
        """Nothing to look at."""
        return ()
