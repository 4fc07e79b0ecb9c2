"""Bytes received from strangers: receiving, storing, inspecting, reading."""
