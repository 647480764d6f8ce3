"""How fast it is, held against what is possible on the same machine in the same minute."""
