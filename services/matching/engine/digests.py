"""What breaks ties: a digest of each public id and the seed, and nothing of a row's place."""

from hashlib import blake2b

import numpy as np

from services.matching.engine.columns import Ints, Words

TIE_BITS = 40
"""Of a tie. Two pairs of one person that are worth the same stand in no order where their ties are equal too: among a million people
with a thousand such pairs each that happens in every other market, and it matters only at the end of a list. More would not fit
into a word beside a score less a price, which takes 23 bits and a sign."""
TIE_MAX = 255  # a tie's weight is far below one point: see `flow.best_pairs`


def digests(ids: tuple[str, ...], side: str, seed: int) -> Words:
    """One word for each id; the two sides' differ."""
    key = seed.to_bytes(8, "big")
    made = (
        blake2b(one.encode("utf-8", "surrogatepass"), digest_size=8, key=key, person=side.encode()).digest()
        for one in ids
    )
    return np.frombuffer(b"".join(made), ">u8").astype(np.uint64)


def mixed(mentee: Words, mentor: Words) -> Words:
    """One word for each pair, from both digests; `kernels.pair.mixed` is the same for one pair."""
    words = mentee * np.uint64(0x9E3779B97F4A7C15) + mentor
    for shift in (33, 29):
        words = (words ^ (words >> np.uint64(shift))) * np.uint64(0xFF51AFD7ED558CCD)
    return words


def pair_ties(mentees: Words, mentors: Words, rows: Ints, cols: Ints) -> Ints:
    """For each pair a number of `TIE_BITS`, from the digests of both sides; as `kernels.pair.tie`."""
    return (mixed(mentees[rows], mentors[cols]) >> np.uint64(64 - TIE_BITS)).astype(np.int64)


def ties(mentees: tuple[str, ...], mentors: tuple[str, ...], rows: Ints, cols: Ints, seed: int) -> Ints:
    """For each pair 0 to `TIE_MAX`, from both public ids and the seed alone."""
    words = mixed(digests(mentees, "mentee", seed)[rows], digests(mentors, "mentor", seed)[cols])
    return (words >> np.uint64(56)).astype(np.int64)
