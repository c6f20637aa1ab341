"""The office in Chromium: every page of the route table, looked at, listened to, and walked by keyboard."""
