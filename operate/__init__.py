"""What operators type: the `cairn` command."""
