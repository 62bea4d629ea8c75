"""The folder alone: installed as a wheel, copied under another name."""
