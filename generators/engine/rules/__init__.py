"""From schema prose to typed values: quantities, conditions, policies. Pure, imports no layer."""
