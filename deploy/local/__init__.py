"""The whole stack on one machine, without Docker: MongoDB, Kafka, and a supervisor.

What always holds:

1. Everything listens on 127.0.0.1 only.
2. Everything that is fetched is pinned and checked by hash before it is used.
3. Every program dies with the one that started it, so nothing is left behind, however that one ended.
4. Data lives in one folder and survives a restart; a port may differ from one start to the next.
5. What a person must act on is one plain line (`CannotStart`), never a stack trace.
"""
