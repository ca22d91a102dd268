"""The rules of matching: functions of values that return the new value and the fact that announces it.

Nothing here reaches the web, the store, the log, the clock or the settings.
"""
