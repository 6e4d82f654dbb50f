"""Pictures from strangers, opened for the first time in a process that may be lost."""
