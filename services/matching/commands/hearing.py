"""How much of a round's result was heard, and that what was kept of it before comes again as it was."""

from dataclasses import dataclass

from services.matching.domain.drafting import chained
from services.matching.domain.results import Summary
from services.matching.domain.rounds import Job
from services.matching.drafting.wire import Said


@dataclass
class Heard:
    """How much of a result was heard, and how much of that was kept by an earlier turn already."""

    already: int
    lines: int = 0
    digest: str = ""
    pages: int = 0
    left_pages: int = 0
    fresh_pages: int = 0
    fresh_left: int = 0
    summary: Summary | None = None

    @property
    def is_new(self) -> bool:
        """Whether the line heard last is still to be kept."""
        return self.lines > self.already

    @property
    def of_pages(self) -> int:
        return 0 if self.summary is None else self.summary.pages

    def hear(self, text: bytes, heard: Said, job: Job) -> None:
        """One more line of the result. What was kept before must come again as it was."""
        self.lines += 1
        self.digest = chained(self.digest, text)
        if self.lines == self.already and self.digest != job.digest_kept:
            raise ValueError("the same market gave another result")
        if heard.summary is not None:
            self.summary = heard.summary
        if heard.proposals is not None:
            self.pages += 1
            self.fresh_pages += self.is_new
        if heard.left is not None:
            self.left_pages += 1
            self.fresh_left += self.is_new
