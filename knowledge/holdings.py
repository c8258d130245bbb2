"""What this room holds of a person: the consultations that came from an address of theirs."""

from __future__ import annotations

from kernel.holdings import Fate, Holding
from knowledge.case_models import Rating
from knowledge.models import Consultation, ConsultationState

STATES = {ConsultationState.TAKEN: "受理", ConsultationState.PASSED_ON: "转办", ConsultationState.ANSWERED: "已答复",
          ConsultationState.CLOSED: "办结"}

HOLDINGS = (
    Holding(
        "留言", Consultation, lambda who: Consultation.address_index.in_(who.indexes), Fate.BLANKED,
        shown={"编号": Consultation.number, "时间": Consultation.taken_at, "来自": Consultation.channel,
               "内容": Consultation.text, "状态": Consultation.state, "答复": Consultation.answer,
               "答复时间": Consultation.answered_at, "评价": Consultation.rating, "不满意的原因": Consultation.rating_reason},
        words={"状态": lambda state: STATES[ConsultationState(state)], "评价": lambda rating: Rating(rating).words if rating else ""},
        blank={Consultation.address: None, Consultation.address_index: None},
        masks=(Consultation.text, Consultation.rating_reason, Consultation.answer, Consultation.first_answer),
        why="办件记录是政务档案，按档案法保存；其中的联系方式去掉，姓名、号码隐去，期满随档案销毁"),
)
