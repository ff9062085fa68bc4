"""How long does it take what spilled into main memory to cross to the device for a prompt?

For a batch of at least 32 tokens llama.cpp copies the weights that lie in main memory to the device
and multiplies there (`ggml_backend_cuda_device_offload_op` in ggml-cuda.cu of ggml-org/llama.cpp),
so that a batch takes what it takes on the device and, before that, the copy.

How fast the copy goes is the slot's and the memory's matter, and hardly published. Of an RX 6800 XT
two pairs of rates were (Llama 13B Q6_K, 9.95 GiB, a prompt of 512 with nothing and with all of it
on the card; ggml-org/llama.cpp pull request 2059, comment of 2024-01-22, read on 2026-11-29): 249
and 684 tokens/s by ROCm, which is 8.2 GB/s, and 71 and 374 by Vulkan, then new, which is 1.8. The
most is what a slot of 16 lanes of PCIe 4.0 moves, 31.5 GB/s (16 GT/s a lane, 128 of 130 bits), of
which some four fifths are left.
"""

from __future__ import annotations

from advisor.models.band import Band

BYTES_PER_S = Band(p10=1.8e9, p50=8.2e9, p90=25e9)

ASSUMED = (
    f"what spilled crosses to the device for each batch of a prompt, at {BYTES_PER_S.p50 / 1e9:g} "
    f"GB/s ({BYTES_PER_S.p10 / 1e9:g} to {BYTES_PER_S.p90 / 1e9:g}), as was seen on one card"
)


def rates(spilled_bytes: int, tokens: int) -> Band:
    """Tokens of one batch over the seconds that the copy for it takes."""
    return BYTES_PER_S.times(tokens / spilled_bytes)
