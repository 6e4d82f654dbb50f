"""Pictures: from a stranger's bytes to checked sRGB pixels, and back to bytes."""
