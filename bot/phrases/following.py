"""What is said to a bare 要带什么, 去哪儿办, 我符合吗: the answer's own words on it, and which matter they belong to."""

from __future__ import annotations

import re

LED = {"materials": "要带：", "place": "去这里办：", "time_limit": "", "fee": "", "until": "", "phone": "打这个电话：", "conditions": "",
       "standard": "", "hours": "", "steps": "", "again": "", "proxy": "", "paid": "", "offline": "", "account": ""}
# A sentence that says so itself needs no word before it.
_LEADS = {name: re.compile({"materials": "带", "place": "[到去向在找]"}.get(name, "$^")) for name in LED}
NAMED = {"materials": "要带什么", "place": "去哪儿办", "time_limit": "多久办好", "fee": "收不收费", "until": "什么时候截止", "phone": "电话",
         "conditions": "谁能办", "standard": "多少钱", "hours": "什么时间办", "steps": "怎么办", "again": "别的",
         "proxy": "能不能替人办", "paid": "什么时候发", "account": "打到哪个卡", "offline": "不会用手机"}
OFFLINE = "没有手机、不会用，都不要紧。\n带身份证到村委会，村干部帮着办；也可以打 12345 问。"
WITHOUT = "没有手机、不会用：带身份证到村委会，村干部帮着办。"
SENT = "刚才发您的那件事"
AT_THE_VILLAGE = "这要当面说。请带身份证到村委会，或打 {phone} 问。"
YES = "按您家登记情况，可以申请；以{office}审核结果为准。"
NO = "按您家登记情况，没有查到您家能办这一项。\n登记不对的，到村委会更新；以{office}审核结果为准。"
UNKNOWN = "您家登记还不全，现在说不准。\n回“我能办什么”，我一条一条问您。"
EVERYBODY = "这一条是发给大家的，不分哪一家。"
LOOK = "想看您家能办哪些，回“我能办什么”。"


def besides(aspect: str, line: str) -> str:
    """The words on one aspect below an answer that names its matter itself."""
    lead = LED.get(aspect) or f"{NAMED[aspect]}："
    return f"{'' if '：' in line or _LEADS[aspect].search(line) else lead}{line.rstrip('。；')}。"


def told(aspect: str, line: str, matter: str) -> str:
    """The words on one aspect, and what they are about."""
    lead = "" if _LEADS[aspect].search(line) else LED.get(aspect, "")
    return f"{lead}{line.rstrip('。；')}。\n（说的是：{matter}）"


def not_written(aspect: str, matter: str, office: str, phone: str) -> str:
    """Nobody wrote it down: whom to ring, instead of a guess."""
    whom = f"打 {phone} 问{office}" if phone else "打 12345 问"
    return f"{NAMED[aspect]}，这里没有写，{whom}最准。\n（说的是：{matter}）"
