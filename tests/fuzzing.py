"""Callbacks that nobody honest sends, from one seed: to every hook, signed rightly and wrongly, broken in every way we know of."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import urlencode

from channels.simulators.proofs import wechat_sealed, wechat_signature
from channels.wechat.settings import WechatSettings

TELEGRAM_SECRET = "hooksecret"
OPENID, ACCOUNT = "o-fuzz", "gh_5a11d0c0ffee"
KINDS = ("text", "voice", "image", "video", "shortvideo", "location", "link", "file", "event", "miniprogrampage", "无", "", "TEXT", "x" * 400)
EVENTS = ("subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH",
          "subscribe_msg_popup_event", "subscribe_msg_sent_event", "scancode_waitmsg", "scancode_push", "pic_sysphoto", "location_select",
          "user_authorize_invalid", "", "scan", "\u202eevent", "card_pass_check")
FIELDS = ("Content", "MsgId", "Recognition", "MediaId", "PicUrl", "Location_X", "Location_Y", "Label", "EventKey", "Ticket", "Latitude",
          "Longitude", "Status", "MsgID", "Event", "Title", "Description", "Url", "ScanCodeInfo", "CreateTime", "SendLocationInfo")
ENCODINGS = ("gb18030", "utf-16", "utf-32", "shift_jis", "utf-7", "utf-8-sig")
EXTERNAL = ("file:///etc/passwd", "http://127.0.0.1:9/evil", "https://example.org/x.dtd", "php://filter/resource=x", "\\\\host\\share")


@dataclass(frozen=True)
class Blow:
    """One callback: what is posted where, and what it is called in a report."""

    kind: str
    path: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"


class Fuzz:
    """An endless row of blows, the same for the same seed (but for the platform's random bytes of an envelope)."""

    def __init__(self, settings: WechatSettings, now: Callable[[], datetime], seed: int) -> None:
        """`settings` are those of the account under test, whose token and key the worst of senders knows."""
        self._settings = settings
        self._now = now
        self._dice = Random(seed)
        self._number = 0

    def blows(self, count: int) -> Iterator[Blow]:
        """So many."""
        makers = (self._wechat,) * 6 + (self._telegram, self._telegram, self._aliyun, self._tencent, self._strange)
        for _ in range(count):
            self._number += 1
            yield self._dice.choice(makers)()

    def _wechat(self) -> Blow:
        name, xml = self._xml()
        return self._posted(name, xml)

    def _posted(self, name: str, xml: bytes) -> Blow:
        """Plain or sealed, with a right signature or a wrong one, in time or late."""
        dice = self._dice
        stamp = str(int(self._now().timestamp()) + dice.choice((0, 0, 0, 0, 0, 0, -299, 100, 400, -10**6)))
        nonce = f"n{self._number}"
        token = self._settings.wechat_token
        query = {"timestamp": stamp, "nonce": nonce, "signature": wechat_signature(token, stamp, nonce), "openid": OPENID}
        body = xml
        if dice.random() < 0.6:
            sealed = self._sealed(xml)
            body = b"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[" + sealed.encode() + b"]]></Encrypt></xml>"
            query |= {"encrypt_type": "aes", "msg_signature": wechat_signature(token, stamp, nonce, sealed)}
            name = f"sealed {name}"
        if dice.random() < 0.15:
            spoilt = dice.choice(sorted(query))
            query[spoilt] = dice.choice(("", "0" * 40, "签名", "9" * 300, "-1", "1e9", "\u0661\u0662", "a\x00b"))
            name = f"forged {name}"
        if dice.random() < 0.05:
            body = self._broken(body)
        return Blow(f"wechat {name}", f"wechat?{urlencode(query)}", body, {"Content-Type": dice.choice(("text/xml", "application/json", ""))})

    def _sealed(self, xml: bytes) -> str:
        dice, settings = self._dice, self._settings
        if dice.random() < 0.75:
            account = settings.wechat_app_id if dice.random() < 0.9 else "wx-another"
            return wechat_sealed(xml.decode("utf-8", "replace")[:20_000], settings.wechat_aes_key, account)
        noise = secrets.token_bytes(dice.choice((0, 1, 16, 31, 32, 64, 4096)))
        return dice.choice((base64.b64encode(noise).decode(), "A", "====", "QUJD" * 5000, base64.b64encode(noise).decode()[:-1]))

    def _xml(self) -> tuple[str, bytes]:
        dice = self._dice
        makers: tuple[tuple[str, Callable[[], str | bytes]], ...] = (
            ("message", self._message), ("message", self._message), ("event", self._event), ("event", self._event),
            ("bomb", self._bomb), ("outside", self._outside), ("deep", lambda: "<a>" * dice.choice((10, 3000, 15_000))),
            ("nested", lambda: self._wrapped("<a>" * 5000 + "</a>" * 5000)), ("huge", lambda: self._wrapped(f"<Content>{'啊' * 30_000}</Content>")),
            ("cut", lambda: self._broken(self._message().encode())), ("noise", lambda: secrets.token_bytes(dice.randrange(2000))),
            ("encoding", self._encoded), ("nul", lambda: self._message().replace("<", "<\x00", 3)), ("attributes", self._attributes),
        )
        name, make = dice.choice(makers)
        made = make()
        return name, made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")

    def _message(self) -> str:
        dice, kind = self._dice, self._dice.choice(KINDS)
        inner = "".join(f"<{name}>{self._value()}</{name}>" for name in dice.sample(FIELDS, dice.randrange(6)))
        return self._wrapped(f"<MsgType><![CDATA[{kind}]]></MsgType>{inner}<MsgId>{self._value() if dice.random() < .3 else self._number}</MsgId>")

    def _event(self) -> str:
        dice, event = self._dice, self._dice.choice(EVENTS)
        inner = "".join(f"<{name}>{self._value()}</{name}>" for name in dice.sample(FIELDS, dice.randrange(5)))
        listed = f"<{event or 'x'}><List><TemplateId>{self._value()}</TemplateId></List></{event or 'x'}>" if event.isascii() and dice.random() < .3 else ""
        return self._wrapped(f"<MsgType>event</MsgType><Event><![CDATA[{event}]]></Event>{inner}{listed}")

    def _wrapped(self, inner: str) -> str:
        who = OPENID if self._dice.random() < 0.9 else self._value()
        stamp = int(self._now().timestamp()) if self._dice.random() < 0.8 else self._value()
        return (f"<xml><ToUserName>{ACCOUNT}</ToUserName><FromUserName><![CDATA[{who}]]></FromUserName>"
                f"<CreateTime>{stamp}</CreateTime>{inner}</xml>")

    def _value(self) -> str:
        return str(self._dice.choice((
            "", "医保怎么交", "0", "-1", "9" * 30, "9" * 5000, "1e999", "nan", "<a><b>c</b></a>", "&#0;", "&#x1F600;", "&amp;lt;", "&undefined;",
            "]]>", "<![CDATA[x]]><![CDATA[y]]>", "qrscene_", "qrscene_" + "A" * 70, "../../etc/passwd", "' OR 1=1 --", "%s%n", "\u202e\u200b\ufeff",
            "x" * 9000, "退订", "绑定", "人工", "我能办什么", "123456", "19906400101", "<Item><Url>u</Url></Item>", "true", "35.85", "181", "\ufffe")))

    def _bomb(self) -> str:
        entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, self._dice.choice((3, 10))))
        return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{entities}]><xml><MsgType>text</MsgType><Content>&a2;</Content></xml>'

    def _outside(self) -> str:
        where = self._dice.choice(EXTERNAL)
        return self._dice.choice((
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{where}">]><xml><MsgType>text</MsgType><Content>&e;</Content></xml>',
            f'<!DOCTYPE x SYSTEM "{where}"><xml><MsgType>text</MsgType></xml>',
            f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{where}"> %e;]><xml><MsgType>text</MsgType></xml>',
            f'<?xml-stylesheet href="{where}"?><xml xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{where}" parse="text"/></xml>'))

    def _encoded(self) -> bytes:
        name = self._dice.choice(ENCODINGS)
        said = self._dice.choice(("", f'<?xml version="1.0" encoding="{name}"?>', '<?xml version="1.0" encoding="no-such"?>'))
        return (said + self._message()).encode(name, "replace")

    def _attributes(self) -> str:
        return "<xml " + " ".join(f'a{n}="{n}"' for n in range(2000)) + self._message()[4:]

    def _broken(self, body: bytes) -> bytes:
        if not body:
            return body
        at = self._dice.randrange(len(body))
        return self._dice.choice((body[:at], body[:at] + secrets.token_bytes(3) + body[at:], body[at:], body * 2, b"\xef\xbb\xbf" + body))

    def _telegram(self) -> Blow:
        update: Any = {"update_id": self._odd(self._number)}
        part = self._dice.choice(("message", "message", "callback_query", "my_chat_member", "edited_message", "channel_post", "inline_query", "poll"))
        chat = {"id": self._odd(700_000 + self._number % 7), "type": self._odd(self._dice.choice(("private", "group", "supergroup", "channel")))}
        message = {"message_id": self._odd(1), "date": self._odd(1795399200), "chat": self._odd(chat), "from": self._odd(chat),
                   "text": self._odd("医保怎么交"), "location": self._odd({"latitude": self._odd(35.8), "longitude": self._odd(106.6)})}
        update[part] = self._odd({**message, "data": self._odd("1"), "id": self._odd("77"), "message": self._odd(message),
                                  "new_chat_member": self._odd({"status": self._odd("kicked")})})
        secret = TELEGRAM_SECRET if self._dice.random() < 0.9 else self._dice.choice(("", "wrong", "s" * 5000))
        return Blow(f"telegram {part}", "telegram", self._json(update), {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"})

    def _aliyun(self) -> Blow:
        row = {"phone_number": self._odd("19906400101"), "success": self._odd(True), "biz_id": self._odd("1^2"), "out_id": self._odd("01ABC"),
               "report_time": self._odd("2026-11-23 10:00:00"), "err_code": self._odd("DELIVERED"), "err_msg": self._odd("用户接收成功")}
        said = {"phone_number": self._odd("19906400101"), "content": self._odd("TD"), "send_time": self._odd("2026-11-23 10:00:00"),
                "sequence_id": self._odd(self._number), "sign_name": self._odd("x")}
        return Blow("aliyun", "aliyun", self._json(self._odd([self._odd(row), self._odd(said)] * self._dice.choice((1, 1, 40)))))

    def _tencent(self) -> Blow:
        row = {"mobile": self._odd("19906400101"), "report_status": self._odd("SUCCESS"), "sid": self._odd("7:1"), "errmsg": self._odd("DELIVRD"),
               "user_receive_time": self._odd("2026-11-23 10:00:00"), "nationcode": self._odd("86")}
        said = {"mobile": self._odd("19906400101"), "text": self._odd("医保"), "time": self._odd(1795399200), "extend": self._odd("")}
        return Blow("tencent", "tencent", self._json(self._odd(self._dice.choice(([row], said, [row] * 50)))))

    def _odd(self, honest: Any) -> Any:
        """Mostly what it should be; else of another kind, endless, or empty."""
        if self._dice.random() > 0.12:
            return honest
        return self._dice.choice((
            None, True, "", "x" * 5000, 0, -1, 10**400, 1.5e308, -1e-300, [], {}, [honest], {"a": honest}, "\ud800", "\x00", "\udfff\ud800", "１２３",
            [[[[]]]], {"chat": {"id": {}}}, float("nan"), float("inf"), "2026-13-45 99:99:99", "9999999999", b"x".hex(), 2**63, -2**63 - 1))

    def _json(self, data: Any) -> bytes:
        dice = self._dice
        body = json.dumps(data, ensure_ascii=dice.random() < 0.5, allow_nan=True).encode("utf-8", "surrogatepass")
        if dice.random() < 0.1:
            return dice.choice((b"[" * 60_000, b'{"a":' * 12_000, b'{"update_id":' + b"9" * 60_000 + b"}", b"\xff\xfe" + body, body.decode("utf-8", "replace").encode("utf-16"),
                                self._broken(body), b'{"update_id":1,"update_id":[]}', b"null", b'"x"', b"1e999999"))
        return body

    def _strange(self) -> Blow:
        """Wrong methods, wrong paths, bodies past every limit."""
        dice = self._dice
        path = dice.choice(("wechat", "telegram", "aliyun", "tencent", "nobody", "wechat?timestamp=1&timestamp=2&nonce[]=x", "cmpp",
                            "wechat?" + "a=1&" * 3000, "%00", "wechat%2f..%2f", "..%2f..%2fetc", "微信"))
        body = dice.choice((b"", b"\x00" * 70_000, b"<a>" * 40_000, b"x" * 65_536, b"x" * 65_537, b"\xff" * 100))
        return Blow("strange", path, body, method=dice.choice(("POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")))
