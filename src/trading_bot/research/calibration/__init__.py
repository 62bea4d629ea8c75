"""Thresholds that give a symbol a wanted number of alerts a day: counted, fitted, written."""
