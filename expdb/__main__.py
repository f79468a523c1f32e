"""`python -m expdb` is `expdb`."""

from expdb.cli.main import main

main()
