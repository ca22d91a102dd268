"""The picture of the machine in the README is the code's own table."""

from deploy.local.surroundings import REPOSITORY
from services.matching.domain.steps import drawn


def test_the_readme_draws_the_machine_that_runs() -> None:
    assert f"```mermaid\n{drawn()}```" in (REPOSITORY / "README.md").read_text()
