"""Part of modelwright: converters of Paddle's operators."""
