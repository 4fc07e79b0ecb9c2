"""The editors' side: the queue, one application, deciding."""
