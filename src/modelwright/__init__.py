"""modelwright turns a trained model into one that a chip runs, and proves that it computes the same."""
