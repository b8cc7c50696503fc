"""The agents: plain functions from a step to a report."""

from __future__ import annotations

from importlib import import_module

from assistant.agents.base import AgentContext, AgentReport
from assistant.plan import StepArgs


def run_agent(step: int, args: StepArgs, context: AgentContext) -> AgentReport:
    """Run the agent that a step names: the `run` of the module of that name, imported now, with the libraries it needs."""
    outcome: AgentReport = import_module(f"assistant.agents.{args.agent}").run(step, args, context)
    return outcome
