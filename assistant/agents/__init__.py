"""The agents: plain functions from a step to a report."""

from __future__ import annotations

from typing import Any

from assistant.agents.base import AgentContext, AgentReport
from assistant.plan import StepArgs


def run_agent(step: int, args: StepArgs, context: AgentContext) -> AgentReport:
    """Run the agent that a step names. Agents are imported on demand, with the libraries they need."""
    from assistant.agents import analyst, anomaly, classifier, forecaster, historian, trainer

    runners: dict[str, Any] = {
        "analyst": analyst.run,
        "anomaly": anomaly.run,
        "forecaster": forecaster.run,
        "historian": historian.run,
        "classifier": classifier.run,
        "trainer": trainer.run,
    }
    report: AgentReport = runners[args.agent](step, args, context)
    return report
