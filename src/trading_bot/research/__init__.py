"""Were the alerts better than chance? Scores, controls, thresholds and sides, on recorded days."""
