// Moves the bar of a running import, or of a round that is computed or goes out. Without this script the page loads itself anew every few seconds instead.
"use strict";
const bar = document.querySelector("progress[data-watch]");
const told = document.getElementById("told");
const badge = document.getElementById("badge");
const LOOK_EVERY_MS = 1000;

async function look() {
  try {
    const answer = await fetch(bar.dataset.watch, {headers: {Accept: "application/json"}});
    if (answer.ok) {
      const run = await answer.json();
      if (run.state !== "running") {
        location.reload();
        return;
      }
      if (run.total > 1 || !run.words) {
        bar.max = run.total;
        bar.value = run.done;
      } else {
        bar.removeAttribute("value"); // how far is not known
      }
      if (badge && run.badge) badge.textContent = run.badge;
      told.textContent = run.words || told.dataset.words.replace("#1", run.done).replace("#2", run.total);
    }
  } catch {
    // The next look will do.
  }
  setTimeout(look, LOOK_EVERY_MS);
}

if (bar && told) setTimeout(look, LOOK_EVERY_MS);
