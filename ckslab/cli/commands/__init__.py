"""The commands, a module for each thing that people do: find, start, work, grade, get help, end."""
