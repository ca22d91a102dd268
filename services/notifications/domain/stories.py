"""What has been told of a relationship or a session so far: enough to tell the rest in order.

Events of one aggregate arrive in order; those of a relationship and of its sessions come over different topics, and after an outage one
topic may be read before the other. Marks say how far the relationship is known to be, so that a mail can wait for what it follows on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

#: Both accepted to meet; the introduction took place; the trial began; the clock of a silent pair ran out.
Mark = Literal["agreed", "met", "started", "ran_out"]


@dataclass(frozen=True, slots=True)
class Story:
    """`id` is the aggregate's; `told_at` the time of its last event, None before the first; `awaited`: mails wait for its marks.

    `follows`: the marks of the relationship that a session's first mail followed on, so that its later ones do too.
    """

    id: str
    chapter: str
    told_at: datetime | None = None
    marks: tuple[Mark, ...] = ()
    awaited: bool = False
    follows: tuple[Mark, ...] = ()


def went_on(story: Story, at: datetime) -> tuple[Story, datetime]:
    """The story after its next event, and when that is told to have been: time never runs backwards in it, whatever the clocks say."""
    told_at = at if story.told_at is None else max(story.told_at, at)
    return replace(story, told_at=told_at), told_at


def marked(story: Story, mark: Mark) -> Story:
    """The story with the mark."""
    return story if mark in story.marks else replace(story, marks=(*story.marks, mark))


def missing(story: Story, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Which of the marks the story does not have yet."""
    return tuple(mark for mark in marks if mark not in story.marks)
