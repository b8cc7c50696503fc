"""From a question to a closed plan: rules, a small head on sentence embeddings, and a question back where both are unsure."""

from assistant.planning.planner import Planner

__all__ = ["Planner"]
