"""Market facts that are no order flow: status, calendar, last quotes."""
