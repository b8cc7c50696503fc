"""The agents: plain functions from a step to a report."""
