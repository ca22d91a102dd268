"""The `docker` command, as these tests use it."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND_WITHIN_S = 120
ENGINE_ANSWERS_WITHIN_S = 20


def docker(*arguments: str, within_s: float = COMMAND_WITHIN_S) -> str:
    """What `docker` prints; the test fails with what it says where it refuses or takes longer than `within_s`."""
    try:
        done = subprocess.run(
            ["docker", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=within_s, check=False
        )
    except FileNotFoundError:
        pytest.fail("there is no docker command: run deploy/containers/prepare.sh", pytrace=False)
    except subprocess.TimeoutExpired:
        pytest.fail(f"docker {' '.join(arguments)} took longer than {within_s:.0f} s", pytrace=False)
    if done.returncode != 0:
        pytest.fail(f"docker {' '.join(arguments)}:\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


def need_engine() -> None:
    """The test fails where no engine answers."""
    docker("version", "--format", "{{.Server.Version}}", within_s=ENGINE_ANSWERS_WITHIN_S)


def inspect(ids: Sequence[str]) -> list[dict[str, Any]]:
    """What the engine knows of these containers."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", *ids)) if ids else []
    return found
