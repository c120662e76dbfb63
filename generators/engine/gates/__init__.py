"""Gates: pure checks over the formatted files of one unit. Each proves an item of the checklist."""
