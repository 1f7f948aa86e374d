"""The Ascend backend: .om files through `atc` or `omg`, and what such files hold."""
