import threading
from datetime import timedelta

import pytest

from confluence_assets.api.limits import Clock, RateLimits, RateState, RetryPolicy, read_rate_state, read_retry_after
from confluence_assets.errors import TransientError
from tests.api.clock import START, OwnedTime

EXACT = RetryPolicy(jitter=(1.0, 1.0))


def limits_of(time: OwnedTime, policy: RetryPolicy = EXACT) -> RateLimits:
    return RateLimits(policy, time.clock(), chance=lambda: 0.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Thu, 26 Mar 2026 15:00:30 GMT", 30.0),
        ("Thu, 26 Mar 2026 14:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert read_retry_after({"Retry-After": text}, START) == seconds


@pytest.mark.parametrize(
    ("headers", "state"),
    [
        ({}, None),
        (
            {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-26T15:01Z"},
            RateState(100, 0, 60.0),
        ),
        (
            {"X-RateLimit-NearLimit": "true", "RateLimit-Reason": "conf-global-based"},
            RateState(None, None, None, True, "conf-global-based"),
        ),
        ({"RateLimit": '"a";r=900;t=600, "global-app-quota"; r=12; t=40'}, RateState(None, 12, 40.0)),
        ({"RateLimit": '"global-app-quota";q=65000;w=3600'}, None),
        (
            {"X-RateLimit-Remaining": "3", "X-RateLimit-Interval-Seconds": "1", "X-RateLimit-FillRate": "5"},
            RateState(None, 3, 1.0),
        ),
        ({"X-RateLimit-Reset": str(int(START.timestamp()) + 90)}, RateState(None, None, 90.0)),
        ({"X-Failure-Category": "FAILURE CLIENT RATE LIMITED"}, RateState(reason="FAILURE CLIENT RATE LIMITED")),
        ({"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "whenever"}, None),
    ],
)
def test_what_headers_say(headers: dict[str, str], state: RateState | None) -> None:
    assert read_rate_state(headers, START) == state


def test_a_429_makes_the_next_request_wait_as_long_as_it_says() -> None:
    time = OwnedTime()
    limits = limits_of(time)
    assert limits.note_refusal(429, {"Retry-After": "12"}) == 12.0
    assert limits.wait() == 12.0
    assert limits.wait() == 0.0


def test_a_429_without_a_word_backs_off_further_each_time_and_no_further_than_30_seconds() -> None:
    limits = limits_of(OwnedTime())
    pauses = [limits.note_refusal(429, {"X-Failure-Category": "FAILURE CLIENT RATE LIMITED"}) for _ in range(6)]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    limits.note_success({})
    assert limits.note_refusal(429, {}) == 2.0


def test_retry_after_zero_still_backs_off() -> None:
    assert limits_of(OwnedTime()).note_refusal(429, {"Retry-After": "0"}) == 2.0


def test_a_429_with_only_a_reset_waits_for_the_reset() -> None:
    at = (START + timedelta(seconds=45)).isoformat()
    assert limits_of(OwnedTime()).note_refusal(429, {"X-RateLimit-Reset": at}) == 45.0


def test_a_503_pauses_only_where_it_says_when() -> None:
    limits = limits_of(OwnedTime())
    assert limits.note_refusal(503, {}) is None
    assert limits.note_refusal(503, {"Retry-After": "3"}) == 3.0


def test_a_wait_beyond_all_patience_is_refused() -> None:
    time = OwnedTime()
    limits = limits_of(time)
    assert limits.note_refusal(429, {"Retry-After": str(2**63 - 1)}) == float("inf")
    assert limits.wait() == 0.0


def test_nothing_left_makes_the_next_request_wait() -> None:
    time = OwnedTime()
    limits = limits_of(time)
    limits.note_success({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"})
    assert limits.wait() == 5.0
    assert limits.state.remaining == 0


def test_jitter_stays_within_its_bounds() -> None:
    policy = RetryPolicy()
    assert policy.delay_seconds(1, 0.0) == pytest.approx(1.4)
    assert policy.delay_seconds(1, 1.0) == pytest.approx(2.6)
    assert policy.delay_seconds(50, 1.0) == pytest.approx(39.0)


def test_all_threads_wait_after_one_was_refused() -> None:
    limits = RateLimits(EXACT, Clock())
    limits.note_refusal(429, {"X-RateLimit-Reset": "0.2"})
    slept: list[float] = []
    threads = [threading.Thread(target=lambda: slept.append(limits.wait())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(slept) == 4
    assert min(slept) > 0.1


QUOTA = {"RateLimit-Policy": '"global-app-quota";q=65000;w=3600', "X-RateLimit-Limit": "65000"}


@pytest.mark.parametrize(
    ("headers", "is_quota"),
    [
        ({**QUOTA, "X-RateLimit-Remaining": "12"}, True),
        ({"RateLimit-Reason": "conf-global-based"}, True),
        ({"RateLimit-Reason": "confluence-burst-based", "X-RateLimit-Limit": "100", "X-RateLimit-Reset": "3"}, False),
        ({"RateLimit-Policy": '"burst";q=100;w=1', "X-RateLimit-Remaining": "12"}, False),
        ({"X-RateLimit-Limit": "65000", "X-RateLimit-Reset": "2026-03-26T16:00Z"}, True),
        ({"X-RateLimit-Limit": "5000", "X-RateLimit-FillRate": "5000", "X-RateLimit-Interval-Seconds": "3600"}, False),
    ],
)
def test_points_of_an_hour_are_told_from_bursts(headers: dict[str, str], is_quota: bool) -> None:
    state = read_rate_state(headers, START)
    assert state is not None
    assert state.is_quota is is_quota


def test_the_last_points_of_an_hour_are_left_to_others(caplog: pytest.LogCaptureFixture) -> None:
    limits = limits_of(OwnedTime())
    reset = {"X-RateLimit-Reset": "2026-03-26T16:00Z"}
    limits.note_success({**QUOTA, **reset, "X-RateLimit-Remaining": "3251"})
    assert limits.wait() == 0.0
    for remaining in ("3250", "3001"):
        limits.note_success({**QUOTA, **reset, "X-RateLimit-Remaining": remaining})
    assert caplog.messages == ["The hourly points of the OAuth app are nearly used up; going on at 16:00:01 UTC."]
    assert limits.wait() == 3601.0


LOW = {"X-RateLimit-Limit": "65000", "X-RateLimit-Remaining": "100", "X-RateLimit-Reset": "3600"}
PLENTY = {**LOW, "X-RateLimit-Remaining": "60000"}


def test_hour_after_hour_without_points_is_the_end() -> None:
    time = OwnedTime()
    limits = limits_of(time)
    for _ in range(3):
        for _thread in range(6):
            limits.note_success(LOW)
        assert limits.wait() >= 3600
    limits.note_success(LOW)
    for _ in range(2):
        with pytest.raises(TransientError, match="points of the OAuth app are used up for this hour"):
            limits.wait()
    assert len(time.sleeps) == 3
    time.sleep(3602)
    assert limits.wait() == 0.0, "the next run may try"
    limits.note_success(LOW)
    with pytest.raises(TransientError):
        limits.wait()


def test_an_hour_with_points_lets_a_long_sweep_go_on() -> None:
    limits = limits_of(OwnedTime())
    for _ in range(10):
        limits.note_success(PLENTY)
        limits.note_success(LOW)
        assert limits.wait() >= 3600


def test_a_site_that_tells_points_only_where_it_refuses_is_swept_for_hours() -> None:
    limits = limits_of(OwnedTime())
    for _ in range(10):
        assert limits.note_refusal(429, {"Retry-After": "3000", "RateLimit-Reason": "quota"}) == 3001.0
        limits.wait()
        limits.note_success({})


def test_refusals_for_lack_of_points_end_as_well() -> None:
    limits = limits_of(OwnedTime())
    refused = {"Retry-After": "3000", "RateLimit-Reason": "confluence-quota-global-based"}
    for _ in range(3):
        assert limits.note_refusal(429, refused) == 3001.0
        limits.wait()
    assert limits.note_refusal(429, refused) == float("inf")
