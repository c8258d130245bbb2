"""Settings of portraits: off until the office switches them on with its impact assessment on record (PIPL §24, §55-56)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from kernel.settings import Section


class PortraitSettings(Section):
    """Portraits."""

    portraits: Literal["", "on"] = Field("", description="个性化推荐：留空 = 关（按发布时间排），on = 开（须先做个人信息保护影响评估）")
    portraits_assessment: str = Field("", max_length=120, description="个人信息保护影响评估报告的文号；开个性化推荐时必填，报告保存三年")

    @field_validator("portraits_assessment")
    @classmethod
    def _without_blanks(cls, value: str) -> str:
        return value.strip()

    @model_validator(mode="after")
    def _is_assessed(self) -> Self:
        if self.is_on and not self.portraits_assessment:
            raise ValueError("开个性化推荐（PORTRAITS=on）前须做个人信息保护影响评估。"
                             "请把评估报告的文号写在 PORTRAITS_ASSESSMENT，或把 PORTRAITS 留空。")
        return self

    @property
    def is_on(self) -> bool:
        """Whether deeds are remembered and orders personalised."""
        return self.portraits == "on"
