"""The events as they pass, printed beside the story."""

import json
import subprocess
import threading
from typing import Any

from rich.console import Console

from operate.demo.platform import Platform, seen
from operate.events import READY


class Passing:
    """Follows the log through `cairn events follow` while the story is played; what passed can be asked for."""

    def __init__(self, platform: Platform, console: Console, chapters: list[str], seconds: int) -> None:
        words = [word for chapter in chapters for word in ("--chapter", chapter)]
        self._console = console
        self._command = subprocess.Popen(
            [*platform.operator, "events", "follow", "--seconds", str(seconds), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._ready = threading.Event()
        self._events: list[dict[str, Any]] = []
        self._quiet: dict[str, int] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        seen(self._ready.is_set, "`cairn events follow` did not begin")

    def of(self, source_ends: str, *types: str) -> list[dict[str, Any]]:
        """Events about one aggregate, by its id, of these types, in the order in which they passed."""
        found = [event for event in self._events if event["source"].endswith("/" + source_ends)]
        return [event for event in found if not types or event["type"] in types]

    def count(self, type: str) -> int:
        """How many events of a type have passed."""
        return sum(event["type"] == type for event in self._events)

    def stop(self) -> None:
        """Stop following."""
        self._command.terminate()
        self._command.wait(10)
        self._reader.join(5)
        if self._command.stdout:
            self._command.stdout.close()

    def _read(self) -> None:
        assert self._command.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._command.stdout:
            event = json.loads(line)
            if event.get("status") == READY:
                self._ready.set()
                continue
            self._events.append(event)
            self._show(event)

    def _show(self, event: dict[str, Any]) -> None:
        """One dim line; of a type that comes by the dozen only the first few."""
        word = event["type"].removeprefix("cairn.")
        self._quiet[word] = self._quiet.get(word, 0) + 1
        if self._quiet[word] <= 3 or word.startswith("relationship."):
            aggregate = event["source"].rsplit("/", 1)[1]
            self._console.print(f"      ~ {word}  {aggregate}:{event['sequence']}", style="dim", markup=False)
        elif self._quiet[word] == 4:
            self._console.print(f"      ~ {word}  … and more", style="dim", markup=False)
