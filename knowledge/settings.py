"""How long a consultation may take."""

from __future__ import annotations

from pydantic import Field

from kernel.settings import Section


class ConsultationSettings(Section):
    """Deadlines of 留言办理, in working days."""

    consultation_extension_days: int = Field(5, ge=1, le=30, description="一条留言最多延期几个工作日；只能延一次")
    consultation_remind_days: int = Field(1, ge=0, le=10, description="到期前几个工作日在工作台单列提醒；0 = 当天才提醒")
    consultation_close_days: int = Field(15, ge=1, le=60, description="答复后多少个工作日对方没有评价，就算办结")
