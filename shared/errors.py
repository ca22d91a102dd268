"""What can go wrong, named by who must act.

`Refused`: the caller (the request cannot be carried out as asked; the code says why and never changes its meaning).
`Transient`: nobody; the same thing may be tried again. Whatever else is raised is ours to mend.
"""

from typing import Any


class Refused(Exception):
    """The caller must act. `code` is stable and machine-readable, `detail` is for people, `more` goes into the answer.

    Becomes a problem document (RFC 9457) with `status`: 409 wrong state, 403 not allowed, 404 not there for the caller,
    422 not acceptable input, 401 no valid sign-in.
    """

    status = 409

    def __init__(self, code: str, detail: str, *, status: int | None = None, **more: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.more = more
        if status is not None:
            self.status = status


class NotThere(Refused):
    """The id is unknown, or belongs to somebody or some chapter that the caller cannot see: both read the same (R16)."""

    status = 404

    def __init__(self, what: str = "resource") -> None:
        super().__init__("not_found", f"There is no such {what}, or it is not yours to see.")


class NotAllowed(Refused):
    """Signed in, but not in a role that may do this."""

    status = 403

    def __init__(self, code: str, detail: str, **more: Any) -> None:
        super().__init__(code, detail, **more)


class Transient(Exception):
    """Something that others own was busy or away; trying again later can succeed."""


class Clash(Exception):
    """Somebody else wrote the same unique thing at the same time; whoever looks again sees it, and the rules decide."""


class Unreadable(Exception):
    """A message that no reader could understand, however often it was tried; `reason` goes with it to the dead letters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
