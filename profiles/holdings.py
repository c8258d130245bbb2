"""What this room holds of a person: the register's line, contacts, wishes, answers, portraits, and who looked."""

from __future__ import annotations

import json

from sqlalchemy import ColumnElement, false, or_

from kernel.holdings import Fate, Holding, Subject
from profiles import facts
from profiles.access import AccessEntry, Look
from profiles.changes.models import ChangeReport, ResidentDouble
from profiles.code_requests import CodeRequest
from profiles.data_requests import DataRequest, RequestKind, RequestState
from profiles.history import Event, RegisterEvent
from profiles.models import (
    Contact,
    Household,
    HouseholdCrop,
    HouseholdKind,
    HouseholdLivestock,
    Refusal,
    Resident,
    Standing,
)
from profiles.portraits.models import PlainOrder, PortraitInterest, PortraitSignal, PortraitWay
from profiles.sessions import OwnSession
from profiles.values import FactDate, OwnHouseholdFact, OwnMemberFact, ResidentAnswer

REGISTER = "农户名册是主管部门依法建立的台账，按其规定的期限保存；要更正或除名，请向村委会或乡镇提出"
CHANNELS = {"sms": "短信", "wechat": "微信", "landline": "座机", "telegram": "Telegram", "web": "网站"}
SOURCES = {"import": "名册导入", "office": "工作人员", "binding": "本人绑定", "resident": "本人"}
STANDINGS = {Standing.PRESENT: "健在", Standing.DIED: "去世", Standing.MOVED: "迁出"}


def _channel(name: str) -> str:
    return CHANNELS.get(name, name or "全部")


def _source(name: str) -> str:
    return SOURCES.get(name, name)


def _asked(name: str) -> str:
    """A fact by its label; a county's own by the name it was given."""
    fact = facts.REGISTER.fact(name)
    return fact.label if fact is not None else name.rpartition(".")[2]


def _answered(told: str) -> str:
    value = json.loads(told)
    return "是" if value is True else "不是" if value is False else f"{value:.10g}" if isinstance(value, float) else str(value)


def _answers(who: Subject) -> ColumnElement[bool]:
    return (ResidentAnswer.household_id == who.group_id) & or_(
        ResidentAnswer.resident_id == who.id, ResidentAnswer.about == who.id)


def _home(who: Subject) -> ColumnElement[bool]:
    return Household.id == who.group_id


CONTACTS = (
    Holding("登录", OwnSession, lambda who: OwnSession.resident_id == who.id, Fate.DELETED,
            shown={"开始": OwnSession.opened_at, "最近": OwnSession.seen_at}),
    Holding("验证码申请", CodeRequest, lambda who: or_(CodeRequest.resident_id == who.id, CodeRequest.address_index.in_(who.indexes)),
            Fate.DELETED, shown={"时间": CodeRequest.sent_at}),
    Holding("接收意愿", Refusal, lambda who: or_(Refusal.resident_id == who.id, Refusal.address_index.in_(who.indexes)), Fate.BLANKED,
            shown={"方式": Refusal.channel, "主题": Refusal.topic, "怎么说的": Refusal.door, "时间": Refusal.at,
                   "撤回时间": Refusal.withdrawn_at},
            words={"方式": _channel}, blank={Refusal.address: None, Refusal.reason: ""},
            why="您说过不想收的，必须记住才能不再打扰；只留不可还原的标记"),
    Holding("联系方式", Contact, lambda who: Contact.resident_id == who.id, Fate.DELETED,
            shown={"方式": Contact.channel, "号码": Contact.address, "已验证": Contact.verified, "代收": Contact.shared,
                   "来源": Contact.source, "登记时间": Contact.created_at, "停用时间": Contact.retired_at,
                   "停用原因": Contact.retired_reason},
            words={"方式": _channel, "来源": _source}),
)

SAID = (
    Holding("您自己的回答", ResidentAnswer, _answers, Fate.DELETED,
            shown={"问的是": ResidentAnswer.fact, "回答": ResidentAnswer.value, "方式": ResidentAnswer.channel,
                   "时间": ResidentAnswer.at},
            words={"方式": _channel, "问的是": _asked, "回答": _answered}),
    Holding("您的申请", DataRequest, lambda who: DataRequest.resident_id == who.id, Fate.BLANKED,
            shown={"编号": DataRequest.number, "申请": DataRequest.kind, "时间": DataRequest.at, "内容": DataRequest.text,
                   "状态": DataRequest.state, "答复": DataRequest.answer},
            words={"申请": lambda kind: RequestKind(kind).words, "状态": lambda state: RequestState(state).words},
            blank={DataRequest.text: None}, masks=(DataRequest.answer,),
            why="申请的编号、日期和结果要留作依法办理的凭证，内容删去，答复里的姓名、号码隐去"),
)

