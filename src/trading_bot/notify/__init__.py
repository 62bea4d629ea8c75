"""Notices on the phone and by mail, sent by a process of their own; judges nothing."""
