"""Which Cairn an operator's command is about: the one that the environment names, or the stack that runs on this machine."""

from deploy.local.alone import running
from deploy.local.surroundings import surroundings
from shared.settings import BadSetting, Settings, read_settings


def settings_here() -> Settings:
    """The settings of the `CAIRN_…` variables where they are set, else those of the running local stack; `BadSetting` without either."""
    try:
        return read_settings()
    except BadSetting as problem:
        stack = running(surroundings().data_folder)
        if stack is None:
            raise BadSetting(
                f"no local stack is running (start it with `make up`), and {problem}"
            ) from problem
        return read_settings(stack.environment)
