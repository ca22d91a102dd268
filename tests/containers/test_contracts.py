"""The contracts of store and log hold on the images that compose and production run, not only on the local stack."""

import subprocess
import sys

import pytest

from tests.containers.engine import ROOT
from tests.parts import PartsAddresses

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

CONTRACTS_WITHIN_S = 600
NO_TESTS = 5  # pytest's exit code where it has found none


def test_store_and_log_keep_their_contracts_on_the_published_images(parts: PartsAddresses) -> None:
    # In a run of its own: the same tests, told through the environment to use these servers instead of starting some.
    run = subprocess.run(
        [
            "env",
            f"CAIRN_TEST_MONGO_URL={parts.mongo_url}",
            f"CAIRN_TEST_KAFKA_BOOTSTRAP={parts.kafka_bootstrap}",
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contracts"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=CONTRACTS_WITHIN_S,
        check=False,
    )
    assert run.returncode != NO_TESTS, "tests/contracts holds no tests"
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
