"""The token endpoint: OAuth 2.0 client credentials (RFC 6749, section 4.4), by the library Authlib.

The client's id is the account's, its secret one of the account's keys, given by HTTP Basic or in the form. Errors are RFC 6749's own
(`invalid_client`, `invalid_scope`, `unsupported_grant_type`): what OAuth clients understand.
"""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from flask import Response, request
from flask_smorest import Blueprint

from services.notifications.access import tokens, uses
from services.notifications.access.rates import count_client, count_token_request
from services.notifications.access.secrets import key_hash
from services.notifications.domain.accounts import (
    MAX_CHAPTERS_AN_ACCOUNT,
    SCOPES,
    AccountKey,
    ServiceAccount,
    key_that_opens,
)
from services.notifications.kinds import ACCOUNTS, GRANTS
from shared.http import open_to_anybody, room

GRANT_TYPE = "client_credentials"
MAX_CLIENT_ID_CHARS = 100
WRONG = "The client id or the key is not right, or it was taken back."
MISSING = "Send the client id and key, by HTTP Basic or in the body."

BLP = Blueprint(
    "oauth",
    __name__,
    url_prefix="/api/notifications/v1",
    description="Tokens for service accounts (OAuth 2.0)",
)


class _Client(ClientMixin):  # type: ignore[misc]  # the library ships no types
    """A service account as Authlib asks about it; `key` is the one that opened it in this request."""

    def __init__(self, account: ServiceAccount) -> None:
        self.account = account
        self.key: AccountKey | None = None

    def get_client_id(self) -> str:
        return self.account.id

    def get_allowed_scope(self, scope: str | None) -> str:
        wanted = scope.split() if scope else SCOPES
        return " ".join(one for one in SCOPES if one in wanted)

    def check_client_secret(self, client_secret: str) -> bool:
        here = room()
        self.key = key_that_opens(self.account, key_hash(here.keys, client_secret), here.clock())
        return self.key is not None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT_TYPE


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # the library ships no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


def _client(id: str) -> _Client | None:
    """The account, which is on record from here on, whether its key is right or wrong."""
    reader = room().store.reader()
    account = reader.load(ACCOUNTS, id) if len(id) <= MAX_CLIENT_ID_CHARS else None
    if account is None:
        return None
    count_client(id)
    grants = reader.find(GRANTS, {"account": id}, limit=MAX_CHAPTERS_AN_ACCOUNT)
    uses.note(id, tuple(grant.chapter for grant in grants))
    return _Client(account)


def _token(client: _Client, scope: str | None = None, **_: Any) -> dict[str, Any]:
    here = room()
    assert client.key is not None  # noqa: S101 - Authlib asks for a token after the secret only
    allowed = client.get_allowed_scope(scope)
    claimed = tokens.Claimed(
        client.account.id, client.key.id, frozenset(one for one in SCOPES if one in allowed.split())
    )
    return {
        "token_type": "Bearer",
        "access_token": tokens.issue(claimed, here.keys, here.clock()),
        "expires_in": int(tokens.TOKEN_FOR.total_seconds()),
        "scope": allowed,
    }


class _Server(AuthorizationServer):  # type: ignore[misc]  # the library ships no types
    def authenticate_client(self, asked: Any, methods: Any, endpoint: str = "token") -> Any:
        """The client. `InvalidClientError` 401 in words of ours, the same whether the id is wrong or the key."""
        try:
            extract_basic_authorization(request.headers)
        except ValueError as error:  # Authlib trips over what is no text, and over what is no ASCII
            raise InvalidClientError(description=WRONG, status_code=401) from error
        try:
            return super().authenticate_client(asked, methods, endpoint)
        except InvalidClientError as error:
            given = request.authorization or (
                request.form.get("client_id") and request.form.get("client_secret")
            )
            said = WRONG if given else MISSING
            raise InvalidClientError(description=said, status_code=401) from error


def _server() -> AuthorizationServer:
    server = _Server(query_client=_client, save_token=lambda _token, _request: None)
    server.scopes_supported = SCOPES
    server.register_token_generator(GRANT_TYPE, _token)
    server.register_grant(_Grant)
    return server


_SERVER = _server()


@BLP.route("/oauth/token", methods=["POST"])
@open_to_anybody
def token() -> Response:
    """A token for 15 minutes, for a service account's id and key (`grant_type=client_credentials`, optionally `scope`)."""
    count_token_request(room(), request.remote_addr or "")
    answer: Response = _SERVER.create_token_response()
    return answer
