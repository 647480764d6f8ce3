"""`mostik` and `python -m gateway`: the program on the command line."""

from __future__ import annotations

from gateway.cli import mostik


def main() -> None:
    """Run one command; exits 0 when done, 1 when the answer is a problem, 2 on wrong usage."""
    mostik(prog_name="mostik")


if __name__ == "__main__":
    main()
