"""What a ledger is made of: marks, unknown spans, reasons and questions of one symbol; pure."""
