"""The ledger's pure core: what changes when a piece lands, and what is proven afterwards."""
