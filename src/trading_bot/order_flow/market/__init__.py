"""Events, units, order and conditions of the market; knows no source, rule or threshold."""
