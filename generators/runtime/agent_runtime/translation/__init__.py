"""Records of a business domain and the canonical form that all agents share."""
