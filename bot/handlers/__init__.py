"""One module a flow, each exporting one ``build_*`` factory."""
