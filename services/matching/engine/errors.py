"""What can go wrong, by who must act: `EngineError` is for the caller, `ProofFailed` is for us."""


class EngineError(ValueError):
    """The input cannot be used; nothing was computed.

    `code` is stable and machine-readable, `detail` one plain line that says what to do, `where` a JSON
    pointer into the rules or the id of the person concerned (empty when the whole input is meant).
    """

    def __init__(self, code: str, detail: str, *, where: str = "") -> None:
        super().__init__(f"{code}: {detail}" + (f" [{where}]" if where else ""))
        self.code = code
        self.detail = detail
        self.where = where


class ProofFailed(RuntimeError):
    """The engine's own check of its answer failed: a bug of ours, and no round is returned."""
