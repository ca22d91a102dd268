"""Webhooks as values: when a delivery is tried again, when a webhook is disabled; and the addresses that nothing is ever sent to."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import deliveries, webhooks
from services.notifications.domain.deliveries import Answer, Delivery
from services.notifications.domain.webhooks import Follower, Followers, Webhook
from services.notifications.webhooks.addresses import Allowed, Target, UrlRefused, check, is_public
from shared.events.notifications import WebhookDisabled, WebhookFailing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKS = Answer(204, "", 3)
FAILS = Answer(500, "http_500", 3)


def a_delivery() -> Delivery:
    return deliveries.new_delivery(
        "whk_1",
        event="rel_1:2",
        type="cairn.relationship.started.v1",
        relationship="rel_1",
        sequence=2,
        chapter="shanghai",
        body="{}",
        now=NOON,
    )


def a_webhook() -> Webhook:
    return Webhook("whk_1", "shanghai", "https://example.org/hook", (), NOON, "mem_1")


def test_a_deliverys_id_is_the_event_the_channel_and_the_webhook() -> None:
    assert a_delivery().id == "rel_1:2:webhook:whk_1"


def test_a_delivery_is_tried_on_the_published_schedule_and_then_has_failed() -> None:
    delivery, now, waited = a_delivery(), NOON, []
    while delivery.state == "waiting":
        assert delivery.due_at is not None
        waited.append(delivery.due_at - now)
        now = delivery.due_at
        delivery = deliveries.answered(delivery, FAILS, now, chance=0.5)
    assert waited == [timedelta(0), *deliveries.WAITS]
    assert [wait.total_seconds() for wait in deliveries.WAITS] == [
        5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]  # fmt: skip
    assert (delivery.state, delivery.reason, len(delivery.attempts)) == ("failed", "http_500", 10)


@given(
    chance=st.floats(0, 1),
    status=st.sampled_from([100, 301, 308, 400, 404, 500]),
    asked=st.integers(0, 10**9),
)
def test_a_wait_stays_within_its_jitter_and_is_as_long_as_asked_for(
    chance: float, status: int, asked: int
) -> None:
    after = deliveries.answered(a_delivery(), Answer(status, f"http_{status}", 1, asked), NOON, chance)
    assert after.due_at is not None
    wait_s = (after.due_at - NOON).total_seconds()
    assert max(4.0, min(asked, 86_400)) <= wait_s <= max(6.0, min(asked, 86_400))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    after = deliveries.answered(a_delivery(), Answer(status, "", 1), NOON, 0.5)
    assert (after.state, after.due_at) == ("delivered", None)


def test_an_answer_that_came_too_late_is_no_success() -> None:
    assert deliveries.answered(a_delivery(), Answer(200, "timed_out", 15_000), NOON, 0.5).state == "waiting"


def test_a_webhook_is_disabled_after_five_days_without_one_success() -> None:
    failing, told = webhooks.after_answer(a_webhook(), FAILS, NOON)
    assert (failing.state, failing.failing_since, told) == ("active", NOON, ())
    almost, _ = webhooks.after_answer(failing, FAILS, NOON + timedelta(days=4, hours=23))
    assert almost.state == "active"
    disabled, told = webhooks.after_answer(almost, FAILS, NOON + timedelta(days=5))
    assert (disabled.state, disabled.reason) == ("disabled", "failing_for_5_days")
    assert told == (WebhookDisabled("whk_1", "failing"),)
    assert webhooks.after_answer(almost, WORKS, NOON + timedelta(days=6)) == (a_webhook(), ())


def test_a_failing_webhook_is_warned_of_three_times_each_once_and_anew_after_it_worked() -> None:
    webhook, warned = a_webhook(), []
    for hour in range(100):
        webhook, told = webhooks.after_answer(webhook, FAILS, NOON + timedelta(hours=hour))
        warned += [(hour, one.after_hours) for one in told if isinstance(one, WebhookFailing)]
    assert warned == [(6, 6), (24, 24), (72, 72)]
    webhook, _ = webhooks.after_answer(webhook, WORKS, NOON + timedelta(hours=100))
    later = NOON + timedelta(days=30)
    webhook, _ = webhooks.after_answer(webhook, FAILS, later)
    _, told = webhooks.after_answer(webhook, FAILS, later + timedelta(hours=25))
    assert told == (WebhookFailing("whk_1", later, 24),)


def test_both_secrets_sign_until_the_overlap_is_over() -> None:
    rotated = webhooks.with_new_secret(a_webhook(), overlap_hours=24, now=NOON)
    assert webhooks.generations(a_webhook(), NOON) == (1,)
    assert webhooks.generations(rotated, NOON + timedelta(hours=23)) == (2, 1)
    assert webhooks.generations(rotated, NOON + timedelta(hours=24)) == (2,)
    at_once = webhooks.with_new_secret(a_webhook(), overlap_hours=0, now=NOON)
    assert webhooks.generations(at_once, NOON) == (2,)


def test_gone_disables_a_webhook_at_once() -> None:
    gone = Answer(410, "http_410", 1)
    disabled, told = webhooks.after_answer(a_webhook(), gone, NOON)
    assert (disabled.state, disabled.reason) == ("disabled", "gone")
    assert told == (WebhookDisabled("whk_1", "gone"),)
    assert deliveries.answered(a_delivery(), gone, NOON, 0.5).state == "failed"


def test_a_follower_without_types_wants_them_all() -> None:
    some, all_of_them = Follower("whk_1", ("a.v1",)), Follower("whk_2", ())
    assert [webhooks.wants(some, type, "rel_1") for type in ("a.v1", "b.v1")] == [True, False]
    assert webhooks.wants(all_of_them, "b.v1", "rel_1")
    assert not webhooks.wants(all_of_them, "b.v1", "whk_2")
    assert webhooks.without(Followers("c", "c", (some, all_of_them)), "whk_1").followers == (all_of_them,)


PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3",  # noqa: S104 - an address to refuse
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.0.10",
    "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "2002:808:808::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "fec0::1", "feff::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "223.255.255.254",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_inside_is_public_and_none_is_sent_to(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    refused(
        f"https://{f'[{address}]' if ':' in address else address}/",
        resolving(address),
        "url_not_public",
        "url_invalid",
    )
    refused("https://example.org/", resolving(address), "url_not_public")
    refused("https://example.org/", resolving("8.8.8.8", address), "url_not_public")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_sent_to(address: str) -> None:
    target = check("https://example.org/a/b?c=d", Allowed(), resolve=resolving(address))
    assert target == Target(True, "example.org", (address,), 443, "/a/b?c=d")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost.", "LOCALHOST", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.1.",
        "[::1]", "[::ffff:7f00:1]", "0", "127.0.0.1:443", "ip6-localhost",
    ],
)  # fmt: skip
def test_no_way_of_writing_this_machine_leads_to_it(host: str) -> None:
    refused(f"https://{host}/", None, "url_not_public", "url_unresolvable")


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "//example.org/", "https:///path", "https://", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/",
        "javascript:alert(1)", "https://user@example.org/", "https://user:secret@example.org/", "https://8.8.8.8#@10.0.0.1/",
        "https://example.org/#part", "https://example.org\\@10.0.0.1/", "https://exa mple.org/", "https://example.org/\r\nHost: x",
        "https://example.org:99999/", "https://example.org:port/", "https://[::1/", "https://[fe80::1%25eth0]/", "https://ex%61mple.org/",
        "https://例子.测试/", "https://example.org/{}", "https://." , "https://e\u202example.org/", "\x00https://example.org/", "x" * 3_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("local", [True, False])
def test_what_is_no_plain_address_is_refused_unseen(url: str, local: bool) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    refused(url, never, "url_invalid", local=local)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://example.org:8443/", "http://example.org:443/"]
)
def test_outside_local_mode_only_https_on_its_own_port_will_do(url: str) -> None:
    refused(url, resolving("8.8.8.8"), "url_not_https")


def test_in_local_mode_this_machine_will_do_without_tls_and_nothing_else_inside() -> None:
    assert check("http://127.0.0.1:8000/hook", Allowed(local=True)) == Target(
        False, "127.0.0.1", ("127.0.0.1",), 8000, "/hook"
    )
    refused("http://127.0.0.1:8000/hook", None, "url_not_public")
    refused("http://example.org/", resolving("8.8.8.8"), "url_not_https", local=True)
    refused("http://example.org/", resolving("127.0.0.1", "10.0.0.1"), "url_not_public", local=True)
    refused("http://169.254.169.254/", None, "url_not_public", local=True)


def test_a_trial_may_name_receivers_of_its_own_and_reaches_nothing_else_inside() -> None:
    inside, named = resolving("172.18.0.5"), ("demo:8099",)
    target = check("http://demo:8099/hook", Allowed(trial_receivers=named), resolve=inside)
    assert target == Target(False, "demo", ("172.18.0.5",), 8099, "/hook")
    for url in (
        "http://demo:8098/hook",
        "http://demo/hook",
        "http://other:8099/hook",
        "http://demo.evil.test:8099/",
    ):
        refused(url, inside, "url_not_public", trial_receivers=named)


def test_a_name_that_nobody_knows_is_refused() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    refused("https://example.invalid/", unknown, "url_unresolvable")
    refused("https://example.invalid/", resolving(), "url_unresolvable")
    refused("https://example.invalid/", resolving("not an address"), "url_not_public")


def resolving(*addresses: str) -> Callable[[str, int], list[str]]:
    """A resolver that knows one answer."""
    return lambda _host, _port: list(addresses)


def refused(
    url: str,
    resolve: Callable[[str, int], list[str]] | None,
    *codes: str,
    local: bool = False,
    trial_receivers: tuple[str, ...] = (),
) -> None:
    allowed = Allowed(local, trial_receivers)
    with pytest.raises(UrlRefused) as error:
        check(url, allowed, resolve=resolve) if resolve else check(url, allowed)
    assert error.value.code in codes
