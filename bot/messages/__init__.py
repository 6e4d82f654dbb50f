"""What people see: texts, keyboards, captions, in each language."""
