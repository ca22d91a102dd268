"""Chat channels: a person's own address at a chat service, sent to by `apprise`.

Invariants:
1. Only services whose requests go by https to a host that the service's plug-in names itself: nothing that a person writes chooses where a
   request goes (server-side request forgery). No query in an address: it could change time-outs, certificates or hosts. No redirects.
2. In local mode this machine is allowed as well (`json://127.0.0.1:<port>/…`), for trying it out.
3. An address holds secrets: it is hidden under a key of the person's own, never logged, and never shown again.
"""

import re
from collections.abc import Mapping
from functools import cache

from apprise import Apprise, AppriseAsset

from services.notifications.mail.smtp import TAKEN, Outcome
from shared.errors import Refused
from shared.settings import Settings

#: Scheme of an apprise address -> what people call the service.
SERVICES: Mapping[str, str] = {
    "discord": "Discord",
    "slack": "Slack",
    "tgram": "Telegram",
    "wecombot": "WeCom",
    "dingtalk": "DingTalk",
    "feishu": "Feishu",
    "lark": "Lark",
    "gchat": "Google Chat",
    "pover": "Pushover",
}
LOCAL = "json"
MAX_ADDRESS_CHARS = 500
#: Chat services cut long messages; a notice and its link are shorter.
MAX_TEXT_CHARS = 1_500

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
        or Apprise.instantiate(address, asset=_asset(), suppress_exceptions=True) is None
    ):
        raise Refused(
            "chat_address_refused",
            f"Give an address of {', '.join(SERVICES.values())}, as apprise writes it, without a query.",
            status=422,
        )
    return scheme


def send(address: str, subject: str, text: str) -> Outcome:
    """Hand one message over. What was not taken may be tried again: services do not tell the two apart reliably."""
    service = Apprise.instantiate(address, asset=_asset(), suppress_exceptions=True)
    if service is None:
        return Outcome("refused", "chat_address_refused")
    taken = service.notify(title=subject, body=text[:MAX_TEXT_CHARS])
    return TAKEN if taken else Outcome("again", "chat_not_taken")


@cache
def _asset() -> AppriseAsset:
    return AppriseAsset(app_id="Cairn", app_desc="Cairn", http_redirects=False, secure_logging=True)