PORTRAITS = (
    Holding("个性化推荐：打开过的信息", PortraitSignal, lambda who: PortraitSignal.resident_id == who.id, Fate.DELETED,
            shown={"主题": PortraitSignal.topic, "做了什么": PortraitSignal.kind, "方式": PortraitSignal.channel,
                   "时间": PortraitSignal.at}, words={"方式": _channel}),
    Holding("个性化推荐：关心的主题", PortraitInterest, lambda who: PortraitInterest.resident_id == who.id, Fate.DELETED,
            shown={"主题": PortraitInterest.topic, "占比": PortraitInterest.share}),
    Holding("个性化推荐：合适的方式和时间", PortraitWay, lambda who: PortraitWay.resident_id == who.id, Fate.DELETED,
            shown={"方式": PortraitWay.channel, "钟点": PortraitWay.hour}, words={"方式": _channel}),
    Holding("选择不要个性化推荐", PlainOrder, lambda who: PlainOrder.resident_id == who.id, Fate.KEPT, shown={"时间": PlainOrder.at},
            why="这是您的选择，留着才能不再为您做推荐"),
)

LOOKS = (
    Holding("谁看过您的信息", AccessEntry, lambda who: or_(
        AccessEntry.resident_id == who.id, AccessEntry.household_id == who.group_id), Fate.KEPT,
            shown={"时间": AccessEntry.at, "谁": AccessEntry.actor, "做了什么": AccessEntry.look},
            words={"做了什么": lambda look: Look(look).words}, why="查看记录供监督检查，保存期满自动删除；里面没有姓名和号码"),
)

PERSON = (
    Holding("村干部上报的变动", ChangeReport, lambda who: ChangeReport.resident_id == who.id, Fate.DELETED,
            shown={"变动": ChangeReport.kind, "时间": ChangeReport.at, "内容": ChangeReport.content, "结果": ChangeReport.state},
            is_register=True, why=REGISTER),
    Holding("名册变动记录", RegisterEvent, lambda who: RegisterEvent.resident_id == who.id, Fate.DELETED,
            shown={"变动": RegisterEvent.event, "原": RegisterEvent.before, "现": RegisterEvent.after, "时间": RegisterEvent.at},
            words={"变动": lambda event: Event(event).words}, is_register=True, why=REGISTER),
    Holding("重复登记核对", ResidentDouble, lambda who: or_(ResidentDouble.first_id == who.id, ResidentDouble.second_id == who.id),
            Fate.DELETED, shown={"发现时间": ResidentDouble.found_at, "说明": ResidentDouble.reason}, is_register=True, why=REGISTER),
    Holding("本县自定义的成员信息", OwnMemberFact, lambda who: OwnMemberFact.resident_id == who.id, Fate.DELETED,
            shown={"名称": OwnMemberFact.name, "数值": OwnMemberFact.number, "内容": OwnMemberFact.word}, is_register=True,
            why=REGISTER),
    Holding("信息的来源和日期", FactDate, lambda who: (FactDate.household_id == who.group_id) & (FactDate.resident_id == who.id),
            Fate.DELETED, shown={"名称": FactDate.fact, "来源": FactDate.source, "日期": FactDate.at}, words={"来源": _source},
            is_register=True, why=REGISTER),
    Holding("名册上的您", Resident, lambda who: Resident.id == who.id, Fate.DELETED,
            shown={"姓名": Resident.name, "证件号码": Resident.id_number, "与户主关系": Resident.relation,
                   "出生日期": Resident.birth_date, "性别": Resident.gender, "残疾等级": Resident.disability,
                   "在读阶段": Resident.study, "务工": Resident.migrant, "技能": Resident.skills, "状态": Resident.standing,
                   "来源": Resident.source, "登记日期": Resident.stated_at, "更新时间": Resident.updated_at,
                   "应本人要求清理": Resident.erased_at},
            words={"状态": lambda standing: STANDINGS[Standing(standing)], "来源": _source, "技能": "、".join},
            is_register=True, why=REGISTER),
)

_UNDER = (
    ("户类型", HouseholdKind, HouseholdKind.household_id, {"类型": HouseholdKind.kind}),
    ("种植", HouseholdCrop, HouseholdCrop.household_id, {"作物": HouseholdCrop.name, "亩": HouseholdCrop.mu}),
    ("养殖", HouseholdLivestock, HouseholdLivestock.household_id, {"牲畜": HouseholdLivestock.name, "头（只）": HouseholdLivestock.head}),
    ("本县自定义的农户信息", OwnHouseholdFact, OwnHouseholdFact.household_id,
     {"名称": OwnHouseholdFact.name, "数值": OwnHouseholdFact.number, "内容": OwnHouseholdFact.word}),
)
# A household's facts are its members' together: they go with the last of them, by the cascade of its row.
HOME = (
    *(Holding(kind, model, lambda who, column=column: column == who.group_id, Fate.KEPT, shown=shown,  # type: ignore[misc]
              goes_with_last=True, why=REGISTER) for kind, model, column, shown in _UNDER),
    Holding("户主姓名", Household, lambda who: _home(who) if who.is_head else false(), Fate.BLANKED,
            blank={Household.head_name: None, Household.head_name_index: None}, is_register=True, why=REGISTER),
    Holding("您家的登记", Household, _home, Fate.KEPT,
            shown={"户编号": Household.reference, "村代码": Household.division, "村民小组": Household.group_name,
                   "家庭人口": Household.size, "承包地（亩）": Household.land, "人均年收入（元）": Household.income_per_head,
                   "房屋等级": Household.house_grade, "易地搬迁": Household.relocated, "来源": Household.source,
                   "登记日期": Household.stated_at},
            words={"来源": _source}, goes_with_last=True, why=REGISTER),
)

HOLDINGS = (*CONTACTS, *SAID, *PORTRAITS, *LOOKS, *PERSON, *HOME)
