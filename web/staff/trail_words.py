"""The acts of the trail in the office's words."""

from __future__ import annotations

from push.trace import gateway_words

ACTS = {
    "notice.drafted": "起草信息", "notice.revised": "修改信息", "notice.submit": "送审", "notice.approve": "审核",
    "notice.return": "退回", "notice.publish": "发布", "notice.withdraw": "撤下", "divisions.import": "导入行政区划",
    "profiles.import": "导入农户信息", "resident.bound": "本人核对号码", "resident.number_added": "本人加号码",
    "resident.preferred": "本人选先用的联系方式", "resident.contact_retired": "本人停用联系方式", "resident.wish": "代记接收意愿",
    "posting.posted": "张贴到公示栏", "posting.taken_down": "从公示栏撤下", "posting.undone": "撤销张贴记录",
    "visit.done": "已入户", "visit.not_met": "入户没见到人", "visit.open": "撤销入户记录",
    "template.filed": "登记短信模板", "template.changed": "改短信模板状态", "template.retired": "停用短信模板",
    "push.send": "放行推送", "push.correct": "发送更正", "push.pause": "暂停推送", "push.resume": "继续推送", "push.stop": "停止推送",
    "push.visits": "转入户名单", "broadcast.released": "群发", "broadcast.asked": "核实群发",
    "divisions.changes": "调整行政区划", "portraits.train": "训练个性化推荐",
    "knowledge.divisions": "知识条目改用新的区划代码",
    "push.release": "定时推送到点放行", "push.hold": "系统暂停推送", "push.keep_back": "推送停住一个通道", "push.cancel": "取消推送", "push.join": "补发",
    "push.allow": "放宽推送费用上限", "push.remind": "必达催办",
    "profiles.household.move": "整户迁移", "profiles.household.split": "分户", "profiles.household.merge": "并户",
    "profiles.members.move": "成员转到另一户", "profiles.member.standing": "登记去世、迁出或健在", "staff.division": "随区划调整管理范围",
    "push.try": "试发短信", "push.tried": "试发短信的结果", "template.reviewed": "平台答复模板审核",
}
SUBJECTS = {
    "notice": "信息", "staff": "账号", "entry": "知识条目", "consultation": "留言", "code": "二维码", "dispatch": "推送任务",
    "household": "户", "data_request": "个人信息申请", "key": "密钥", "resident": "群众", "division": "区划", "file": "文件", "knowledge": "知识库", "gap": "待补充问题",
    "template": "短信模板", "document": "文件", "portraits": "个性化推荐",
}
# Of these the trail names no single one: what stands behind is a word of the code, or the number of a batch.
WHOLE = ("knowledge", "portraits")


def act_words(act: str) -> str:
    """An act as the office says it; acts recorded in Chinese stand as they are."""
    return ACTS.get(act, act)


def subject_words(subject: str) -> str:
    """The thing an act was done to: 信息 PY-2026-001 for notice:PY-2026-001."""
    kind, _, reference = subject.partition(":")
    if kind in WHOLE:
        number = reference.rpartition(":")[2]
        return f"{SUBJECTS[kind]} 第 {number} 批" if number.isdigit() else SUBJECTS[kind]
    if kind == "template":
        gateway, _, vendor_id = reference.partition(" ")
        reference = f"{gateway_words(gateway)} {vendor_id}"
    return f"{SUBJECTS[kind]} {reference}" if kind in SUBJECTS else subject
