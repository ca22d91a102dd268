"""`cairn up` and `cairn clean-data`: the local stack as a person sees it."""
