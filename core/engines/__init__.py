"""Where transfers run: in threads of this process, or on a Dask cluster. All engines share one protocol."""
