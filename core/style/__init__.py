"""Neural style transfer as pure computation: pictures and tensors in and out, without event loop, database or jobs."""
