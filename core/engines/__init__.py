"""Where transfers run: engines share one protocol and know both jobs and style."""
