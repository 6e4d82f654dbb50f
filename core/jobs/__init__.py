"""Sessions and jobs, kept in SQLite."""
