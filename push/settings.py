"""Settings of this room: when nothing goes out, how much a day, how work is cut and how long it may hang."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, field_validator

from channels.sms.numbers import mobile
from kernel.settings import Section
from push.planning import QuietHours


class PushSettings(Section):
    """Pushing."""

    quiet_hours: str = Field("22:00-07:00", description="夜间静默时段，推送顺延到时段结束（紧急通知除外，不晚于信息的截止日期）；留空即没有")
    daytime_hours: str = Field("08:00-20:00", description="群众要求“只在白天收”时，白天是几点到几点；其余时间顺延到次日白天（紧急通知除外，不晚于信息的截止日期）")
    daily_cap: int = Field(0, ge=0, le=100, description="每个号码一天最多收几条推送，超出的顺延到次日（法定和紧急信息除外）；0 = 不限")
    weekly_cap: int = Field(0, ge=0, le=500, description="每个号码一周（周一到周日）最多收几条推送，超出的顺延到下周一，不晚于信息的截止日期（法定和紧急信息除外）；0 = 不限")
    sms_price: float = Field(4.5, ge=0, le=1000, description="短信每条（计费条数）多少分钱，用来估算费用（请按合同填写）")
    cost_ceiling: float = Field(0, ge=0, description=
        "一次推送最多花多少元（按 SMS_PRICE 估算），超过就不放行；放行以后改发、催办、补发的短信会超过的先不发，留在推送任务里；有推送权限的人写明原因可放宽这一次；紧急通知和更正不受限；0 = 不限")
    office_phones: str = Field("", repr=False, description="试发短信只发给这些办公手机，逗号分隔；留空即不能试发")
    batch_size: int = Field(2000, ge=1, le=100_000, description="一个批次最多多少条；批次是发送进程一次领取的工作")
    worker_processes: int = Field(
        1, ge=1, le=1000, description="一共有几个发送进程（zhida worker）；只在 Redis 断开时用：各进程按这个数平分各通道的每秒限速")
    lease: float = Field(60, ge=1, le=3600, description="发送进程领取批次后的租期（秒），活着就续；进程死掉后由别的进程接手")
    unknown_horizon: float = Field(120, ge=1, le=86400, description="没有得到回答的请求，多少秒后向平台查询去向")
    retry_hours: float = Field(72, ge=0.1, le=720, description="没有截止日期的信息，发不出去时最多重试多少小时")
    schedule_stale_hours: float = Field(24, ge=1, le=720, description="定时推送过了时间多少小时还没开始（例如停机），就暂停等人确认，不再自动发出")

    join_every: int = Field(60, ge=0, le=10080, description="信息还在办理期内时，每隔多少分钟给新符合条件、新有联系方式的户补发（导入农户表后随即补发）；0 = 不自动补发")

    @field_validator("quiet_hours", "daytime_hours")
    @classmethod
    def _is_a_span(cls, value: str) -> str:
        QuietHours.parse(value)
        return value.strip()

    @field_validator("office_phones")
    @classmethod
    def _are_mobiles(cls, value: str) -> str:
        for one in _listed(value):
            if mobile(one) != one:
                raise ValueError(f"“{one}”不是 11 位手机号。几个号码用逗号隔开")
        return value.strip()

    @property
    def trial_phones(self) -> tuple[str, ...]:
        """The office's own telephones, each once."""
        return tuple(dict.fromkeys(_listed(self.office_phones)))

    @property
    def quiet(self) -> QuietHours | None:
        """The quiet hours, or None."""
        return QuietHours.parse(self.quiet_hours)

    @property
    def daytime(self) -> QuietHours | None:
        """The hours that count as day for who wants messages by day only."""
        return QuietHours.parse(self.daytime_hours)

    @property
    def join_interval(self) -> timedelta:
        """How long after one look for late joiners the next is."""
        return timedelta(minutes=self.join_every or 60)

    @property
    def lease_time(self) -> timedelta:
        """How long a claimed batch stays a worker's without renewal."""
        return timedelta(seconds=self.lease)

    @property
    def horizon(self) -> timedelta:
        """How long after its start a lost call is first asked about."""
        return timedelta(seconds=self.unknown_horizon)


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", ",").split(",") if one.strip()]
