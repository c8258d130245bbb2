"""Settings of how long each kind of data is kept."""

from __future__ import annotations

from pydantic import Field

from kernel.settings import Section

# 网络安全法 (its article on the duties of operators): logs are kept six months at least; a portrait forgets after 180 days.
LEAST_LOG, MOST_PORTRAIT = 183, 180
# 个人信息保护法 §56: assessments and records of processing are kept three years at least.
THREE_YEARS = 1096


class RetentionSettings(Section):
    """How many days each kind is kept."""

    keep_audit_days: int = Field(THREE_YEARS, ge=LEAST_LOG, le=36500, description="操作记录保存多少天，不得少于 183 天（六个月）")
    keep_looks_days: int = Field(THREE_YEARS, ge=LEAST_LOG, le=36500, description="查看个人信息的记录保存多少天，不得少于 183 天；影响评估要求三年")
    keep_talks_days: int = Field(30, ge=1, le=3650, description="与机器人的对话停在哪一步，最后一句之后保存多少天")
    keep_questions_days: int = Field(730, ge=1, le=36500, description="群众问过的话（已隐去姓名和号码）保存多少天")
    keep_asked_days: int = Field(THREE_YEARS, ge=31, le=36500, description="每天每个村问了多少、答上多少（只有次数）保存多少天")
    keep_scans_days: int = Field(1096, ge=1, le=36500, description="每个二维码每天的扫码次数保存多少天（没有个人信息）")
    keep_portraits_days: int = Field(MOST_PORTRAIT, ge=1, le=MOST_PORTRAIT, description="个性化推荐的行为记录保存多少天，最多 180 天")
    keep_numbers_days: int = Field(365, ge=30, le=36500, description="推送结束多少天后，发送记录里不再留号码的索引和平台原话，只留户和结果")
    keep_receipts_days: int = Field(180, ge=30, le=36500, description="短信平台回执保存多少天")
    keep_visits_days: int = Field(365, ge=30, le=36500, description="入户名单列出多少天后删去（推送台账里的数字另存）")
    keep_replies_days: int = Field(365, ge=30, le=36500, description="群众对推送的回复保存多少天（转成留言的，按留言保存）")
    keep_senders_days: int = Field(730, ge=30, le=36500, description="留言办结多少天后去掉留言人的联系方式（留言和答复按档案保存）")
    keep_wishes_days: int = Field(THREE_YEARS, ge=183, le=36500, description="已撤回的退订保存多少天；没撤回的一直有效")
    keep_requests_days: int = Field(THREE_YEARS, ge=183, le=36500, description="查阅、更正、删除申请办完多少天后删去内容，只留编号和结果")
    keep_errors_days: int = Field(30, ge=1, le=366, description="导入拒收清单（数据库旁 errors/ 里的明文文件）保存多少天")
    answer_requests_days: int = Field(15, ge=1, le=30, description="居民申请更正、删除个人信息，多少天内必须办结（GB/T 35273 要求不超过 30 天）")
