"""How Cairn is brought up: on a laptop (`local`), in containers, and the settings of gunicorn."""
