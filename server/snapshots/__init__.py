"""Snapshots: prepared replica files from which new tills start, instead of loading a million rows one by one."""
