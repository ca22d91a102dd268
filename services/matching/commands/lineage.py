"""Lineage grows when a relationship is completed, and each decides for herself whether she is named in it."""

from dataclasses import replace
from typing import Any

from services.matching.domain import lineage
from services.matching.domain.lineage import Branch, Consent, Tree, consent_id
from services.matching.domain.relationships import Relationship
from services.matching.kinds import BRANCHES, CONSENTS, MEMBERS
from shared.events.matching import LineageConsented
from shared.transaction import Reader, Tx


def grow(tx: Tx, relationship: Relationship) -> None:
    """Add a completed relationship. All who do so in one chapter write the chapter's root: two at once cannot close a cycle together."""
    root_id = f"root:{relationship.chapter}"
    root = tx.load(BRANCHES, root_id) or Branch(root_id, relationship.chapter)

    def branch_of(member: str) -> Branch:
        return tx.load(BRANCHES, member) or Branch(member, relationship.chapter)

    mentor, mentee = branch_of(relationship.mentor), branch_of(relationship.mentee)
    made = lineage.joined(mentor, mentee, relationship.id, branch_of)
    if made is not None:
        for branch in (root, *made):
            tx.save(BRANCHES, branch)


def let_be_named(tx: Tx, *, named: bool) -> dict[str, Any]:
    """The asker consents to be named in other people's trees, or takes that back. Saying the same again announces nothing."""
    member, chapter = tx.call.asker, tx.call.chapter
    branch = tx.load(BRANCHES, member)
    if branch is None:
        tx.get(MEMBERS, member)  # nobody who was erased comes back by an access token that has not run out
        branch = Branch(member, chapter)
    tx.save(BRANCHES, replace(branch, named=named))
    if branch.named != named:
        tx.save(CONSENTS, Consent(consent_id(member), chapter, named), LineageConsented(member, named))
    return {"named": named}


def trees(reader: Reader, member: str, chapter: str) -> tuple[Branch, Tree, Tree]:
    """Her own branch, those who guided her, and those whom she guided."""

    def branch_of(one: str) -> Branch:
        return reader.load(BRANCHES, one) or Branch(one, chapter)

    own = branch_of(member)
    return own, lineage.tree(own, True, branch_of), lineage.tree(own, False, branch_of)
