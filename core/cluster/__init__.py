"""The other machines' side of ``core.engines.dask``: commands that start workers and a scheduler."""
