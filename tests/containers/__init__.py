"""Tests that need a Docker engine: `make test-containers` runs them. Where there is none they fail; they never skip."""
