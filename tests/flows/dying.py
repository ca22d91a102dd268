"""A store that stops in the middle, for tests of what carries on."""

from collections.abc import Callable
from typing import Any

from shared.call import Call
from shared.errors import Transient
from shared.store import Store
from shared.transaction import Tx


class Dying(Store):
    """The real store, which dies at its n-th change: before it did its work, or after."""

    def __init__(self, store: Store, dies_at: int, after: bool) -> None:
        super().__init__(store.client, store.db.name)
        self.left, self.after = dies_at, after

    def change(self, call: Call, work: Callable[[Tx], Any]) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Transient("died before")
        answer = super().change(call, work)
        if self.left == 0:
            raise Transient("died after")
        return answer


class Away(Store):
    """The real store, which nobody reaches while it is `away`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.client, store.db.name)
        self.away = False

    def transact(self, work: Callable[[Tx], Any]) -> Any:
        self._reach()
        return super().transact(work)

    def hold_lease(self, name: str, holder: str, seconds: int) -> bool:
        self._reach()
        return super().hold_lease(name, holder, seconds)

    def _reach(self) -> None:
        if self.away:
            raise Transient("away")
