"""LSTM, GRU and RNN in simpler operators."""
