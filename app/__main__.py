"""`python -m app` is the command `aufruf`."""

from app.cli import main

main()
