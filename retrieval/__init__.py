"""Tidings' retrieval: a durable store of series/text episodes, searched by shape and by words.

Importing this package loads neither faiss nor torch; they are loaded when a store is opened and a text is embedded.
"""

from retrieval.embed import CachingTextEmbedder, MiniLmEmbedder, SeriesEmbedder, ShapeEmbedder, TextEmbedder
from retrieval.episode import PUBLIC_OWNER, Episode, ExcludeRule, Match
from retrieval.errors import RetrievalError
from retrieval.store import EpisodeStore
from retrieval.windows import windows_of

__all__ = [
    "PUBLIC_OWNER",
    "CachingTextEmbedder",
    "Episode",
    "EpisodeStore",
    "ExcludeRule",
    "Match",
    "MiniLmEmbedder",
    "RetrievalError",
    "SeriesEmbedder",
    "ShapeEmbedder",
    "TextEmbedder",
    "windows_of",
]
