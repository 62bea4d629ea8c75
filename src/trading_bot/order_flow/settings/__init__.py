"""Where the value of each setting comes from: arguments, a file, variables; judges no value."""
