"""What several rooms read: issued certificates, compromised keys, partitions, address books."""
