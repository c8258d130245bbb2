"""Callbacks as the WeChat platform writes them: signed, encrypted when the account has a key."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from urllib.parse import urlencode

from channels.simulators.postman import Letter
from channels.simulators.proofs import wechat_sealed, wechat_signature, wechat_unsealed
from channels.wechat.settings import WechatSettings

ACCOUNT = "gh_5a11d0c0ffee"
XML = "text/xml"

_CONTENT = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.DOTALL)
_ENCRYPT = re.compile(r"<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>", re.DOTALL)


class WechatLetters:
    """Writes callbacks and reads passive replies, with the account's own token and key."""

    def __init__(self, settings: WechatSettings) -> None:
        """With an EncodingAESKey every callback is encrypted, else plain."""
        self._settings = settings

    def text(self, openid: str, text: str, number: int, at: datetime) -> Letter:
        """A person typed something."""
        return self.message(openid, "text", f"<Content><![CDATA[{_cdata(text)}]]></Content>", number, at)

    def voice(self, openid: str, heard: str, number: int, at: datetime) -> Letter:
        """A person said something; `heard` is what the platform recognised, empty where it did not."""
        told = f"<Recognition><![CDATA[{_cdata(heard)}]]></Recognition>" if heard else ""
        return self.message(openid, "voice", f"<MediaId>simulated-{number}</MediaId><Format>amr</Format>{told}", number, at)

    def position(self, openid: str, latitude: float, longitude: float, number: int, at: datetime) -> Letter:
        """A person sent where they are, in GCJ-02."""
        return self.message(openid, "location", f"<Location_X>{latitude}</Location_X><Location_Y>{longitude}</Location_Y>"
                                                "<Scale>16</Scale><Label></Label>", number, at)

    def message(self, openid: str, kind: str, inner: str, number: int, at: datetime) -> Letter:
        """A message of any kind."""
        return self._letter(openid, at, f"<MsgType><![CDATA[{kind}]]></MsgType>{inner}<MsgId>{number}</MsgId>")

    def event(self, openid: str, event: str, key: str, at: datetime) -> Letter:
        """A person followed, scanned, clicked or left."""
        return self._letter(openid, at, f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
                                        f"<EventKey><![CDATA[{_cdata(key)}]]></EventKey>")

    def consented(self, openid: str, template: str, at: datetime, *, is_given: bool = True) -> Letter:
        """A person said yes or no in the window that asks."""
        said = "accept" if is_given else "reject"
        return self._letter(openid, at, "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_popup_event]]></Event>"
                                        f"<SubscribeMsgPopupEvent><List><TemplateId><![CDATA[{template}]]></TemplateId>"
                                        f"<SubscribeStatusString><![CDATA[{said}]]></SubscribeStatusString>"
                                        "<PopupScene>1</PopupScene></List></SubscribeMsgPopupEvent>")

    def subscription_sent(self, openid: str, template: str, number: int, code: int, at: datetime) -> Letter:
        """The fate of a subscription message."""
        words = "success" if code == 0 else "failed"
        return self._letter(openid, at, "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_sent_event]]></Event>"
                                        f"<SubscribeMsgSentEvent><List><TemplateId><![CDATA[{template}]]></TemplateId>"
                                        f"<MsgID>{number}</MsgID><ErrorCode>{code}</ErrorCode>"
                                        f"<ErrorStatus><![CDATA[{words}]]></ErrorStatus></List></SubscribeMsgSentEvent>")

    def broadcast_finished(self, number: int, status: str, followers: int, failed: int, at: datetime) -> Letter:
        """How a broadcast ended."""
        return self._letter("o-nobody", at, "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[MASSSENDJOBFINISH]]></Event>"
                                            f"<MsgID>{number}</MsgID><Status><![CDATA[{status}]]></Status>"
                                            f"<TotalCount>{followers}</TotalCount><FilterCount>{followers}</FilterCount>"
                                            f"<SentCount>{followers - failed}</SentCount><ErrorCount>{failed}</ErrorCount>")

    def job_finished(self, openid: str, number: int, status: str, at: datetime) -> Letter:
        """The fate of a template message."""
        return self._letter(openid, at, "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>"
                                        f"<MsgID>{number}</MsgID><Status><![CDATA[{status}]]></Status>")

    def reply_text(self, body: bytes) -> str | None:
        """What a passive reply says; None for `success`, an empty body, or an envelope that does not open."""
        xml = body.decode("utf-8", "replace")
        sealed = _ENCRYPT.search(xml)
        if sealed:
            xml = wechat_unsealed(sealed[1], self._settings.wechat_aes_key, self._settings.wechat_app_id)
        found = _CONTENT.search(xml)
        return found[1].replace("]]]]><![CDATA[>", "]]>") if found else None

    def _letter(self, openid: str, at: datetime, inner: str) -> Letter:
        stamp = str(int(at.timestamp()))
        xml = (f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
               f"<CreateTime>{stamp}</CreateTime>{inner}</xml>")
        token, nonce = self._settings.wechat_token, secrets.token_hex(5)
        query = {"signature": wechat_signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": openid}
        if self._settings.wechat_aes_key:
            sealed = wechat_sealed(xml, self._settings.wechat_aes_key, self._settings.wechat_app_id)
            query |= {"encrypt_type": "aes", "msg_signature": wechat_signature(token, stamp, nonce, sealed)}
            xml = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return Letter(f"wechat?{urlencode(query)}", xml.encode(), content_type=XML)


def _cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")
