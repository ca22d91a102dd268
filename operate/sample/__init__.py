"""Invented people, and the ways in which their rows go wrong in a spreadsheet. All of it follows from a seed."""
