"""Which threads of a run live, when each last showed it, and what has failed in them."""
