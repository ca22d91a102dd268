"""The AsyncAPI document, as the official parser reads it."""

import copy

from services.notifications.contract.asyncapi import document
from shared.events.contract import CONTRACT_VERSION
from shared.events.schemas import public_types
from tests.node import run_node


def test_the_official_parser_finds_nothing_to_say_against_the_contract() -> None:
    answer = run_node("parse_asyncapi.mjs", document("https://cairn.example.org", "cairn"))
    assert answer == {"version": "3.1.0", "messages": 2 * len(public_types()), "said": []}


def test_the_parser_would_say_so_if_a_schema_or_a_reference_were_wrong() -> None:
    made = document("https://cairn.example.org", "cairn")
    schema, reference = copy.deepcopy(made), copy.deepcopy(made)
    message = schema["components"]["messages"]["relationship_started_v1"]
    message["payload"]["schema"]["properties"]["mentee"]["type"] = "name"
    reference["operations"]["deliver"]["messages"][0]["$ref"] = "#/channels/webhook/messages/nothing"

    for broken in (schema, reference):
        assert [said["severity"] for said in run_node("parse_asyncapi.mjs", broken)["said"]]


def test_the_document_names_each_public_event_on_its_topic_and_for_webhooks() -> None:
    made = document("https://cairn.example.org", "city")
    assert made["info"]["version"] == CONTRACT_VERSION
    assert made["channels"]["matching_topic"]["address"] == "city.matching.v1"
    on_topics = {name for channel in made["channels"].values() for name in channel["messages"]}
    assert on_topics == {"_".join(event.name.split(".")[1:]) for event in public_types()}
    assert set(made["channels"]["webhook"]["messages"]) == on_topics
