"""A round computed in a process of its own: `python -m services.matching.drafting`.

The flow lets no other thread run while it computes, cannot be interrupted, and takes what memory it takes. So the worker starts a process
for a large round, hands it the pinned market on its standard input, reads the result from its standard output, and kills it where nobody
wants the round any more. It knows no database, no log and no secret.
"""
