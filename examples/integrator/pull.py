"""Follows the pull feed from the beginning, by long polls, and keeps its cursor in a file: stop it and start it again as you like.

CLIENT_ID=svc_… CLIENT_SECRET=… python pull.py
"""

import os
import signal
import sys
import time
from pathlib import Path

import requests

API = os.environ.get("CAIRN_URL", "http://127.0.0.1:8080") + "/api/notifications/v1"
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
CURSOR = Path(os.environ.get("CURSOR_FILE", "cursor.txt"))
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it quietly


def ask(session, method, path, **given):
    while True:  # what passes by itself is waited for
        try:
            answer = session.request(method, API + path, timeout=(5, 40), **given)
            if answer.status_code not in {429, 500, 502, 503, 504}:
                return answer
            pause_s = int(answer.headers.get("Retry-After", 5))
        except (requests.ConnectionError, requests.Timeout):
            pause_s = 5
        time.sleep(pause_s)


def sign_in(session):
    answer = ask(session, "POST", "/oauth/token", auth=CLIENT, data={"grant_type": "client_credentials"})
    if not answer.ok:
        sys.exit("The key is not valid (any more). Ask the chapter's coordinator for a new one.")
    session.headers["Authorization"] = "Bearer " + answer.json()["access_token"]


def events():
    """Every event, in order. The cursor is kept once the page was dealt with: a crash brings a page again, and loses none."""
    cursor = CURSOR.read_text() if CURSOR.exists() else ""
    with requests.Session() as session:
        while True:
            wanted = {"after": cursor, "wait": 25, "limit": 500}  # seconds and events: the most there is
            answer = ask(session, "GET", "/relationship-events", params=wanted)
            if answer.status_code == 401:
                sign_in(session)
                continue
            if answer.status_code == 400:
                sys.exit(f"{answer.json()['detail']} To read from the beginning, delete {CURSOR}.")
            answer.raise_for_status()
            yield from answer.json()["items"]
            CURSOR.with_suffix(".new").write_text(cursor := answer.json()["next"])
            CURSOR.with_suffix(".new").replace(CURSOR)
            time.sleep(0 if answer.json()["items"] else 1)  # where many wait, an empty page comes at once


for event in events():
    print(event["sequence"].lstrip("0"), event["partitionkey"], event["type"], flush=True)
