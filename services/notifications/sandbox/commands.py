"""Lives of a sandbox: asked for here; taken, told and ended by whoever plays them.

Invariant: of one sandbox only who holds its lease plays, one life at a time: lives share the sandbox's clock. So a life that is `playing`
where somebody has just got the lease was left by a player that is gone.
"""

from collections.abc import Callable
from datetime import datetime

from services.notifications.domain import lives
from services.notifications.domain.lives import MAX_OPEN, Life, WhyFailed
from services.notifications.kinds import CHAPTERS, LIVES
from shared.call import PLATFORM, Call
from shared.errors import Refused
from shared.ids import new_id
from shared.store import Store
from shared.transaction import Tx

#: How many open lives a player looks at to find one whose sandbox is free.
MAX_LOOKED_AT = 1_000
OPEN = {"$in": ["playing", "waiting"]}


def ask_for(tx: Tx, life: Life) -> dict[str, str]:
    """One more life. 409 `too_many_lives` where enough of this sandbox are open."""
    if tx.count(LIVES, {"chapter": life.chapter, "state": OPEN}) >= MAX_OPEN:
        raise Refused("too_many_lives", f"{MAX_OPEN} lives of this sandbox are open. Let one end first.")
    if (chapter := tx.load(CHAPTERS, life.chapter)) is not None:
        tx.save(CHAPTERS, chapter)  # two at once collide here, so that the bound holds
    tx.save(LIVES, life)
    return {"id": life.id}


def lease_of(chapter: str) -> str:
    """The name of the lease with which a player has a sandbox to itself."""
    return f"lives-{chapter}"


def open_lives(store: Store) -> list[Life]:
    """Those that wait or are played, the oldest first."""
    where, sort = {"state": OPEN}, [("made_at", 1), ("_id", 1)]
    return store.reader().find(LIVES, where, sort=sort, limit=MAX_LOOKED_AT)


def take(store: Store, id: str, player: str, now: datetime) -> Life | None:
    """Take up a life whose sandbox this player holds; None where nothing is to be played: it is over, or was left by another."""

    def work(tx: Tx) -> Life | None:
        life = _begin(tx, id, player, now)
        if life is None or life.state not in ("waiting", "playing"):
            return None
        if life.state == "playing":
            life = lives.interrupted(life, now)
            tx.save(LIVES, life)
            if life.state != "waiting":
                return None
        life = lives.begun(life, player)
        tx.save(LIVES, life)
        return life

    return store.transact(work)


def go_on(store: Store, mine: Life, *, relationship: str, step: str, now: datetime) -> Life | None:
    """A step was taken. None where the life is not this player's any more."""
    return _mine(
        store, mine, now, lambda life: lives.gone_on(life, relationship=relationship, step=step, now=now)
    )


def end(store: Store, mine: Life, now: datetime) -> Life | None:
    """It was played to its end."""
    return _mine(store, mine, now, lambda life: lives.played(life, now))


def fail(store: Store, mine: Life, reason: WhyFailed, detail: str, now: datetime) -> Life | None:
    """It ends here; `detail` is for people."""
    return _mine(store, mine, now, lambda life: lives.failed(life, reason, detail, now))


def leave(store: Store, mine: Life, now: datetime) -> Life | None:
    """Its player ends in the middle of it."""
    return _mine(store, mine, now, lambda life: lives.interrupted(life, now))


def _mine(store: Store, mine: Life, now: datetime, change: Callable[[Life], Life]) -> Life | None:
    def work(tx: Tx) -> Life | None:
        life = _begin(tx, mine.id, mine.player, now)
        if life is None or (life.state, life.player, life.tries) != ("playing", mine.player, mine.tries):
            return None
        after = change(life)
        tx.save(LIVES, after)
        return after

    return store.transact(work)


def _begin(tx: Tx, id: str, player: str, now: datetime) -> Life | None:
    tx.begin(Call(id=new_id("call"), at=now, chapter=PLATFORM, asker=player))
    return tx.load(LIVES, id)
