"""The Ascend backend: .om files through `atc` or `omg`, .mindir through `converter_lite`, and what such files hold."""
