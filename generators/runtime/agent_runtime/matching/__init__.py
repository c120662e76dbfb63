"""Matching what is offered with what is wanted: compatibility, freight, price and confidence."""
