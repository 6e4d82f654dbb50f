"""Draws a transfer's loss curve, its films, and contact sheets of styles."""
