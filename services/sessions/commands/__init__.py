"""What a pair can ask of sessions: load, decide, save, announce. The asker is `tx.call.asker`, the time `tx.call.at`."""
