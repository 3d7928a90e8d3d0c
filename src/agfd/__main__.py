"""`python -m agfd`."""

from agfd.cli import main

main()
