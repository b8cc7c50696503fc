"""The wiring: ingest → plan → confirm → agents in parallel → verify → write. Built by a function, never at import."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from assistant import nodes
from assistant.plan import AgentName
from assistant.state import STATE_TYPES, State, Task

AGENTS: tuple[AgentName, ...] = ("analyst", "anomaly", "forecaster", "historian", "classifier", "trainer")

Next = Literal["analyst", "anomaly", "forecaster", "historian", "classifier", "trainer", "verify"]


def to_agents(state: State) -> list[Send] | Literal["verify"]:
    """One task a step; a refusal, a question back or a declined plan goes straight on."""
    plan = state["plan"]
    if not plan.steps or state.get("declined"):
        return "verify"
    return [Send(args.agent, Task(step=index, args=args)) for index, args in enumerate(plan.steps)]


def build_graph(checkpointer: BaseCheckpointSaver[str] | None = None) -> CompiledStateGraph[State, nodes.Turn, State, State]:
    """The compiled graph. Its runtime context is a `Turn`; one thread id holds one turn."""
    graph: StateGraph[State, nodes.Turn, State, State] = StateGraph(State, context_schema=nodes.Turn)
    graph.add_node("ingest", nodes.ingest)
    graph.add_node("plan", nodes.write_plan)
    graph.add_node("confirm", nodes.confirm)
    for name in AGENTS:
        graph.add_node(name, nodes.agent_node(name))
        graph.add_edge(name, "verify")
    graph.add_node("verify", nodes.check)
    graph.add_node("write", nodes.write)
    graph.add_edge(START, "ingest")
    graph.add_edge("ingest", "plan")
    graph.add_edge("plan", "confirm")
    graph.add_conditional_edges("confirm", to_agents, [*AGENTS, "verify"])
    graph.add_edge("verify", "write")
    graph.add_edge("write", END)
    return graph.compile(checkpointer=checkpointer, name="tidings")


def serializer() -> JsonPlusSerializer:
    """The checkpoints' serialiser: builds the state's own types and nothing else."""
    return JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STATE_TYPES])


def drawing() -> str:
    """The graph as Mermaid text."""
    text: Any = build_graph().get_graph().draw_mermaid()
    return str(text)
