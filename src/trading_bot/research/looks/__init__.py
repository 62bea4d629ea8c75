"""Looking at many cells finds something by chance: how much of what was found is left."""
