"""MongoDB and Kafka from the published images, for the length of the run, and taken away even if the run is killed."""

from collections.abc import Iterator

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, LogMessageWaitStrategy

from tests.containers.engine import need_engine
from tests.parts import PartsAddresses

MONGO_IMAGE = "mongo:8.0"
KAFKA_IMAGE = "apache/kafka:4.3.0"
START_WITHIN_S = 90

#: Makes the replica set of one, where there is none, and waits until it takes writes.
BECOME_PRIMARY = """
    try { rs.status() } catch (error) {
        if (error.codeName !== "NotYetInitialized") throw error
        rs.initiate({_id: "rs0", members: [{_id: 0, host: "127.0.0.1:27017"}]})
    }
    for (let i = 0; i < 50 && !db.hello().isWritablePrimary; i++) sleep(100)
    quit(db.hello().isWritablePrimary ? 0 : 1)
"""

#: The port that clients see is known only once the container runs, and the broker has to announce it: so it waits for it.
WAIT_FOR_ADDRESS = """
    until [[ -s /tmp/address ]]; do sleep 0.1; done
    export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://$(</tmp/address),INSIDE://localhost:9094
    exec /etc/kafka/docker/run
"""
KAFKA_SETTINGS = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENERS": "PLAINTEXT://:9092,INSIDE://:9094,CONTROLLER://:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_HEAP_OPTS": "-Xmx384m",
}


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine; without one the test fails."""
    need_engine()


@pytest.fixture(scope="session")
def parts(engine: None) -> Iterator[PartsAddresses]:
    """As everywhere in these tests: where MongoDB and Kafka are reached."""
    with _mongo() as mongo, _kafka() as kafka:
        yield PartsAddresses(
            # Directly, since the set knows its member by an address that only the container can reach.
            mongo_url=f"mongodb://{_reached_at(mongo, 27017)}/?directConnection=true",
            kafka_bootstrap=_announce(kafka),
        )


def _mongo() -> DockerContainer:
    primary = ExecWaitStrategy(["mongosh", "--quiet", "--eval", BECOME_PRIMARY])
    return (
        DockerContainer(MONGO_IMAGE)
        .with_command(["--replSet", "rs0", "--wiredTigerCacheSizeGB", "0.25"])
        .with_exposed_ports(27017)
        .waiting_for(primary.with_startup_timeout(START_WITHIN_S))
    )


def _kafka() -> DockerContainer:
    return (
        DockerContainer(KAFKA_IMAGE)
        .with_command(["bash", "-c", WAIT_FOR_ADDRESS])
        .with_envs(**KAFKA_SETTINGS)
        .with_exposed_ports(9092)
    )


def _announce(kafka: DockerContainer) -> str:
    address = _reached_at(kafka, 9092)
    told = kafka.exec(["bash", "-c", f"echo {address} >/tmp/address"])
    assert told.exit_code == 0, told.output.decode(errors="replace")
    serves = LogMessageWaitStrategy("Kafka Server started")
    serves.with_startup_timeout(START_WITHIN_S).wait_until_ready(kafka)
    return address


def _reached_at(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
