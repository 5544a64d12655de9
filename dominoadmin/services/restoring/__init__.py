"""A store that was put back, moved or copied: what the organization's certifier has to decide about it."""
