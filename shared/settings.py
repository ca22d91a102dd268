"""The only module that reads the environment. Everything else is handed values.

Invariants:
1. Nothing here has a default that would be dangerous outside local mode.
2. A wrong or missing setting is one line that names the variable (`BadSetting`), before anything is started.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from environs import Env, EnvError
from marshmallow.validate import Range

Mode = Literal["local", "container", "production"]
SERVICES = ("profiles", "matching", "sessions", "notifications")


class BadSetting(Exception):
    """A setting is missing or wrong; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where everything is. Addresses are URLs; `services` are those that this process runs (`web` among them, in an API process)."""

    mode: Mode
    mongo_url: str
    kafka_bootstrap: str
    smtp_url: str
    public_url: str
    gateway_url: str
    namespace: str
    secrets_dir: Path
    services: tuple[str, ...]
    clock_file: Path | None
    mailbox_url: str
    health_port: int
    mail_from: str
    api_urls: Mapping[str, str]
    #: `host:port` of receivers inside a trial's own network, which webhooks may reach over plain http; empty in production.
    trial_receivers: tuple[str, ...] = ()
    #: Memory in MB and threads of the process that computes a large round.
    round_memory_mb: int = 2_048
    round_threads: int = 2
    #: After how many seconds without a word from its worker a round is another's; it is renewed every two or so.
    round_lease_s: int = 30
    #: Where its compiled kernels are kept (beside the sources where nothing is said), where some are ready to be copied from, and whether
    #: they are for every processor of this kind or for this one alone.
    kernel_cache_dir: Path | None = None
    kernels_ready_dir: Path | None = None
    kernels_portable: bool = False

    @property
    def local(self) -> bool:
        """Whether this is a stack on one person's machine, with a clock that moves and a mailbox page."""
        return self.mode == "local"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, from `CAIRN_…` variables; raises `BadSetting`."""
    if environment is None:
        return _read()
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        return _read()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _read() -> Settings:
    env = Env(prefix="CAIRN_")
    try:
        mode = cast(Mode, env.str("MODE", "local"))
        if mode not in ("local", "container", "production"):
            raise BadSetting(f"CAIRN_MODE is {mode!r}; it is local, container or production")
        services = tuple(env.list("SERVICES", [*SERVICES, "web"]))
        unknown = [name for name in services if name not in (*SERVICES, "web")]
        if unknown:
            raise BadSetting(f"CAIRN_SERVICES names {unknown[0]!r}; there are {', '.join(SERVICES)} and web")
        clock_file = env.path("CLOCK_FILE", None)
        if clock_file is not None and mode != "local":
            raise BadSetting("CAIRN_CLOCK_FILE is for local mode only: no other clock can be moved")
        public_url = env.str("PUBLIC_URL").rstrip("/")
        settings = Settings(
            mode=mode,
            mongo_url=env.str("MONGO_URL"),
            kafka_bootstrap=env.str("KAFKA_BOOTSTRAP"),
            smtp_url=env.str("SMTP_URL"),
            public_url=public_url,
            gateway_url=env.str("GATEWAY_URL", public_url).rstrip("/"),
            namespace=env.str("NAMESPACE", "cairn"),
            secrets_dir=env.path("SECRETS_DIR"),
            services=services,
            clock_file=clock_file,
            mailbox_url=env.str("MAILBOX_URL", "") if mode == "local" else "",
            health_port=env.int("HEALTH_PORT", 0),
            mail_from=env.str("MAIL_FROM", "Cairn <no-reply@cairn.invalid>"),
            api_urls={name: url for name in SERVICES if (url := env.str(f"{name.upper()}_URL", ""))},
            trial_receivers=tuple(env.list("TRIAL_RECEIVERS", [])),
            round_memory_mb=env.int("ROUND_MEMORY_MB", 2_048, validate=Range(min=256, max=1_048_576)),
            round_threads=env.int("ROUND_THREADS", 2, validate=Range(min=1, max=64)),
            round_lease_s=env.int("ROUND_LEASE_S", 30, validate=Range(min=5, max=600)),
            kernel_cache_dir=env.path("KERNEL_CACHE_DIR", None),
            kernels_ready_dir=env.path("KERNELS_READY_DIR", None),
            kernels_portable=env.bool("KERNELS_PORTABLE", False),
        )
    except EnvError as error:
        raise BadSetting(str(error)) from error
    if mode == "production":
        _refuse_open_doors(settings)
    return settings


def _refuse_open_doors(settings: Settings) -> None:
    """Production does not start on a database or a log that anybody can open, or on plain http."""
    if "@" not in settings.mongo_url:
        raise BadSetting("CAIRN_MONGO_URL has no user: production does not run on an open MongoDB")
    if not settings.kafka_bootstrap.startswith(("sasl_ssl://", "ssl://")):
        raise BadSetting(
            "CAIRN_KAFKA_BOOTSTRAP must start with sasl_ssl:// or ssl://: production does not run on an open Kafka"
        )
    if settings.trial_receivers:
        raise BadSetting(
            "CAIRN_TRIAL_RECEIVERS is for trials: in production webhooks reach public addresses only"
        )
    if not settings.public_url.startswith("https://"):
        raise BadSetting("CAIRN_PUBLIC_URL must be https in production")
