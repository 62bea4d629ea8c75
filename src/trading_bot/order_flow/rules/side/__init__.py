"""Who sold: the aggressor's side of each print, with its probability; pure."""
