"""Neural style transfer as pure computation: pictures and tensors, no event loop, no database, no jobs."""
