"""Words out: the outbox, its delivery, the letters."""
