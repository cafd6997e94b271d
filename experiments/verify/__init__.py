"""`claims verify`: one claim, many claims, what a person sees of it, and what is drawn and written from it."""
