"""What a coordinator asks about a spreadsheet, and what the worker does for her, chunk by chunk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.profiles import sheets
from services.profiles.commands.mails import ask_to_confirm
from services.profiles.domain import imports as rules
from services.profiles.domain import members
from services.profiles.domain.chapters import Chapter
from services.profiles.domain.imports import (
    KEPT_FOR,
    MAX_IMPORTS_OPEN,
    Check,
    Import,
    PeopleChunk,
    ProblemPage,
    SheetMemory,
    Take,
    Upload,
    part_id,
)
from services.profiles.domain.members import Member
from services.profiles.domain.profile import GroupId, Profile
from services.profiles.domain.rows import profile_from_row
from services.profiles.kinds import (
    CHAPTERS,
    IMPORTS,
    LINKS,
    MEMBERS,
    PEOPLE_CHUNKS,
    PROBLEM_PAGES,
    SHEET_MEMORIES,
    UPLOADS,
)
from services.profiles.spreadsheet.values import PersonRow, Question
from shared.errors import Refused
from shared.ids import derived_id, new_id
from shared.kinds import Document
from shared.service import Room
from shared.transaction import Timer, Tx

FORGET = "forget_import"


def keep_upload(tx: Tx, sheet: Import, content: bytes) -> Document:
    """Keep an uploaded sheet, for a week at most."""
    if tx.count(IMPORTS, {"state": {"$in": ["mapped", "checked", "running"]}}) >= MAX_IMPORTS_OPEN:
        raise Refused(
            "too_many_imports",
            f"There are {MAX_IMPORTS_OPEN} unfinished imports. Delete one that is not needed.",
        )
    tx.save(IMPORTS, sheet)
    tx.save(UPLOADS, Upload(sheet.id, sheet.chapter, content))
    tx.set_timer(_forget_id(sheet.id), FORGET, sheet.id, tx.call.at + KEPT_FOR)
    return {"import": sheet.id}


def remap(tx: Tx, import_id: str, mapping: str, questions: str, trusted: tuple[str, ...]) -> Document:
    """Take another mapping, and remember it for the chapter's next sheet. What an earlier dry run found goes."""
    before = tx.get(IMPORTS, import_id)
    mapped = rules.remap(before, mapping, questions, trusted)
    _clear_parts(tx, before)
    tx.save(IMPORTS, mapped)
    _remember(tx, mapped)
    return {"import": mapped.id}


def record_check(
    tx: Tx, import_id: str, check: Check, revision: int, pages: Sequence[bytes], chunks: Sequence[bytes]
) -> Document:
    """Keep what a dry run found, in place of what an earlier one did."""
    before = tx.get(IMPORTS, import_id)
    checked = rules.record_check(before, check, revision)
    _clear_parts(tx, before)
    for number, packed in enumerate(pages):
        tx.save(PROBLEM_PAGES, ProblemPage(part_id(import_id, number), checked.chapter, packed))
    for number, packed in enumerate(chunks):
        tx.save(PEOPLE_CHUNKS, PeopleChunk(part_id(import_id, number), checked.chapter, packed))
    tx.save(IMPORTS, checked)
    return {"import": checked.id}


def run(tx: Tx, import_id: str, take: Take) -> Document:
    """Begin to take the people of the sheet; the worker goes on from here."""
    running = rules.start_run(tx.get(IMPORTS, import_id), take)
    tx.save(IMPORTS, running)
    _remember(tx, running)
    return {"import": running.id}


def ids_for_chunk(room: Room, sheet: Import, number: int) -> dict[str, str]:
    """Ids, with keys, for those of the next people who are not members yet: made with one request, before the change that takes them.

    By address. A chunk that is taken a second time leaves a few keys behind that seal nothing.
    """
    reader = room.store.reader(sheet.chapter)
    chunk = reader.load(PEOPLE_CHUNKS, part_id(sheet.id, number))
    if chunk is None:
        return {}
    mails = {row.mail for row in sheets.unpack_people(chunk.packed)}
    known = {each.mail for each in reader.find(MEMBERS, {"mail": {"$in": sorted(mails)}})}
    ids = {mail: new_id("mem") for mail in sorted(mails - known)}
    room.people.make(ids.values())
    return ids


def take_chunk(tx: Tx, room: Room, import_id: str, number: int, ids: Mapping[str, str]) -> Document:
    """Take the next people of a running import, each of them once. `ids` are from `ids_for_chunk`."""
    sheet = tx.get(IMPORTS, import_id)
    rules.refuse_other_chunk(sheet, number)
    chapter = tx.get(CHAPTERS, sheet.chapter)
    rows = sheets.unpack_people(tx.get(PEOPLE_CHUNKS, part_id(import_id, number)).packed)
    questions = sheets.read_questions(sheet.questions)
    there = {each.mail: each for each in tx.find(MEMBERS, {"mail": {"$in": [row.mail for row in rows]}})}
    joining = {row.mail: row for row in rows if row.mail not in there}
    members_to_be = [
        _member(tx, room, chapter, ids.get(mail) or new_id("mem"), row, questions)
        for mail, row in joining.items()
    ]
    new = _joining(tx, room, members_to_be)
    tx.prefetch(MEMBERS, [each.id for each in there.values()])
    for row in rows:
        if row.mail in there:
            _told_again(tx, room, there[row.mail], row, questions)
    after = rules.take_chunk(sheet, number, new=new, known=len(rows) - new, now=tx.call.at)
    tx.save(IMPORTS, after)
    tx.remove(PEOPLE_CHUNKS, part_id(import_id, number))
    if after.state == "done":
        tx.remove(UPLOADS, import_id)
    return {"taken": len(rows)}


