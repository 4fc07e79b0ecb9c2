"""The trail: one event for everything that was done."""
