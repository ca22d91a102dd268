"""The HTTP side of the mail catcher: JSON for the mailbox page and for tests, and a shelf for webhooks."""

import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from deploy.caught_hooks import MAX_BODY_BYTES, CaughtHooks
from deploy.caught_mail import MAX_LISTED, CaughtMail, as_json

REQUEST_TIMEOUT_S = 10.0
DEFAULT_LISTED = 100

_ONE = re.compile(r"/messages/(\d{1,20})")
_RAW = re.compile(r"/messages/(\d{1,20})/raw")
_HOOKS = re.compile(r"/hooks/([A-Za-z0-9_-]{1,80})")
_ATTACHMENT = re.compile(r"/messages/(\d{1,20})/attachments/(\d{1,4})")


class MailServer(ThreadingHTTPServer):
    """Listens from the start, and answers once `serve_forever` runs."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, mails: CaughtMail, host: str, port: int) -> None:
        self.mails = mails
        self.hooks = CaughtHooks()
        super().__init__((host, port), Pages)


class Pages(BaseHTTPRequestHandler):
    """One request."""

    server: MailServer
    timeout = REQUEST_TIMEOUT_S

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path in ("/health/live", "/health/ready"):
            self._json({"status": "ok"})
        elif parts.path == "/messages":
            self._list(parse_qs(parts.query))
        elif match := _HOOKS.fullmatch(parts.path):
            self._json({"items": self.server.hooks.listed(match[1])})
        else:
            self._one(parts.path)

    def do_POST(self) -> None:
        match = _HOOKS.fullmatch(urlsplit(self.path).path)
        length = self.headers.get("Content-Length", "")
        if match is None:
            self._json({"error": "webhooks are posted to /hooks/<name>"}, HTTPStatus.NOT_FOUND)
        elif not (length.isascii() and length.isdecimal() and int(length[:9]) <= MAX_BODY_BYTES):
            self._json({"error": f"at most {MAX_BODY_BYTES} bytes"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length)).decode(errors="replace")
            self.server.hooks.keep(match[1], dict(self.headers.items()), body)
            self._send(HTTPStatus.NO_CONTENT, b"", "")

    def do_DELETE(self) -> None:
        if urlsplit(self.path).path != "/messages":
            self._missing()
            return
        self.server.mails.forget_all()
        self._send(HTTPStatus.NO_CONTENT, b"", "")

    def _list(self, asked: dict[str, list[str]]) -> None:
        limit = asked.get("limit", [str(DEFAULT_LISTED)])[0]
        if not limit.isascii() or not limit.isdecimal() or not 1 <= int(limit[:6]) <= MAX_LISTED:
            self._json({"error": f"limit must be a number from 1 to {MAX_LISTED}"}, HTTPStatus.BAD_REQUEST)
            return
        to, since, before = (asked.get(name, [""])[0] for name in ("to", "since", "before"))
        found = self.server.mails.listed(to=to, since=since, before=before, limit=int(limit))
        self._json({"messages": [as_json(caught) for caught in found]})

    def _one(self, path: str) -> None:
        if match := _ONE.fullmatch(path):
            opened = self.server.mails.opened(match[1])
            return self._missing() if opened is None else self._json(opened)
        if match := _RAW.fullmatch(path):
            raw = self.server.mails.raw(match[1])
            return self._missing() if raw is None else self._send(HTTPStatus.OK, raw, "message/rfc822")
        if match := _ATTACHMENT.fullmatch(path):
            attachment = self.server.mails.attachment(match[1], int(match[2]))
            if attachment is not None:
                return self._send(HTTPStatus.OK, attachment[1], attachment[0])
        return self._missing()

    def _missing(self) -> None:
        self._json({"error": "no such mail"}, HTTPStatus.NOT_FOUND)

    def _json(self, answer: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        # Mails are other people's HTML: no browser shall run them as a page of ours.
        self.send_header("Content-Security-Policy", "sandbox")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: addresses stand in the paths."""
