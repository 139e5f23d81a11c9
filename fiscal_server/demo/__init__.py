"""A month of two invented companies on emulated devices: everything real but the FNs, the operator and the people."""
