"""Programs of Node.js that tests run: what only exists as an npm package is asked there. `make` installs them, by their lock."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "contracts" / "node"
NODE = Path(sys.executable).with_name("node")
WITHIN_S = 60


def run_node(program: str, given: Any) -> Any:
    """What a program of `tests/contracts/node` answers to this JSON."""
    assert (FOLDER / "node_modules").is_dir(), "npm packages are missing: run make test, which installs them"
    ended = subprocess.run(
        [NODE, FOLDER / program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
