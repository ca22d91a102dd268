"""The rules of sessions: functions of values that return the new value and the fact that announces it.

Only the two of a pair plan, move, cancel or hold its sessions, and write or read what comes of them; to everybody else they are not
there (R14, R16). Nothing here reaches the web, the store, the log, the clock or the settings.
"""
