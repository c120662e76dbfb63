"""Carries packets through an orchestrator: reception, routing, enrichment, tensors, answers."""
