"""`python -m expdb` is `expdb`."""

from expdb.cli import main

main()
