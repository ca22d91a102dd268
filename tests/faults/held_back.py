"""The real APIs for gunicorn, except that the reply to a marked request never leaves: all is done by then, and nobody knows."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from services import runtime

HELD_BACK = "X-Held-Back"


def application() -> Callable[..., Iterable[bytes]]:
    """As `services.runtime.application`."""
    real = runtime.application()

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_X_HELD_BACK" not in environ:
            return real(environ, start_response)
        answer = list(real(environ, lambda *_: lambda _: None))
        threading.Event().wait()
        return answer

    return serve
