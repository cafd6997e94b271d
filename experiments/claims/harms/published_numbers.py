"""Numbers that paper B published for CIFAR-10, to stand beside ours (ResNets, 500 epochs: not the same experiment)."""

from __future__ import annotations

import numpy as np

PAIRS = np.array(["plane > ship", "ship > plane", "auto > truck", "truck > auto", "deer > horse", "horse > deer"])
# RH of each pair, the first class undersampled
SIMCLR = np.array([0.940, 0.887, 0.780, 0.832, 0.953, 0.852])  # 100 times
SIMSIAM = np.array([0.936, 0.878, 0.834, 0.882, 0.952, 0.890])  # 100 times
BCL = np.array([0.969, 0.912, 0.829, 0.897, 0.972, 0.886])  # 100 times

CLASSES = np.array(["plane", "ship", "auto", "truck", "bird", "deer", "horse", "cat", "dog", "frog"])
# accuracy lost by the class that was undersampled 100 times, SimCLR: in all, and through the representation alone
TOTAL = np.array([-0.951, -0.972, -0.972, -0.955, -0.860, -0.907, -0.952, -0.792, -0.808, -0.957])
INDIRECT = np.array([-0.091, -0.118, -0.095, -0.079, -0.191, -0.155, -0.128, -0.130, -0.068, -0.110])