def stop(tx: Tx, import_id: str, code: str) -> Document:
    """A chunk could not be taken: the import waits for somebody to look."""
    sheet = tx.get(IMPORTS, import_id)
    tx.save(IMPORTS, rules.fail(sheet, code, tx.call.at))
    return {"import": import_id}


def delete(tx: Tx, import_id: str) -> None:
    """Forget the import and all that came with it, but not the people whom it brought. `Refused` while it runs."""
    sheet = tx.get(IMPORTS, import_id)
    rules.refuse_while_running(sheet)
    _clear_all(tx, sheet)
    tx.remove(IMPORTS, import_id)
    tx.clear_timer(_forget_id(import_id))


def forget(tx: Tx, _room: Room, timer: Timer) -> None:
    """A week is over: the sheet and what was read from it go; that there was an import, and its counts, stay."""
    sheet = tx.load(IMPORTS, timer.ref)
    if sheet is None:
        return
    if sheet.state == "running":
        tx.set_timer(timer.id, FORGET, sheet.id, tx.call.at + KEPT_FOR)
        return
    _clear_all(tx, sheet)
    if sheet.state in ("mapped", "checked"):
        tx.remove(IMPORTS, sheet.id)
    else:
        tx.save(IMPORTS, replace(sheet, forgotten=True))


def _joining(tx: Tx, room: Room, joining: Sequence[Member]) -> int:
    """Let these people join, and ask for exactly one confirmation each; returns how many they are."""
    tx.prefetch(MEMBERS, [member.id for member in joining])
    links = [new_id("lnk") for _ in joining]
    tx.prefetch(LINKS, links)
    for member, link_id in zip(joining, links, strict=True):
        member, joined = members.join(member, seal=room.seal)
        ask_to_confirm(tx, room, member, *joined, link_id=link_id)
    return len(joining)


def _member(
    tx: Tx, room: Room, chapter: Chapter, id: str, row: PersonRow, questions: Sequence[Question]
) -> Member:
    return Member(
        id=id,
        chapter=chapter.id,
        name=row.name,
        mail=row.mail,
        locale=chapter.locales[0],
        time_zone=chapter.time_zone,
        roles=members.in_order(frozenset(row.roles)),
        via="import",
        joined_at=tx.call.at,
        profile=profile_from_row(Profile(), row, questions, group_id(room, chapter.id)),
    )


def _told_again(tx: Tx, room: Room, member: Member, row: PersonRow, questions: Sequence[Question]) -> None:
    """Somebody who is a member already: her profile follows the sheet; her name, her address and her confirmation do not."""
    profile = profile_from_row(member.profile, row, questions, group_id(room, member.chapter))
    changed, facts = members.change_profile(member, profile, frozenset(member.roles) | frozenset(row.roles))
    if changed != member:
        tx.save(MEMBERS, changed, *facts)


def group_id(room: Room, chapter: str) -> GroupId:
    """What turns the words of a group into an opaque id, in one chapter."""

    def opaque(kind: str, *words: str) -> str:
        return derived_id("grp", room.keys.derive("profiles/group", chapter, kind, *words).hex())

    return opaque


def _remember(tx: Tx, sheet: Import) -> None:
    tx.load(SHEET_MEMORIES, sheet.chapter)
    memory = SheetMemory(sheet.chapter, sheet.chapter, sheet.mapping, sheet.questions, tx.call.at)
    tx.save(SHEET_MEMORIES, memory)


def _clear_all(tx: Tx, sheet: Import) -> None:
    _clear_parts(tx, sheet)
    tx.remove(UPLOADS, sheet.id)


def _clear_parts(tx: Tx, sheet: Import) -> None:
    """Remove what the last dry run left."""
    pages = [part_id(sheet.id, number) for number in range(sheet.pages)]
    chunks = [part_id(sheet.id, number) for number in range(sheet.chunks_taken, sheet.chunks)]
    tx.prefetch(PROBLEM_PAGES, pages)
    tx.prefetch(PEOPLE_CHUNKS, chunks)
    for page in pages:
        tx.remove(PROBLEM_PAGES, page)
    for chunk in chunks:
        tx.remove(PEOPLE_CHUNKS, chunk)


def _forget_id(import_id: str) -> str:
    return f"forget:{import_id}"
