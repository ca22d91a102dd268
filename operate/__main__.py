"""`python -m operate` is the `cairn` command."""

from operate.cli import main

main()
