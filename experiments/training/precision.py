"""Which number format the passes of an encoder run in: asked of the processor, not guessed from the preset."""

from __future__ import annotations

import torch


def taken_precision(asked: str, device: str) -> str:
    """ "float32" or "bfloat16": `asked`, or, for "auto", bfloat16 where the device multiplies it in hardware.

    A processor without its instructions emulates them, 8 to 10 times slower than float32. Half precision is never taken of
    its own accord on mps, where it was not measured. float32 on a GPU is torch's: its convolutions round factors to TF32
    (10 bits) unless torch.backends.cudnn.allow_tf32 is off.
    """
    if asked != "auto":
        return asked
    kind = device.partition(":")[0]
    if kind == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if kind == "cpu" and processor_multiplies_bfloat16() else "float32"


def processor_multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products of bfloat16 numbers (AVX512_BF16, AMX, Arm's BF16), as torch
    sees it; False where this torch cannot tell."""
    ask = getattr(torch.backends.cpu, "get_capabilities", None) or getattr(torch.cpu, "get_capabilities", None)
    if ask is None:  # an older torch: it knows of x86 only
        older = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return bool(older and older())
    found = ask()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))
