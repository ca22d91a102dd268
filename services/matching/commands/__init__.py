"""What can be asked of matching: load, decide, save, announce."""
