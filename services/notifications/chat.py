"""Chat channels: a person's own address at a chat service, sent to by `apprise`.

Invariants:
1. Only services whose requests go by https to a host that the service's plug-in names itself: nothing that a person writes chooses where a
   request goes (server-side request forgery). No query in an address: it could change time-outs, certificates or hosts. No redirects.
2. In local mode this machine is allowed as well (`json://127.0.0.1:<port>/…`), for trying it out.
3. Only the plug-ins named here are loaded: `Apprise.instantiate` would load all of its hundred.
4. An address holds secrets: it is hidden under a key of the person's own, never logged, and never shown again.
"""

import logging
import re
from collections.abc import Mapping
from functools import cache

from apprise import AppriseAsset
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.lark import NotifyLark
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.wecombot import NotifyWeComBot

from services.notifications.mail.smtp import TAKEN, Outcome
from shared.errors import Refused
from shared.settings import Settings

#: Scheme of an apprise address -> its plug-in, and what people call the service.
SERVICES: Mapping[str, tuple[type[NotifyBase], str]] = {
    "discord": (NotifyDiscord, "Discord"),
    "slack": (NotifySlack, "Slack"),
    "tgram": (NotifyTelegram, "Telegram"),
    "wecombot": (NotifyWeComBot, "WeCom"),
    "dingtalk": (NotifyDingTalk, "DingTalk"),
    "feishu": (NotifyFeishu, "Feishu"),
    "lark": (NotifyLark, "Lark"),
    "gchat": (NotifyGoogleChat, "Google Chat"),
    "pover": (NotifyPushover, "Pushover"),
}
LOCAL = "json"
MAX_ADDRESS_CHARS = 500
#: Chat services cut long messages; a notice and its link are shorter.
MAX_TEXT_CHARS = 1_500

# Its messages name hosts, and may quote what a service answered: our own code says all that a log needs.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

_PLAIN = re.compile(r"[A-Za-z0-9_\-.:/@|=+%]+")
_THIS_MACHINE = re.compile(r"json://127\.0\.0\.1:\d{1,5}/[A-Za-z0-9/_-]*")


def vault_name(member: str) -> str:
    """Whose key hides a person's chat address."""
    return f"chat:{member}"


def check_address(address: str, settings: Settings) -> str:
    """The service that the address belongs to; `Refused` (`chat_address_refused`) where it may not be used."""
    scheme = address.partition("://")[0].lower()
    if settings.mode == "local" and _THIS_MACHINE.fullmatch(address):
        return LOCAL
    if (
        scheme not in SERVICES
        or len(address) > MAX_ADDRESS_CHARS
        or not _PLAIN.fullmatch(address)
        or _service(address, SERVICES[scheme][0]) is None
    ):
        raise Refused(
            "chat_address_refused",
            f"Give an address of {', '.join(name for _, name in SERVICES.values())}, as apprise writes it, without a query.",
            status=422,
        )
    return scheme


def send(address: str, subject: str, text: str) -> Outcome:
    """Hand one message over. What was not taken may be tried again: services do not tell the two apart reliably."""
    scheme = address.partition("://")[0].lower()
    service = _service(address, NotifyJSON if scheme == LOCAL else SERVICES[scheme][0])
    if service is None:
        return Outcome("refused", "chat_address_refused")
    taken = service.notify(title=subject, body=text[:MAX_TEXT_CHARS])
    return TAKEN if taken else Outcome("again", "chat_not_taken")


def _service(address: str, plug_in: type[NotifyBase]) -> NotifyBase | None:
    """What sends to this address; None where the plug-in does not take it for one of its own."""
    read = plug_in.parse_url(address)
    if not read:
        return None
    try:
        return plug_in(**read | {"asset": _asset()})
    except TypeError:  # what apprise's plug-ins raise for parts that they do not accept
        return None


@cache
def _asset() -> AppriseAsset:
    return AppriseAsset(app_id="Cairn", app_desc="Cairn", http_redirects=False, secure_logging=True)
