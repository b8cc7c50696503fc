"""The agents: plain functions from a step to a report."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from importlib import import_module

from assistant.agents.base import AgentContext, AgentReport
from assistant.plan import StepArgs

# Parallel steps that import the same large library for the first time may see it half made; one at a time, they do not.
_IMPORTING = threading.Lock()
_LIBRARIES = {
    "analyst": ("statsmodels.tsa.stattools", "statsmodels.tsa.seasonal", "ruptures"),
    "anomaly": ("statsmodels.tsa.seasonal", "ruptures"),
    "forecaster": ("statsmodels.tsa.seasonal",),
}


def prepare(agents: Iterable[str]) -> None:
    """Import what several agents will want at once, before they start."""
    with _IMPORTING:
        for name in agents:
            for library in (*_LIBRARIES.get(name, ()), f"assistant.agents.{name}"):
                import_module(library)


def run_agent(step: int, args: StepArgs, context: AgentContext) -> AgentReport:
    """Run the agent that a step names: the `run` of the module of that name, imported now, with the libraries it needs."""
    outcome: AgentReport = import_module(f"assistant.agents.{args.agent}").run(step, args, context)
    return outcome
