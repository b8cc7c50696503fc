"""Tidings' retrieval: a durable store of series/text episodes, searched by shape and by words."""
