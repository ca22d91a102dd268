"""The sandbox as integrators reach it: whole relationships of invented people, played when they ask for it."""
