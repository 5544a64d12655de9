"""Certificate requests: taken in, decided, picked up; the databases they are in."""
