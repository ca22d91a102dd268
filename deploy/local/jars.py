"""Kafka's jars: resolved once into `kafka.lock`, fetched from Maven Central, used only if the hash is right.

`python -m deploy.local.jars` writes the lock again (`make lock` calls it); everything else only reads it.
"""

import contextlib
import fcntl
import hashlib
import logging
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from deploy.local.surroundings import CannotStart

LOCK = Path(__file__).with_name("kafka.lock")
BROKER = "org.apache.kafka:kafka_2.13:4.3.0"
# Without it the broker logs nothing. The version is that of the log4j which the broker brings. By itself:
# resolved together, this one's parent would choose other versions of the broker's libraries.
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
FETCHERS = 6
DOWNLOAD_SILENCE_S = 30


@dataclass(frozen=True)
class Jar:
    """One locked artifact of Maven Central."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def is_at(self, path: Path) -> bool:
        """Whether the file there is this very jar."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def jar_paths(cache_folder: Path, progress: Callable[[str], None]) -> list[Path]:
    """Every jar of the class path, present and verified (0.1 s when all are there).

    Raises CannotStart where a jar cannot be fetched, or is not the one that was locked.
    """
    folder = cache_folder / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    jars = locked_jars()
    missing = [jar for jar in jars if not jar.is_at(folder / jar.file_name)]
    if missing:
        with (folder / "fetching").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # another start may be fetching the same ones
            missing = [jar for jar in missing if not jar.is_at(folder / jar.file_name)]
            _fetch(missing, folder, progress)
    return [folder / jar.file_name for jar in jars]


def locked_jars() -> list[Jar]:
    """What `kafka.lock` lists, in the order of the class path."""
    entries = tomllib.loads(LOCK.read_text())["dependencies"]
    return [
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"]) for entry in entries
    ]


@contextlib.contextmanager
def _trusting_this_machine() -> Iterator[None]:
    """Trust what the machine trusts for a while: requests by itself trusts a list of its own, and no company's proxy."""
    import truststore

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _fetch(jars: list[Jar], folder: Path, progress: Callable[[str], None]) -> None:
    with (
        _trusting_this_machine(),
        tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as staging,
        ThreadPoolExecutor(max_workers=FETCHERS) as pool,
    ):
        fetched = [pool.submit(_fetch_one, jar, Path(staging), folder) for jar in jars]
        try:
            for count, future in enumerate(as_completed(fetched), start=1):
                future.result()
                if count % 10 == 1 or count == len(jars):
                    progress(f"Fetching Kafka's jars: {count} of {len(jars)}")
        except CannotStart:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, staging: Path, folder: Path) -> None:
    # Imported here: it takes 0.3 s, and is needed on the first start only.
    from jgo.maven import MavenContext

    maven = MavenContext(repo_cache=staging / jar.file_name, local_repos=[], timeout=DOWNLOAD_SILENCE_S)
    name = f"{jar.group}:{jar.artifact}:{jar.version}"
    try:
        path = maven.create_dependency(name).artifact.resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        logging.getLogger(__name__).debug("fetching %s failed: %s", name, error)
        raise CannotStart(
            "Kafka could not be fetched from Maven Central. Check the network (the first start needs it) "
            "and try again."
        ) from error
    if not jar.is_at(path):
        raise CannotStart(
            f"{jar.file_name} as fetched is not the file that was locked: refused. Try again later."
        )
    path.replace(folder / jar.file_name)


def write_lock() -> None:
    """Resolve the broker again and write every jar of its runtime class path with its hash."""
    from jgo.env import LockFile
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as staging:
        maven = MavenContext(repo_cache=Path(staging), local_repos=[], timeout=DOWNLOAD_SILENCE_S)
        asked, brought = maven.resolver.resolve([maven.create_dependency(BROKER)])
        needed = [*asked, *(one for one in brought if one.scope in ("compile", "runtime"))]
        needed.append(maven.create_dependency(LOG_BINDING))
        LockFile.from_resolved_dependencies(needed, environment_name="kafka").save(LOCK)
    sys.stderr.write(f"{LOCK.name}: {len(needed)} jars\n")


if __name__ == "__main__":
    write_lock()
