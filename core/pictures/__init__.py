"""Turns a stranger's bytes into checked sRGB pixels, and pixels into bytes."""
