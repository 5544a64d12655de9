"""Records shared by several rooms: issued certificates, compromised keys, partitions, address books."""
