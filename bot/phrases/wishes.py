"""What is said of wishes and of proving who one is; each in a long form, and in one that fits a text message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.state import Proof

EXEMPT = "医保、养老这类关系您自己的通知和紧急通知还会发。"
_EXEMPT_SHORT = "医保养老和紧急的还发"

BY_DAY = "好的，以后只在白天发，早 8 点到晚 8 点。\n紧急通知不等。想随时收，回“随时收”。"
ANY_HOUR = "好的，以后随时发给您。\n只想白天收，回“只在白天收”。"
TOPICS_SHORT = "回“不要养殖的”停一样，回“只要社保的”只收一样，回“退订”停全部"
STILL_COMES = f"回过“退订”的，一般提醒不再发。\n{EXEMPT}\n想再收，回“恢复”。"
URGENT = "紧急通知关系到安全，按规定都要发，退不了。\n别的可以退，回“退订”。"
ON_THE_WEB = "网页上认不出您是谁，没法替您改。\n打开“我的事”核对后自己选，收哪样、不收哪样都行。\n用收短信的手机回“退订”，或在微信里说，也行。"
ONLY_HERE = "\n手机短信要停，用那个手机回“退订”，或在这里回“绑定”一起停。"

ASK_PHONE = "请回您在村里登记的手机号，11 个数字。\n我们给它发一条验证码，不花钱。\n不想核对了，回“算了”。"
SENT = ("这个号在村里登记过，就会收到短信。\n请把短信里的 6 个数字回到这里，5 分钟内有效。\n"
        "没登记的号，或好几户共用的号，收不到。请带身份证到村委会核对。")
NOT_COME = ("等一分钟还没来，可以再回一次手机号。\n没登记的号，或好几户共用的号，收不到。\n"
            "那就带身份证到村委会，村干部帮您核对。")
FOR_ANOTHER = "一个微信只连本人。请他用自己的微信回“绑定”。\n没有微信的，带身份证到村委会，村干部帮着办。"
WITHOUT_PHONE = "没有手机，或者换了号，都不要紧。\n带身份证到村委会，村干部帮您核对、登记新号。\n不想核对了，回“算了”。"
WHY_A_CODE = "我是县里的自动问答。验证码只用来认您本人，不收钱、不动钱，别告诉别人。\n不放心就不核对：回“算了”，带身份证到村委会办。"
CANNOT = "不会弄，不要紧。带身份证到村委会，村干部帮您核对。\n不想核对了，回“算了”。"
NOT_NEEDED = "问事、转给工作人员，都不用留电话。\n只有核对是不是本人，才要登记的手机号；不想给，带身份证到村委会也行。"
SIX_DIGITS = "请回短信里的 6 个数字，比如 123456 这样。\n没收到，回“没收到”。不想核对了，回“算了”。"
CODE_FAILED = ("错了不要紧：请看最近一条短信，把 6 个数字再回一次。\n短信里的数字 5 分钟后不能用，回手机号再要一条。\n"
               "还是不行，带身份证到村委会，村干部帮您核对。")
NOT_THE_CARD = "身份证号、银行卡号不要发到这里。\n核对只要手机号，11 个数字。"
PHONE_STILL = "核对还没完：请回您的手机号，11 个数字。不想核对了，回“算了”。"
CODE_STILL = "核对还没完：请回短信里的 6 个数字。不想核对了，回“算了”。"
PHONE_ANEW = "没关系。请再回一次手机号，11 个数字。\n不想核对了，回“算了”。"
NO_NUMBER = "这不是手机号。请回 11 个数字的手机号，不想核对了回“算了”。"
TOO_SOON = "刚发过验证码，请回短信里的 6 个数字。\n没收到，等一分钟再回手机号。"
TOO_MANY = "今天要验证码的次数太多了。请明天再试，或带身份证到村委会。"
WRONG = "验证码不对。请看清短信里的 6 个数字，再回一次。"
OVER = "验证码过期了，或者错了 5 次。想再来，回“绑定”。"
GONE = "现在不能用这个号码核对。请带身份证到村委会，村干部帮您办。"
CLOSED = "验证码短信还没有开通。请带身份证到村委会核对。"
WHICH_PERSON = "号码对上了。您是哪一位？回数字："
UNBOUND = "好的，这个微信和您家分开了。想再连上，回“绑定”。"
NOT_BOUND = "这个微信没有和哪一家连着。想连上，回“绑定”。"
BIND_IN_WECHAT = "要在微信里或网页“我的事”里核对。也可以带身份证到村委会。"
NOT_ABROAD = "这里只发公开信息，不核对身份。请用微信，或到村委会办。"
_PROOFS = {"no_number": NO_NUMBER, "too_soon": TOO_SOON, "too_many": TOO_MANY, "wrong": WRONG, "over": OVER, "gone": GONE,
           "closed": CLOSED, "sent": SENT, "which": WHICH_PERSON, "unbound": UNBOUND, "not_bound": NOT_BOUND}


def refused(topics: Sequence[str], *, is_brief: bool) -> str:
    """No more of some topics: what still comes, and how to return."""
    back = f"还要{topics[0]}的" if len(topics) == 1 else "恢复"
    if is_brief:
        named = topics[0] if len(topics) == 1 else f"{topics[0]}等"
        return f"不再发{named}的消息；{_EXEMPT_SHORT}。想再收回“{back}”"
    return f"好的，以后不给您发{_listed(topics)}的消息了。\n{EXEMPT}\n想再收，回“{back}”。"


def topics(names: Sequence[str]) -> str:
    """What may be chosen, and with which words."""
    return (f"可以选的有：{_listed(names)}。\n不想收一样，回“不要养殖的”；想收回来，回“还要养殖的”。\n"
            f"只收一样，回“只要社保的”；都不收，回“退订”。\n{EXEMPT}")


def refused_channel(name: str, other: str) -> str:
    """No more over one channel; the other goes on."""
    return f"好的，以后不给您发{name}提醒了，{other}里还会发。\n{EXEMPT}\n想再收，回“恢复”。"


def only(topics: Sequence[str], *, is_brief: bool) -> str:
    """Nothing but some topics."""
    if is_brief:
        named = topics[0] if len(topics) == 1 else f"{topics[0]}等"
        return f"以后只发{named}的消息；{_EXEMPT_SHORT}。想都收回“恢复”"
    return f"好的，以后只给您发{_listed(topics)}的消息。\n{EXEMPT}\n想都收，回“恢复”。"


def wanted(topics: Sequence[str]) -> str:
    """Some topics again."""
    return f"好的，{_listed(topics)}的消息会发给您。"


def owed(topics: Sequence[str], *, is_brief: bool) -> str:
    """What cannot be refused, and what can."""
    if is_brief:
        return f"{topics[0]}的通知关系您自己，都要发。别的能退，如回“不要养殖的”"
    return f"{_listed(topics)}的通知关系您自己，按规定都要发，退不了。\n别的可以退，比如回“不要养殖的”。"


def proof(told: Proof) -> str:
    """What became of a step on the way to being known."""
    if told.answer == "bound":
        return f"核对好了，{told.name}。以后在这里问“我能办什么”就行。\n不想连着了，回“解绑”。"
    return _PROOFS[told.answer]


def _listed(topics: Sequence[str]) -> str:
    return "、".join(topics)
