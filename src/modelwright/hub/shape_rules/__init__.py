"""Rules that infer shapes and contents, one module a family of operators."""
