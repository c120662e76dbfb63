"""A system of agents at work on invented markets, and what it can be shown to have learnt."""
