"""The tests. Where Hypothesis draws examples, it draws the same ones each time, however slow the machine is."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "the same everywhere", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("the same everywhere")
