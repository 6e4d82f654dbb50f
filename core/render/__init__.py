"""What is drawn about a transfer: its loss curve, films of it, sheets of styles."""
