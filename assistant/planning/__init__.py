"""From a question to a plan: intents, slots, follow-ups."""
