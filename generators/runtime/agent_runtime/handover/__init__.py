"""Models on their way from the agent that trains them to the agent that serves them."""
