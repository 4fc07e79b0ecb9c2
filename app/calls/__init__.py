"""What is open: calls, their texts and dates."""
