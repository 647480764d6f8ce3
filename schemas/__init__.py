"""The words: what every other room says, and nothing about how it is said on a wire."""
