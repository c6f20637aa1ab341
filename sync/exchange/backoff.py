"""How long to wait before the next try: longer after each failure, and never the same at every till."""

BACKOFF_MAX_S = 60.0
TILL_TROUBLE_MAX_S = 5.0  # when the till's own files fail, which heal by being tried


def backoff_s(first_s: float, failures: int, jitter: float) -> float:
    """The wait before the next try, after so many failures in a row."""
    return spread(doubled_s(first_s, failures, BACKOFF_MAX_S), jitter)


def spread(seconds: float, jitter: float) -> float:
    """Between half of *seconds* and all of them: tills that lost one server together must not come back together."""
    return seconds * (0.5 + jitter / 2)


def doubled_s(first_s: float, times: int, most_s: float) -> float:
    """*first_s*, doubled so many times, up to a limit."""
    return min(first_s * 2.0 ** min(times, 16), most_s)  # more doublings would overflow a float after a week
