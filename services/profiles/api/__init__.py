"""How HTTP reaches profiles: one module for what people do together, in the same cut as the commands."""

#: Where all routes of the service live.
PREFIX = "/api/profiles/v1"
