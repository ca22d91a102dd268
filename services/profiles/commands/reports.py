"""What is asked about reports: a member files one, a coordinator says how far it is."""

from services.profiles.commands.members import living
from services.profiles.domain import reports as rules
from services.profiles.domain.reports import Report, State
from services.profiles.kinds import REPORTS
from shared.kinds import Document
from shared.transaction import Tx


def file_report(tx: Tx, id: str, about: str, hidden: bytes) -> Document:
    """File a report; `hidden` is what she wrote, encrypted before this transaction opened."""
    author, reported = living(tx, tx.call.asker), living(tx, about)
    open_ones = tx.count(REPORTS, {"by": author.id, "state": {"$ne": "closed"}})
    report = Report(id, author.chapter, author.id, reported.id, tx.call.at, hidden)
    report, fact = rules.file_report(report, open_ones)
    tx.save(REPORTS, report, fact)
    return {"report": report.id}


def move(tx: Tx, report_id: str, state: State) -> Document:
    """A coordinator takes the report in hand, closes it, or opens it again."""
    report = rules.seen_by_staff(tx.get(REPORTS, report_id), tx.call.asker)
    tx.save(REPORTS, rules.move(report, state, by=tx.call.asker, now=tx.call.at))
    return {"report": report.id}
