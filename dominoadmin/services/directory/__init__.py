"""The Domino Directory: servers, their ports and leases, and mail."""
