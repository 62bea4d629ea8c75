"""The simulated market itself: books, prints, quotes and bars; knows no wire."""
