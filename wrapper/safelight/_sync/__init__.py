# Made from wrapper/safelight/_async/__init__.py by scripts/unasync.py: edit that file, then run that script.
