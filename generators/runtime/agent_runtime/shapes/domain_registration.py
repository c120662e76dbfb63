"""How a domain makes itself known to an orchestrator while it runs."""

from pydantic import Field

from agent_runtime.shapes.base import Shape

AGENT = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"


class RegisterDomainRequest(Shape):
    """A domain that wants to be served, with the agent that speaks for it."""

    domain: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$",
        examples=["SampleOS"],
        description="Name of the domain",
    )
    agent_id: str = Field(
        pattern=AGENT, examples=["sample_adapter"], description="Agent that sends its packets"
    )
    packet_types: tuple[str, ...] = Field(
        default=(), max_length=20, description="Declared packet types it sends; without: all open"
    )


class RegisterDomainResponse(Shape):
    """What was registered."""

    trace_id: str = Field(description="Trace of the call")
    domain: str = Field(description="Name of the domain")
    agent_id: str = Field(description="Agent that sends its packets")
    packet_types: tuple[str, ...] = Field(description="Packet types it may send")
    new: bool = Field(description="False if it was registered so before")
