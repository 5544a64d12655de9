"""Certificate requests and their databases: intake, decision, pickup."""
